"""Writing values and names into SQL text."""

from __future__ import annotations

import re
from pathlib import Path


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def file_to_read(path: Path | str) -> str:
    """The path of one file as a SQL literal for a read_… function, which takes it for a glob."""
    return literal(re.sub(r"([\[*?])", r"[\1]", str(path)))


def text_list(texts: tuple[str, ...] | list[str]) -> str:
    """Texts as a parenthesised list of SQL literals."""
    return "(" + ", ".join(literal(text) for text in texts) + ")"
