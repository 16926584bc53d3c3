"""What only the owner can say: a question, the evidence, and what each answer would mean."""

from __future__ import annotations

from dataclasses import dataclass, field

from scripts.ingest.config import UNANSWERED

# The value of a line of inputs.yml that waits for an answer.
OPEN = UNANSWERED


@dataclass(frozen=True)
class Answer:
    """A possible answer: what it is called, the lines of inputs.yml it stands for, its consequence.

    `changes` maps places of inputs.yml (`settings.tax_rate`) to values; one that is None is left
    out. `needs` is the place whose value is asked for besides, and how it is asked.
    """

    label: str
    changes: dict[str, object]
    consequence: str
    needs: tuple[str, str] | None = None


@dataclass(frozen=True)
class Question:
    """One question. `place` is the line of inputs.yml that holds OPEN until it is answered.

    `free` says what to write where no answers are offered, `in_file` what to write into the file
    where that is something else.
    """

    place: str
    text: str
    evidence: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    free: str = ""
    in_file: str = ""
