"""Ingest: the files of a shop folder become landing files and a ledger.

`ingest(shop, warehouse)` is the whole step. The modules follow the way of the data: `config`
(inputs.yml), `discover` (which file is what), `plan` (what is new), `header`, `scan`, `records`
and `raw` (bytes → records), `normalise` and `totals` (text → our text), `land` (one file),
`checks` (what should be looked at first), `ledger`, `settings` and `warehouse` (what is kept).
"""

from __future__ import annotations

from scripts.ingest.run import Summary, ingest

__all__ = ["Summary", "ingest"]
