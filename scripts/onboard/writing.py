"""The text of a commented `inputs.yml`."""

from __future__ import annotations

import re
from textwrap import wrap

from scripts.onboard.proposal_parts import Proposal, Section
from scripts.onboard.questions import OPEN, Question

WIDTH = 98
PLAIN = re.compile(r"[A-Za-zÀ-ÿ0-9][A-Za-zÀ-ÿ0-9 _./°'-]*")


def text_of(proposal: Proposal) -> str:
    """The file, ready to be read by a person and by ingest."""
    lines = [
        *_comment(
            "Written by make onboard from what the files hold. It is yours now: correct what is "
            "wrong, it is never written over. On the left stands our name, on the right the header "
            "as the file has it, behind it what speaks for it."
        ),
        "",
        f"shop: {_value(proposal.shop)}",
    ]
    lines += _asked(proposal, "currency")
    lines.append(_line("currency", proposal.currency, proposal.currency_note))
    lines.append(f"locale: {proposal.locale}")
    if proposal.settings:
        lines += ["", "settings:"]
        for key, value in proposal.settings.items():
            lines += _asked(proposal, f"settings.{key}", "  ")
            lines.append("  " + _line(key, value))
    in_lookups = False
    several = len(proposal.sales) > 1
    for section in sorted(proposal.sections, key=lambda one: one.input_name != "sales"):
        if not several or section is not proposal.sales[0]:
            lines.append("")
        if several and section.input_name == "sales":
            if section is proposal.sales[0]:
                lines += ["", *_comment("Several sections of sales: all of them count."), "sales:"]
            lines += _section(proposal, section, "  ")
        elif section.place.startswith("lookups."):
            if not in_lookups:
                lines.append("lookups:")
            in_lookups = True
            lines += _section(proposal, section, "  ")
        else:
            lines += _section(proposal, section, "")
    ignored = [(path, why) for path, why in sorted(proposal.ignored.items())]
    open_ones = [q for q in proposal.questions if q.place == "ignore"]
    if ignored or open_ones:
        lines += ["", *_comment("What is not read, and why.")]
        lines += [line for q in open_ones for line in _question(q)]
        lines.append("ignore:")
        asked = {path for q in open_ones for a in q.answers for path in a.changes["ignore"]}
        for path, why in ignored:
            if path in asked:
                lines.append(f"  - {OPEN}  # {_value(path)}, or map it above")
            else:
                lines.append(f"  - {_value(path)}  # {' '.join(why.split())[:150]}")
    return "\n".join(lines) + "\n"


def _section(proposal: Proposal, section: Section, indent: str) -> list[str]:
    name = section.name if indent else section.place
    titles = ", ".join(dict.fromkeys(table.title for table in section.tables[:3]))
    more = f" and {len(section.tables) - 3} more" if len(section.tables) > 3 else ""
    lines = [f"{indent}{name}:  # {titles}{more}"]
    inner = indent + "  "
    lines += _asked(proposal, f"{section.place}.files", inner)
    lines.append(
        f"{inner}files: {_value(section.files[0] if len(section.files) == 1 else section.files)}"
    )
    for key, value in section.options.items():
        lines += _asked(proposal, f"{section.place}.{key}", inner)
        lines.append(inner + _line(key, value))
    if section.values:
        lines.append(f"{inner}values:")
        for key, value in section.values.items():
            lines += _asked(proposal, f"{section.place}.values.{key}", inner + "  ")
            lines.append(f"{inner}  " + _line(key, value))
    lines.append(f"{inner}columns:")
    for ours, names in section.columns.items():
        lines += _asked(proposal, f"{section.place}.columns.{ours}", inner + "  ")
        value = names[0] if len(names) == 1 else names
        lines.append(f"{inner}  " + _line(ours, value, section.notes.get(ours, "")))
    mapped = {name for names in section.columns.values() for name in names}
    for name, why in section.left_out.items():
        if name not in mapped:
            lines += _comment(f"not mapped: {name} ({why})", inner)
    mapped |= set(section.left_out)
    left = [one for one in section.table.columns if one not in mapped]
    if left:
        lines += _comment(f"not mapped, kept as they are: {', '.join(left)}", inner)
    return lines


def _asked(proposal: Proposal, place: str, indent: str = "") -> list[str]:
    return [
        line
        for question in proposal.questions
        if question.place == place
        for line in _question(question, indent)
    ]


def _question(question: Question, indent: str = "") -> list[str]:
    lines = [*_comment(f"QUESTION: {question.text}", indent)]
    lines += [line for one in question.evidence for line in _comment(f"  {one}", indent)]
    for one in question.answers:
        changes = "; ".join(
            f"{_label(place, question)}: {_value(value)}"
            for place, value in one.changes.items()
            if value is not None
        )
        if one.needs is not None:
            changes += f"; {_label(one.needs[0], question)}: {one.needs[1].lower()}"
        gone = [_label(place, question) for place, value in one.changes.items() if value is None]
        if "files" in gone:
            changes = "without this section"
        elif gone:
            changes += f" (without the line `{gone[0]}`)"
        lines += _comment(f"  {changes}  → {one.consequence}", indent)
    if question.in_file or question.free:
        lines += _comment(f"  {question.in_file or f'Write {question.free}'}.", indent)
    return lines


def _label(place: str, question: Question) -> str:
    """A line of inputs.yml as the section calls it in which the question stands."""
    key = place.rpartition(".")[2]
    return f"values.{key}" if ".values." in place and ".values." not in question.place else key


def _comment(text: str, indent: str = "") -> list[str]:
    inner = text[: len(text) - len(text.lstrip())]
    return [
        f"{indent}# {inner}{line}" for line in wrap(text.strip(), WIDTH - len(indent) - len(inner))
    ]


def _line(key: str, value: object, note: str = "") -> str:
    note = " ".join(note.split())
    return f"{key}: {_value(value)}" + (f"  # {note[:150]}" if note else "")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_inside(one) for one in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inside(one)}" for key, one in value.items()) + "}"
    text = str(value)
    if value == OPEN or isinstance(value, int):
        return text
    if PLAIN.fullmatch(text) and not text.endswith(" ") and ": " not in text and " #" not in text:
        return text
    if text == "\t":
        return "tab"
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    )
    return f'"{escaped}"'


def _inside(value: object) -> str:
    """A value within brackets, where a question mark must stand in quotes."""
    return f'"{OPEN}"' if value == OPEN else _value(value)
