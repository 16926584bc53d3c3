"""`python -m scripts.ingest`: land the files of SHOP in WAREHOUSE."""

from __future__ import annotations

import logging

from scripts.errors import run
from scripts.ingest import ingest
from scripts.paths import shop_folder, warehouse_folder


def main() -> None:
    """Ingest, and say in one line what was done."""
    summary = ingest(shop_folder(), warehouse_folder())
    logging.getLogger(__name__).info("%s", summary)


if __name__ == "__main__":
    run(main)
