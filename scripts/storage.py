"""Writing files so that a reader sees the old one or the new one, never a part of one.

Also what of the machine there is to do it with.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# Files being written carry this ending until they are complete; leftovers of a crash are
# removed by the next ingest.
PARTIAL_SUFFIX = ".partial"
CHUNK_BYTES = 1 << 20


def available_processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system can say
        return os.cpu_count() or 1


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_of_all(paths: Iterable[Path]) -> dict[Path, str]:
    """{file: SHA-256 of its bytes}, read side by side."""
    files = list(paths)
    with ThreadPoolExecutor(max_workers=available_processors()) as pool:
        return dict(zip(files, pool.map(sha256_of, files), strict=True))


def flush_to_disk(path: Path) -> None:
    """Return once the file's (or the folder's list of) bytes are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_in_place(partial: Path, final: Path) -> None:
    """Give a complete file its final name, replacing what was there."""
    flush_to_disk(partial)
    partial.replace(final)
    flush_to_disk(final.parent)


def prepare_json(path: Path, content: Any) -> Path | None:
    """Write a JSON file beside its place, on the disk; None when the file already says the same.

    What it returns goes to `put_in_place`. Several files that belong together are all prepared
    before the first is put in place, so that a full disk changes none of them.
    """
    data = (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
    if path.is_file() and path.read_bytes() == data:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    partial.write_bytes(data)
    flush_to_disk(partial)
    return partial


def write_json(path: Path, content: Any) -> bool:
    """Write a JSON file atomically; False when it already says the same."""
    partial = prepare_json(path, content)
    if partial is not None:
        put_in_place(partial, path)
    return partial is not None
