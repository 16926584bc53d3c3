"""Files that are not in the shop folder: at an http(s) address, or in a bucket (`s3://…`).

Each is fetched into `remote/` of the warehouse and then is a file like any other, whose path is
its address. What the server says of it (ETag, Last-Modified) only saves fetching it again; whether
it changed is told by its bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import requests

from scripts.errors import UserError
from scripts.storage import PARTIAL_SUFFIX, flush_to_disk, put_in_place, sha256_of, write_json

FOLDER = "remote"
SCHEMES = ("http", "https", "s3")
# The whole header, `Bearer …` for example, that servers of inputs are sent.
AUTHORIZATION = "HTTP_INPUT_AUTHORIZATION"
TRIES = 4
FIRST_PAUSE_SECONDS = 0.5
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 10, 60, 3600
MOST_BYTES = 20 * 10**9
MOST_REDIRECTS = 5
CHUNK_BYTES = 1 << 20
# worth another try: too busy, or a fault of the server's own
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
SECRETS = re.compile(
    r"(?i)(token|secret|passw|signature|credential|auth|(api|access|private).?key"
    r"|^(key|k|pass|pwd|pw|code|sig)$)"
)
LOOPBACK = re.compile(r"(localhost|127(\.[0-9]+){3}|\[::1\])(:[0-9]+)?$")
GLOB = re.compile(r"[*?\[{]")


@dataclass(frozen=True)
class Note:
    """What is known of a fetched file: its address, what the server said of it, and its bytes."""

    address: str
    tag: str
    modified: str
    sha256: str


class PassingError(Exception):
    """Something that may be over at the next try."""


def is_remote(pattern: str) -> bool:
    """Whether a pattern of `files:`, or a path of the ledger, is an address."""
    return "://" in pattern


def fault_of(pattern: str) -> str | None:
    """What is wrong with an address in `files:`, never with the secret in it; None when nothing."""
    scheme, _, rest = pattern.partition("://")
    if scheme not in SCHEMES:
        return f"begins with {scheme}://; addresses begin with http://, https:// or s3://"
    host, _, place = rest.partition("/")
    if "@" in host:
        return (
            "holds a user or a password. Leave it out; set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY for s3://, or "
            f"{AUTHORIZATION} (the whole header) for http://, in the environment"
        )
    if not host or not place or (scheme == "s3" and GLOB.search(host)):
        return "names no file. Write s3://bucket/folder/*.csv or https://host/file.csv"
    if scheme == "s3":
        return None
    try:
        query = urlsplit(pattern).query
    except ValueError:
        return "cannot be read: its host is written in a way that no address has"
    if any(SECRETS.search(name) for name, _ in parse_qsl(query)):
        return (
            "holds a secret behind its ?, which would stand in the report. Leave it out and set "
            f"{AUTHORIZATION} (the whole header) in the environment"
        )
    if re.search(r"[*\[{#]", rest):
        return "must be one file: *, [, { and # are for files in a folder or in s3://"
    return None


def fetch(
    warehouse: Path,
    patterns: Iterable[str],
    matches: Callable[[str, str], bool],
) -> list[tuple[str, Path]]:
    """Every file at the addresses, as (address, its copy here), by address.

    `matches` says whether a pattern with wildcards fits an address. Copies of what is no longer
    there are removed. Raises UserError when one cannot be had; what was landed is untouched.
    """
    folder = warehouse / FOLDER
    wanted = sorted({pattern for pattern in patterns if is_remote(pattern)})
    found: dict[str, Path] = {}
    if wanted:
        _require_one_host(wanted)
        folder.mkdir(exist_ok=True)
    for pattern in wanted:
        if pattern.startswith("s3://"):
            found |= _fetch_bucket(folder, pattern, matches)
        else:
            found[pattern] = _fetch_http(folder, pattern)
    _forget_others(folder, found)
    return sorted(found.items())


def _require_one_host(addresses: list[str]) -> None:
    """Raise UserError when the header with the secret would go to several hosts, or be readable.

    Who sets it for one server does not want another one, named in the same inputs.yml, to have it.
    """
    if not os.environ.get(AUTHORIZATION):
        return
    places = {urlsplit(address)[:2] for address in addresses if not address.startswith("s3://")}
    hosts = sorted({host for _, host in places})
    if len(hosts) > 1:
        raise UserError(
            f"{AUTHORIZATION} is set, and would be sent to each of {', '.join(hosts)}. Fetch from "
            "one of them only, and put the files of the others into the shop folder."
        )
    for scheme, host in places:
        if scheme == "http" and not LOOPBACK.match(host):
            raise UserError(
                f"{AUTHORIZATION} is set, and everybody on the way to http://{host} could read "
                "it. Write the address with https://."
            )


def kept(warehouse: Path, patterns: Iterable[str]) -> list[tuple[str, Path]]:
    """The copies of the last fetch, without asking any server."""
    wanted = any(is_remote(pattern) for pattern in patterns)
    notes = sorted((warehouse / FOLDER).glob("*.json")) if wanted else []
    found = []
    for path in notes:
        note = _read_note(path)
        if note is not None and _copy_of(path.parent, note.address).is_file():
            found.append((note.address, _copy_of(path.parent, note.address)))
    return sorted(found)


# --- one address ---------------------------------------------------------------------------------


def _fetch_http(folder: Path, address: str) -> Path:
    """The copy of the file at an http(s) address.

    An address that is gone is a fault, not a file that left: nobody took it out of a folder.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _try_http(folder, address)
        except (PassingError, requests.RequestException) as error:
            if attempt == TRIES:
                raise UserError(
                    f"{address} cannot be fetched: {_reason(error)}. It was tried {TRIES} times. "
                    "Nothing was loaded; run this again when the server and the network are well."
                ) from error
            time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    raise AssertionError


