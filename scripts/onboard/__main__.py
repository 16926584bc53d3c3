"""`make onboard SHOP=folder`: write the `inputs.yml` of a folder from what its files hold.

What the data cannot decide is asked: on a terminal here, else as lines marked `???` in the file,
which must be answered before `make report` goes on. An `inputs.yml` that exists is never touched.
"""

from __future__ import annotations

import argparse
import sys

from scripts.errors import UserError, run
from scripts.ingest.config import FILE_NAME
from scripts.onboard.answering import answer
from scripts.onboard.proposal import propose
from scripts.onboard.proposal_parts import Proposal
from scripts.onboard.questions import Question
from scripts.onboard.writing import text_of
from scripts.paths import shop_folder


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.onboard", description=__doc__)
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="PLACE=ANSWER",
        help="answer a question beforehand: --answer currency=EUR",
    )
    options = parser.parse_args()
    shop = shop_folder()
    if not shop.is_dir():
        raise UserError(f"There is no folder {shop}. Set SHOP=… to the folder that has your files.")
    path = shop / FILE_NAME
    if path.exists():
        raise UserError(
            f"{path} exists and is not written over. Move it away to have a new one written."
        )
    proposal = propose(shop)
    places = {question.place for question in proposal.questions}
    for given in options.answer:
        place, _, text = given.partition("=")
        question = next((q for q in proposal.questions if q.place == place), None)
        if question is None and place in places:
            continue  # an answer before took it away
        if question is None:
            asked = ", ".join(q.place for q in proposal.questions) or "none"
            raise UserError(f"There is no question `{place}`. Questions: {asked}.")
        answer(proposal, question, text)
    if sys.stdin.isatty():
        _ask(proposal)
    path.write_text(text_of(proposal), encoding="utf-8")
    print(f"Written: {path}")
    for section in proposal.sections:
        print(f"  {section.place}: {', '.join(section.files)}")
    if proposal.ignored:
        print(f"  not read: {', '.join(sorted(proposal.ignored))}")
    if proposal.questions:
        count = len(proposal.questions)
        print(f"\n{count} question{'s' if count > 1 else ''} in it, marked ???, for you to answer:")
        for number, question in enumerate(proposal.questions, start=1):
            print(f"  {number}. {question.text}")
        print("Then make check, and make report.")
    else:
        print("Look it through, then make check, and make report.")


def _ask(proposal: Proposal) -> None:
    """Ask what is open; an empty answer leaves a question in the file."""
    for question in list(proposal.questions):
        print(f"\n{question.text}")
        for line in question.evidence:
            print(f"  {line}")
        for number, one in enumerate(question.answers, start=1):
            print(f"  {number}. {one.label}: {one.consequence}")
        _ask_one(proposal, question)


def _ask_one(proposal: Proposal, question: Question) -> None:
    hint = question.free or "a number; Enter leaves it open"
    while True:
        text = input(f"  ({hint}) > ").strip()
        if not text:
            return
        chosen = dict(enumerate(question.answers, start=1)).get(int(text) if text.isdigit() else 0)
        if chosen is not None and chosen.needs is not None:
            text = f"{text}, {input(f'  {chosen.needs[1]} > ').strip()}"
        try:
            answer(proposal, question, text)
        except UserError as error:
            print(f"  {error}")
        else:
            return


if __name__ == "__main__":
    run(main)
