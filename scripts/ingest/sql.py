"""Writing values and names into SQL text."""

from __future__ import annotations


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def text_list(texts: tuple[str, ...] | list[str]) -> str:
    """Texts as a parenthesised list of SQL literals."""
    return "(" + ", ".join(literal(text) for text in texts) + ")"
