"""What a proposal is made of: its sections, and what they and the whole hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scripts.onboard.questions import OPEN, Question
from scripts.onboard.tables import Table

MONEY = ("net_amount", "gross_amount", "unit_price")
PRODUCT = ("product_id", "product_name", "subcategory", "category")


@dataclass
class Section:
    """A section of inputs.yml in the making.

    `notes` say what speaks for each of our columns, `left_out` why a column of the file is none;
    `tax_is_out` when arithmetic says that tax comes on top of the price.
    """

    place: str
    input_name: str
    tables: list[Table]
    columns: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    tax_is_out: bool = False

    @property
    def name(self) -> str:
        """Its name below its input: of the first the file's, else what stands in its place."""
        own = self.place.partition(".")[2]
        return own or name_of(self.table.path)

    def column(self, ours: str) -> str | None:
        """The file's column behind one of ours; None when there is none."""
        names = self.columns.get(ours)
        return names[0] if names else None

    @property
    def decimal(self) -> str:
        """The decimal sign, a point while it is asked for."""
        value = str(self.options.get("decimal", "."))
        return value if value != OPEN else "."

    @property
    def table(self) -> Table:
        return self.tables[0]


def name_of(path: str) -> str:
    """A name for what a file holds: the letters of its own name."""
    stem = path.rpartition("/")[2].partition(".")[0].lower()
    return "_".join(re.findall(r"[^\W\d_]+", stem)) or "file"


@dataclass
class Proposal:
    """All of inputs.yml; `settings` and sections may hold OPEN where `questions` ask."""

    shop: str
    currency: str = OPEN
    currency_note: str = ""
    locale: str = "en"
    settings: dict[str, object] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    ignored: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    @property
    def sales(self) -> list[Section]:
        """The sections of sales; the first is the first of all."""
        return [section for section in self.sections if section.input_name == "sales"]

    def remove(self, section: Section) -> None:
        """Take a section out, and what was to be asked about it."""
        self.sections.remove(section)
        self.questions = [q for q in self.questions if not q.place.startswith(f"{section.place}.")]
