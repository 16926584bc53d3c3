"""Collecting what is wrong, so that a person can put everything right in one go."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from scripts.errors import UserError


class Problems:
    """Sentences about what is wrong, in the order they were found."""

    def __init__(self, heading: str) -> None:
        """`heading` introduces the list when there is more than one sentence."""
        self.heading = heading
        self.sentences: list[str] = []

    def add(self, sentence: str) -> None:
        """Note one more problem, once."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)

    def stop_if_any(self) -> None:
        """Raise a UserError that names every problem noted so far."""
        if len(self.sentences) == 1:
            raise UserError(self.sentences[0])
        if self.sentences:
            listed = "\n".join(f"  {n}. {s}" for n, s in enumerate(self.sentences, start=1))
            raise UserError(f"{self.heading}\n{listed}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word` (capitals do not count), or None when none is near."""
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean …?` with the nearest known word, else the list of what is possible."""
    known = list(known)
    match = nearest(word, known)
    if match is not None:
        return f" Did you mean `{match}`?"
    return f" Possible are: {', '.join(known)}." if known else ""
