"""Random draws that are the same on every Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

SEED = "maison-tournesac-1"

Item = TypeVar("Item")


class Draw:
    """A stream of draws with a name, so that a change in one part does not move the others.

    Uses `random()` alone: its sequence for a seed is guaranteed, that of the other methods is
    not. Weights are added one by one, since the built-in `sum` adds floats differently from
    Python 3.12 on.
    """

    def __init__(self, name: str) -> None:
        """Begin the stream `name`."""
        self._random = random.Random(f"{SEED}/{name}")

    def happens(self, share: float) -> bool:
        """True in `share` (0-1) of the draws."""
        return self._random.random() < share

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to, not including, `high`."""
        return low + (high - low) * self._random.random()

    def whole(self, first: int, last: int) -> int:
        """A whole number from `first` to `last`, both included."""
        return first + int(self._random.random() * (last - first + 1))

    def one_of(self, items: Sequence[Item]) -> Item:
        """One of `items`, each as likely as the others."""
        return items[self.whole(0, len(items) - 1)]

    def weighted(self, items: Sequence[Item], weights: Sequence[float]) -> Item:
        """One of `items`, as likely as its weight says. At least one weight is above 0."""
        total = 0.0
        for weight in weights:
            total += weight
        mark = total * self._random.random()
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]