def _try_http(folder: Path, address: str) -> Path:
    copy, note = _copy_of(folder, address), _whole_note(folder, address)
    headers = {"Accept-Encoding": "identity"}
    if os.environ.get(AUTHORIZATION):
        headers["Authorization"] = os.environ[AUTHORIZATION]
    if note is not None and note.tag:
        headers["If-None-Match"] = note.tag
    if note is not None and note.modified:
        headers["If-Modified-Since"] = note.modified
    with _answer(address, headers) as answer:
        if answer.status_code == 304 and note is not None:
            return copy
        if answer.status_code in PASSING:
            raise PassingError(f"the server answers {answer.status_code}")
        if answer.status_code != 200:
            hint = f"; {AUTHORIZATION} sets the header it may ask for" * (
                answer.status_code in (401, 403)
            )
            raise UserError(
                f"{address} cannot be fetched: the server answers {answer.status_code}{hint}. "
                "Nothing was loaded. Correct the address in inputs.yml, or take it out: what was "
                "loaded from it stays."
            )
        length = answer.headers.get("Content-Length", "")
        _keep(
            copy,
            _within_bounds(address, answer.iter_content(CHUNK_BYTES)),
            int(length)
            if length.isdigit() and not answer.headers.get("Content-Encoding")
            else None,
        )
        _write_note(
            folder,
            Note(
                address,
                answer.headers.get("ETag", ""),
                answer.headers.get("Last-Modified", ""),
                sha256_of(copy),
            ),
        )
    return copy


def _answer(address: str, headers: dict[str, str]) -> requests.Response:
    """The answer after at most MOST_REDIRECTS redirects, none of them to something less safe.

    The header with the secret goes to the host of the address alone.
    """
    place, sent = address, dict(headers)
    for _ in range(MOST_REDIRECTS + 1):
        answer = requests.get(
            place,
            headers=sent,
            stream=True,
            allow_redirects=False,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )
        if not answer.is_redirect:
            return answer
        answer.close()
        following = urljoin(place, answer.headers["Location"])
        safe = ("https",) if urlsplit(place).scheme == "https" else ("http", "https")
        if urlsplit(following).scheme not in safe:
            raise UserError(
                f"{address} leads on to a place that is not read (only http and https, and never "
                "from https to http). Correct the address in inputs.yml."
            )
        if urlsplit(following).netloc != urlsplit(place).netloc:
            sent.pop("Authorization", None)
        place = following
    raise UserError(
        f"{address} leads on more than {MOST_REDIRECTS} times. Correct the address in inputs.yml."
    )


