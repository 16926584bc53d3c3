"""Where things are: the project, the shop that is worked on, and its warehouse."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def shop_folder() -> Path:
    """The shop folder: the `SHOP` variable, else the sample; relative paths from the project."""
    return PROJECT / os.environ.get("SHOP", "data/sample")


def warehouse_folder() -> Path:
    """The warehouse: the `WAREHOUSE` variable, else `warehouse/<name of the shop folder>`."""
    chosen = os.environ.get("WAREHOUSE") or f"warehouse/{shop_folder().resolve().name}"
    return PROJECT / chosen


def published_file() -> Path:
    """The published DuckDB file that readers open."""
    return warehouse_folder() / "sales.duckdb"
