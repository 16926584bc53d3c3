"""Lines of totals: what a report writes below the data, which is no record of a sale.

A line is one when its first cell that is not empty begins with a word for totals, and a cell
that every record needs is empty or is itself that cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable

REASON = "totals line"
# what may follow the word: nothing, a blank, a colon, a digit
_AFTER = r"(?:$|[\s\x{a0}\x{202f}:]|[0-9])"


def expression(words: tuple[str, ...]) -> str | None:
    """The regular expression (RE2) that finds a totals word at a cell's start; None without."""
    if not words:
        return None
    return f"(?i)^(?:{'|'.join(_escaped(word) for word in words)}){_AFTER}"


def starts_with_letter(words: tuple[str, ...]) -> bool:
    """Whether no totals word begins with a digit, so that cells which do need no look."""
    return not any(word[:1].isdigit() for word in words)


def matcher(words: tuple[str, ...]) -> Callable[[str], bool]:
    """The same test for a cell, in Python."""
    pattern = expression(words)
    if pattern is None:
        return lambda cell: False
    compiled = re.compile(pattern.replace(r"\x{a0}", "\u00a0").replace(r"\x{202f}", "\u202f"))
    return lambda cell: compiled.search(cell) is not None


def _escaped(word: str) -> str:
    """A word for the expression; any blank in it matches any run of blanks."""
    signs = [re.escape(sign) if not sign.isalnum() else sign for sign in word]
    return re.sub(r"(?:\\ )+", r"\\s+", "".join(signs))