def _reason(error: Exception) -> str:
    """What went wrong in a few words: requests' own tell of addresses and of objects in memory."""
    if isinstance(error, PassingError):
        return str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return "the server does not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer broke off"
    return "the server cannot be reached"


# --- a bucket ------------------------------------------------------------------------------------


def _fetch_bucket(
    folder: Path, pattern: str, matches: Callable[[str, str], bool]
) -> dict[str, Path]:
    try:
        from scripts.s3 import Bucket  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UserError(
            f"Reading {pattern} needs the package {error.name}, which is not installed: "
            "pip install -r requirements-export.txt"
        ) from error
    name, _, key_pattern = pattern.removeprefix("s3://").partition("/")
    wildcard = GLOB.search(key_pattern)
    bucket = Bucket(name)
    found = {}
    for one in bucket.list(key_pattern[: wildcard.start()] if wildcard else key_pattern):
        address = f"s3://{name}/{one.key}"
        if one.key.endswith("/") or not matches(pattern, address):
            continue
        copy, note = _copy_of(folder, address), _whole_note(folder, address)
        if note is None or note.tag != one.tag:
            try:
                _keep(copy, _within_bounds(address, bucket.chunks(one.key)), one.byte_count)
            except PassingError as error:
                raise UserError(
                    f"{address} cannot be fetched: {error}. Nothing was loaded; run this again."
                ) from error
            _write_note(folder, Note(address, one.tag, "", sha256_of(copy)))
        found[address] = copy
    return found


# --- copies --------------------------------------------------------------------------------------


def _within_bounds(address: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, unless they are too many or take too long."""
    until, received = time.monotonic() + WHOLE_SECONDS, 0
    for chunk in chunks:
        received += len(chunk)
        if received > MOST_BYTES or time.monotonic() > until:
            raise UserError(
                f"{address} is larger than {MOST_BYTES / 10**9:g} GB or takes more than "
                f"{WHOLE_SECONDS // 60} minutes. Put the file into the shop folder instead."
            )
        yield chunk


def _keep(copy: Path, chunks: Iterable[bytes], byte_count: int | None) -> None:
    """Write a copy, of the size that was announced; the same bytes leave it as it is."""
    copy.parent.mkdir(exist_ok=True)
    partial = copy.with_name(copy.name + PARTIAL_SUFFIX)
    received = 0
    with partial.open("wb") as file:
        for chunk in chunks:
            received += len(chunk)
            file.write(chunk)
    if byte_count is not None and received != byte_count:
        partial.unlink()
        raise PassingError(f"{received} of {byte_count} bytes came")
    if copy.is_file() and sha256_of(copy) == sha256_of(partial):
        partial.unlink()
    else:
        put_in_place(partial, copy)


def _mark_of(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _copy_of(folder: Path, address: str) -> Path:
    """Where the copy stands, under the name that it has there, whose ending says what it is."""
    name = unquote(urlsplit(address).path) if address.startswith("http") else address
    name = re.sub(r"[^\w.-]", "_", name.rpartition("/")[2]).strip(".")[-100:]
    return folder / _mark_of(address) / (name or "file")


def _write_note(folder: Path, note: Note) -> None:
    write_json(folder / f"{_mark_of(note.address)}.json", asdict(note))


def _read_note(path: Path) -> Note | None:
    try:
        return Note(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _whole_note(folder: Path, address: str) -> Note | None:
    """The note of a copy that is there with the bytes it had."""
    note = _read_note(folder / f"{_mark_of(address)}.json")
    copy = _copy_of(folder, address)
    return note if note and copy.is_file() and sha256_of(copy) == note.sha256 else None


def _forget_others(folder: Path, found: dict[str, Path]) -> None:
    if not folder.is_dir():
        return
    kept_marks = {_mark_of(address) for address in found}
    for path in folder.iterdir():
        if path.name.partition(".")[0] not in kept_marks:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    flush_to_disk(folder)
