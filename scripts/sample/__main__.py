"""`python -m scripts.sample [FOLDER]`: write the sample shop.

Without a folder it is `data/sample`, and the list of its defects goes to
`tests/fixtures/sample_defects.json`. Another folder gets the same files and a copy of `inputs.yml`.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
from pathlib import Path

from scripts.errors import UserError, run
from scripts.paths import PROJECT
from scripts.sample import defects, files, people, trade

SAMPLE = PROJECT / "data" / "sample"
DEFECTS_FILE = PROJECT / "tests" / "fixtures" / "sample_defects.json"

log = logging.getLogger(__name__)


def shop() -> list[files.File]:
    """All files of the sample shop, defects injected."""
    staff, buyers = people.employees(), people.customers()
    written = trade.tickets(staff, buyers)
    made = [
        *files.sales_files(written),
        files.products_file(),
        files.stores_file(),
        files.customers_file(buyers),
        files.employees_file(staff),
        files.stock_file(written),
    ]
    defects.inject(made)
    return made


def defects_text(made: list[files.File]) -> str:
    """The list of defects as JSON text."""
    return json.dumps(defects.listed(made), ensure_ascii=False, indent=1) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Write the shop to the folder given on the command line, else to `data/sample`."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) > 1:
        raise UserError("The sample shop takes one folder: python -m scripts.sample [FOLDER].")
    folder = Path(arguments[0]) if arguments else SAMPLE
    made = shop()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in made:
            (folder / file.path).write_bytes(file.content())
        if folder.resolve() == SAMPLE.resolve():
            DEFECTS_FILE.parent.mkdir(parents=True, exist_ok=True)
            DEFECTS_FILE.write_bytes(defects_text(made).encode())
        else:
            shutil.copyfile(SAMPLE / "inputs.yml", folder / "inputs.yml")
    except OSError as error:
        raise UserError(
            f"The sample shop cannot be written to {folder}: {error.strerror}. "
            "Choose another folder."
        ) from error
    log.info("Wrote %d files to %s.", len(made), folder)


if __name__ == "__main__":
    run(main)
