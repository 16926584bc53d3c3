"""Putting an answer into a proposal."""

from __future__ import annotations

import re
from decimal import Decimal

from scripts.errors import UserError
from scripts.onboard.proposal_parts import Proposal, Section
from scripts.onboard.questions import Question
from scripts.onboard.states import EMPTY, states_of


def answer(proposal: Proposal, question: Question, text: str) -> None:
    """Put the answer to a question in its place; raises UserError when it is none."""
    text = text.strip()
    if not question.answers:
        set_place(proposal, question.place, _free(question, text))
        proposal.questions.remove(question)
        return
    label, _, more = text.partition(",")
    numbered = {str(n): one for n, one in enumerate(question.answers, start=1)}
    named = {one.label.casefold(): one for one in question.answers}
    chosen = numbered.get(label.strip()) or named.get(label.strip().casefold())
    if chosen is None:
        listed = ", ".join(one.label for one in question.answers)
        raise UserError(f"`{text}` is no answer to `{question.place}`. Possible are: {listed}.")
    changes = dict(chosen.changes)
    if chosen.needs is not None:
        place, asked = chosen.needs
        if not more.strip():
            raise UserError(f"`{question.place}` needs more: {asked}. Answer `{chosen.label}, …`.")
        changes[place] = _share(more) if place.endswith(".tax_rate") else more.strip()
    proposal.questions.remove(question)
    for place, value in changes.items():
        set_place(proposal, place, value)
    proposal.questions = [one for one in proposal.questions if one.place not in changes]


def _free(question: Question, text: str) -> object:
    if question.place.endswith(".status"):
        return [one.strip() for one in text.split(",") if one.strip()]
    if question.place == "currency" and not re.fullmatch("[A-Za-z]{3}", text):
        raise UserError(f"`{text}` is no currency. Write {question.free}.")
    if question.place.endswith(".tax_rate"):
        return _share(text)
    return text.upper() if question.place == "currency" else text


def _share(text: str) -> str:
    """A rate as a share, from how people write it: 20, 20 %, 0,2; raises UserError for others."""
    plain = text.replace("%", "").replace(",", ".").strip()
    if re.fullmatch(r"[0-9]+([.][0-9]+)?", plain) is None or Decimal(plain) > 100:
        raise UserError(f"`{text}` is no rate. Write 0.2 or 20 % for a tax of 20 %.")
    rate = Decimal(plain)
    is_percent = rate > 1 or "%" in text
    return f"{(rate / 100 if is_percent else rate).normalize():f}"


def set_place(proposal: Proposal, place: str, value: object) -> None:
    """Set a value by its place in inputs.yml; None takes the line out."""
    if place == "currency":
        proposal.currency, proposal.currency_note = str(value), "as you said"
        return
    if place == "ignore":
        for path in value if isinstance(value, list) else [value]:
            proposal.ignored[path] = "as you said"
        return
    head, _, key = place.rpartition(".")
    if head == "settings":
        target: dict = proposal.settings
    else:
        section = _section_of(proposal, head.removesuffix(".columns").removesuffix(".values"))
        if key == "status" and isinstance(value, dict):
            section.options["status"] = value
            return
        if key == "status" and not head.endswith((".columns", ".values")):
            _set_status(section, value)
            return
        if key == "files":
            _set_files(proposal, section, value)
            return
        parts = {"columns": section.columns, "values": section.values}
        target = parts.get(head.rpartition(".")[2], section.options)
        if target is section.columns and value is not None:
            value = [value]
            section.notes[key] = "as you said"
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value


def _section_of(proposal: Proposal, place: str) -> Section:
    return next(section for section in proposal.sections if section.place == place)


def _set_files(proposal: Proposal, section: Section, value: object) -> None:
    """The patterns of a section that was in doubt; without any it is taken out and not read."""
    if value is not None:
        section.files = list(value) if isinstance(value, list) else [str(value)]
        return
    proposal.remove(section)
    read = {table.path for one in proposal.sections for table in one.tables}
    for table in section.tables:
        if table.path not in read:
            proposal.ignored[table.path] = "as you said"


def _set_status(section: Section, revenue: object) -> None:
    names = section.columns["status"]
    values = list(dict.fromkeys(states_of(section, names)))
    chosen = revenue if isinstance(revenue, list) else [str(revenue)]
    chosen = ["" if one == EMPTY else one for one in chosen]
    returns = [one[1:].strip() for one in chosen if one not in values and one.startswith("-")]
    chosen = [one for one in chosen if one in values or not one.startswith("-")]
    unknown = [one for one in (*chosen, *returns) if one not in values]
    if unknown:
        raise UserError(
            f"`{unknown[0]}` is not one of the values of `{' '.join(names)}`. They are: "
            f"{', '.join(value or EMPTY for value in values)}."
        )
    section.options["status"] = {
        "revenue": chosen,
        **({"returns": returns} if returns else {}),
        "not_revenue": [value for value in values if value not in (*chosen, *returns)],
    }
