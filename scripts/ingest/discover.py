"""Which files are in the shop folder, and which input each of them belongs to."""

from __future__ import annotations

import os
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest.config import FILE_NAME, Config, Input
from scripts.ingest.problems import Problems, nearest
from scripts.storage import available_processors, sha256_of

DATA_SUFFIXES = frozenset(
    ".csv .tsv .txt .xlsx .xls .json .jsonl .parquet .gz .zip".split()  # noqa: SIM905
)
# Files beside inputs.yml that replace a shipped seed: settings, not data.
SEED_FILES = frozenset({"incentives.csv", "rfm_segments.csv"})


@dataclass(frozen=True)
class ShopFile:
    """One file of an input. `path` is relative to the shop, with `/`."""

    path: str
    location: Path
    section: Input
    pattern_position: int
    byte_count: int
    content_sha256: str
    modified_ns: int

    def refuse_if_changed(self) -> None:
        """Raise a UserError when the file is no longer the one that was hashed."""
        now = self.location.stat()
        if (now.st_size, now.st_mtime_ns) != (self.byte_count, self.modified_ns):
            raise UserError(
                f"{self.path} changed while it was read. Run this again when it is complete."
            )


@dataclass(frozen=True)
class Assignment:
    """What a path belongs to: an input section and the place of its pattern in the input."""

    section: Input
    pattern_position: int


def pattern_matches(pattern: str, path: str) -> bool:
    """Whether a glob matches a whole path: `*` and `?` stay in a folder, `**/` spans folders."""
    return re.fullmatch(_expression(_composed(pattern)), _composed(path)) is not None


def assign(config: Config, path: str) -> list[Assignment]:
    """The input sections that match a path, each once with its first matching pattern."""
    found = []
    for section in config.inputs:
        for place, pattern in enumerate(section.files):
            if pattern_matches(pattern, path):
                found.append(Assignment(section, section.first_position + place))
                break
    return found


def discover(shop: Path, warehouse: Path, config: Config, known_paths: set[str]) -> list[ShopFile]:
    """The data files of the shop folder, by path, with the hash of their bytes.

    `known_paths` are those already landed: a pattern that matches one of them may match no
    file today. Raises UserError for a data file that no input or two inputs match, for a
    pattern that matches nothing, and for a file that cannot be read.
    """
    problems = Problems(f"The files in {shop} do not fit inputs.yml:")
    assigned: list[tuple[str, Path, Assignment]] = []
    names = []
    for path, location in _files_below(shop, warehouse):
        if is_ignored(config, path):
            continue
        matches = assign(config, path)
        if matches or Path(path).suffix.lower() in DATA_SUFFIXES:
            names.append(path)
        if len(matches) > 1:
            sections = " and ".join(f"`{match.section.section}.files`" for match in matches)
            problems.add(
                f"{path} matches {sections}. Make the patterns narrower so that one input has it, "
                "or add it to `ignore:`."
            )
        elif matches:
            assigned.append((path, location, matches[0]))
        elif Path(path).suffix.lower() in DATA_SUFFIXES:
            problems.add(
                f"{path} belongs to no input. Add it to the `files` of one in {FILE_NAME}, or to "
                f"`ignore:`{_like_pattern(config, path)}."
            )
    for section in config.inputs:
        for pattern in section.files:
            known = {*known_paths, *(path for path, _, _ in assigned)}
            if not any(pattern_matches(pattern, path) for path in known):
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
    """Whether the path is no data: a seed, or listed under `ignore` by path, name or folder."""
    name = path.rpartition("/")[2]
    if path in SEED_FILES or path == FILE_NAME or name.lower().endswith(".md"):
        return True
    folders = [path[: at.start()] for at in re.finditer("/", path)]
    return any(
        pattern_matches(pattern.rstrip("/"), candidate)
        for pattern in config.ignore
        for candidate in (path, name, *folders)
        if pattern.strip("/")
    )


def _files_below(shop: Path, warehouse: Path) -> list[tuple[str, Path]]:
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


def _hashed(path: str, location: Path, match: Assignment) -> ShopFile:
    """The file with the hash of its bytes."""
    try:
        before = location.stat()
        file = ShopFile(
            path,
            location,
            match.section,
            match.pattern_position,
            before.st_size,
            sha256_of(location),
            before.st_mtime_ns,
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
        elif (choice := re.match(r"\[([!^]?)([^\]/]+)\]", rest)) is not None:
            inside = choice[2].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
            result += f"[{'^' if choice[1] else ''}{inside}]"
            position += choice.end()
        else:
            result += re.escape(rest[0])
            position += 1
    return result
