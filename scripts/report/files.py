"""Atomic writing: a reader sees the file of before or the file of now, never half of one."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.errors import UserError


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path` through a temporary file beside it.

    Raises UserError when the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"The report cannot be written to {path}: {error.strerror or error}. "
            "Make the folder writable, close programs that hold the file, or set WAREHOUSE to "
            "another folder; then run make report again."
        ) from error


def remove(path: Path) -> None:
    """Remove `path` when it is there. Raises UserError when it cannot be removed."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"The old chart {path} cannot be removed: {error.strerror or error}. "
            "Make the folder writable and run make report again."
        ) from error
