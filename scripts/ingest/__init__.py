"""Ingest: the files of a shop folder become landing files and a ledger.

`ingest(shop, warehouse)` is the whole step. The modules follow the way of the data: `config`
(inputs.yml), `discover` (which file is what), `plan` (what is new), `header`, `scan`, `records`
and `raw` (bytes → records), `normalise` and `totals` (text → our text), `land` (one file),
`parallel` (all of them), `checks` (what should be looked at first), `ledger`, `settings` and
`warehouse` (what is kept).
"""

from __future__ import annotations

from pathlib import Path

from scripts.ingest import ledger
from scripts.ingest.run import Summary, ingest

__all__ = ["Summary", "damaged_files", "ingest"]


def damaged_files(warehouse: Path) -> list[str]:
    """The landing and rejects files of what is loaded that are gone or hold other bytes.

    Their names are relative to the warehouse, in order; ingest makes them anew. Raises UserError
    when an entry of the ledger is damaged, OSError when a file cannot be read.
    """
    entries = ledger.load(warehouse).values()
    return ledger.damaged_files(warehouse, [e for e in entries if e.state == ledger.LANDED])
