"""Which files are in the shop folder, and which input each of them belongs to."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest import own_tables
from scripts.ingest.config import FILE_NAME, PATH_COLUMN, Config, Input
from scripts.ingest.dialect import SHEETS_APART
from scripts.ingest.problems import Problems, nearest
from scripts.ingest.remote import is_remote
from scripts.storage import available_processors, sha256_of

DATA_SUFFIXES = frozenset(
    ".csv .tsv .txt .xlsx .xlsm .xlsb .xls .ods .json .jsonl .ndjson .parquet .gz .zip".split()  # noqa: SIM905
)
# Between the path of a file and the part of it that an input takes.
PART_SIGN = "#"


@dataclass(frozen=True)
class ShopFile:
    """One file of an input.

    `path` is relative to the shop, with `/`; of a file that feeds several inputs, `#` and the part
    that this one takes stand behind it, and `content_sha256` is of that part. `path_values` are the
    columns that the path says. `location` is what to read: the file, or the text that was written
    of what `original` holds.
    """

    path: str
    location: Path
    section: Input
    pattern_position: int
    byte_count: int
    content_sha256: str
    modified_ns: int
    path_values: tuple[tuple[str, str], ...] = ()
    original: Path | None = None

    def refuse_if_changed(self) -> None:
        """Raise a UserError when the file is no longer the one that was hashed."""
        now = (self.original or self.location).stat()
        if (now.st_size, now.st_mtime_ns) != (self.byte_count, self.modified_ns):
            raise UserError(
                f"{self.path} changed while it was read. Run this again when it is complete."
            )


@dataclass(frozen=True)
class Assignment:
    """What a path belongs to: an input section and the place of its pattern in the input.

    `path_values` are the columns that the path says where the pattern has `{column}`.
    """

    section: Input
    pattern_position: int
    path_values: tuple[tuple[str, str], ...] = ()


def pattern_matches(pattern: str, path: str) -> bool:
    """Whether a glob matches a whole path: `*` and `?` stay in a folder, `**/` spans folders."""
    return _match(pattern, path) is not None


def _match(pattern: str, path: str) -> re.Match[str] | None:
    return re.fullmatch(_expression(_composed(pattern)), _composed(path))


def assign(config: Config, path: str) -> list[Assignment]:
    """The input sections that match a path, each once with its first matching pattern.

    Of a path with `#` and a part, those that take this part.
    """
    base, _, part = path.rpartition(PART_SIGN)
    found = _assign(config, path)
    return found or [m for m in _assign(config, base) if base and _part_of(m.section) == part]


def _part_of(section: Input) -> str:
    """What of a file the section takes: a sheet, a member, a list of records; '' for all of it."""
    dialect = section.dialect
    sheets = dialect.sheet.replace(SHEETS_APART, ", ")
    return " ".join(part for part in (dialect.inside, sheets, dialect.records) if part)


def base_of(path: str, bases: Collection[str]) -> str:
    """The file that an entry's path is of, when it is one of these; else the path."""
    base = path.rpartition(PART_SIGN)[0]
    return base if path not in bases and base in bases else path


def _assign(config: Config, path: str) -> list[Assignment]:
    found = []
    for section in config.inputs:
        for place, pattern in enumerate(section.files):
            # `**/*.csv` is for folders: an address belongs to the pattern it was fetched for
            here = is_remote(pattern) == is_remote(path)
            match = _match(pattern, path) if here else None
            if match is not None:
                values = tuple(sorted(match.groupdict().items()))
                found.append(Assignment(section, section.first_position + place, values))
                break
    return found


def discover(
    shop: Path,
    warehouse: Path,
    config: Config,
    known_paths: set[str],
    fetched: Sequence[tuple[str, Path]] = (),
) -> list[ShopFile]:
    """The data files of the shop folder, by path, with the hash of their bytes.

    `fetched` are those of addresses, (address, copy). `known_paths` are those already landed: a
    pattern that matches one of them may match no file today. Raises UserError for a data file
    that no input or two inputs match, for a pattern that matches nothing, and for a file that
    cannot be read.
    """
    problems = Problems(f"The files in {shop} do not fit inputs.yml:")
    assigned: list[tuple[str, Path, Assignment, str]] = []
    names = []
    for path, location in [*files_below(shop, warehouse), *fetched]:
        if is_ignored(config, path):
            continue
        matches = assign(config, path)
        if matches or Path(path).suffix.lower() in DATA_SUFFIXES:
            names.append(path)
        parts = {_part_of(match.section): match for match in matches}
        if len(matches) > 1 and len(parts) == len(matches) and "" not in parts:
            assigned.extend((path, location, match, part) for part, match in parts.items())
        elif len(matches) > 1:
            sections = " and ".join(f"`{match.section.section}.files`" for match in matches)
            problems.add(
                f"{path} matches {sections}. Make the patterns narrower so that one input has it, "
                "say which `sheet` or `records` each of them takes, or add it to `ignore:`."
            )
        elif matches:
            assigned.append((path, location, matches[0], ""))
        elif Path(path).suffix.lower() in DATA_SUFFIXES:
            problems.add(
                f"{path} belongs to no input. Add it to the `files` of one in {FILE_NAME}, or to "
                f"`ignore:`{_like_pattern(config, path)}."
            )
    for section in config.inputs:
        for pattern in section.files:
            known = {*known_paths, *(path for path, *_ in assigned)}
            known |= {path.rpartition(PART_SIGN)[0] for path in known_paths}
            if not any(pattern_matches(pattern, path) for path in known):
                if is_remote(pattern):
                    problems.add(
                        f"There is no file at {pattern}, which `{section.section}.files` names. "
                        f"Correct the address in {FILE_NAME}."
                    )
                    continue
                match = nearest(pattern, names)
                hint = f" Did you mean `{match}`?" if match else ""
                listed = f" It holds: {', '.join(sorted(names)[:10])}." if names else ""
                problems.add(
                    f"No file in {shop} matches `{pattern}` of `{section.section}.files`."
                    f"{hint or listed} Add the file, or correct the pattern in {FILE_NAME}."
                )
    problems.stop_if_any()
    with ThreadPoolExecutor(available_processors()) as pool:
        return list(pool.map(lambda one: _hashed(*one), assigned))


def is_ignored(config: Config, path: str) -> bool:
    """Whether the path is no data: a table of rules, or under `ignore` by path, name or folder."""
    name = path.rpartition("/")[2]
    if path in own_tables.FILE_NAMES or path == FILE_NAME or name.lower().endswith(".md"):
        return True
    folders = [path[: at.start()] for at in re.finditer("/", path)]
    return any(
        pattern_matches(pattern.rstrip("/"), candidate)
        for pattern in config.ignore
        for candidate in (path, name, *folders)
        if pattern.strip("/")
    )


def files_below(shop: Path, warehouse: Path) -> list[tuple[str, Path]]:
    """Every visible file as (path relative to the shop, location), in the order of the paths."""
    found = []
    warehouse = warehouse.resolve()

    def refuse(error: OSError) -> None:
        raise UserError(f"The folder {error.filename} cannot be read: {error.strerror}.")

    for folder, folders, names in os.walk(shop, onerror=refuse):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and (Path(folder) / name).resolve() != warehouse
        ]
        for name in names:
            # ~$ is the lock that Excel leaves beside an open file
            if not name.startswith((".", "~$")):
                location = Path(folder) / name
                path = _composed(location.relative_to(shop).as_posix())
                if not path.isprintable():
                    raise UserError(
                        f"The name of the file {path!r} holds signs that cannot be written. "
                        "Rename it."
                    )
                found.append((path, location))
    return sorted(found)


def _hashed(path: str, location: Path, match: Assignment, part: str) -> ShopFile:
    """The file, or the part of it, with the hash of its bytes."""
    try:
        before = location.stat()
        digest = sha256_of(location)
        if part:
            path = f"{path}{PART_SIGN}{part}"
            digest = hashlib.sha256(f"{digest}{PART_SIGN}{part}".encode()).hexdigest()
        file = ShopFile(
            path,
            location,
            match.section,
            match.pattern_position,
            before.st_size,
            digest,
            before.st_mtime_ns,
            match.path_values,
        )
        file.refuse_if_changed()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    return file


def _like_pattern(config: Config, path: str) -> str:
    """A hint at the pattern that the path nearly matches."""
    patterns = [pattern for section in config.inputs for pattern in section.files]
    match = nearest(path, patterns) or nearest(path.rpartition("/")[2], patterns)
    return f" (the nearest pattern is `{match}`)" if match else ""


def _composed(text: str) -> str:
    """Letters and their accents as one character, as most systems (not macOS) name files."""
    return unicodedata.normalize("NFC", text)


def _expression(pattern: str) -> str:
    """The glob as a regular expression."""
    pattern = pattern.removeprefix("./")
    result = ""
    position = 0
    while position < len(pattern):
        rest = pattern[position:]
        if rest.startswith("**/"):
            result += "(?:[^/]+/)*"
            position += 3
        elif rest == "**":
            result += ".*"
            position += 2
        elif rest[0] == "*":
            result += "[^/]*"
            position += 1
        elif rest[0] == "?":
            result += "[^/]"
            position += 1
        elif (column := PATH_COLUMN.match(rest)) is not None:
            again = f"(?P={column[1]})" if f"(?P<{column[1]}>" in result else None
            result += again or f"(?P<{column[1]}>[^/]+?)"
            position += column.end()
        elif (choice := re.match(r"\[([!^]?)([^\]/]+)\]", rest)) is not None:
            inside = choice[2].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
            result += f"[{'^' if choice[1] else ''}{inside}]"
            position += choice.end()
        else:
            result += re.escape(rest[0])
            position += 1
    return result
