"""`make export TO=…`: write the published generation to a folder, a bucket or a database."""

from __future__ import annotations

import logging
import os
import time

from scripts.errors import UserError, run
from scripts.export.address import Address, Options, read_address, read_options
from scripts.export.source import Source, open_published
from scripts.paths import warehouse_folder

log = logging.getLogger(__name__)


def main() -> None:
    """Export to what TO names, and say what stands there now."""
    address = read_address(os.environ.get("TO", ""))
    options = read_options(address, os.environ)
    started = time.monotonic()
    with open_published(warehouse_folder()) as source:
        is_new = _export(source, address, options)
        row_count = source.row_count
    done = "holds" if is_new else "held already, and whole,"
    log.info(
        "%s %s generation %d: %d tables, %d rows (%.0f s).",
        address.shown,
        done,
        source.generation,
        len(source.tables),
        row_count,
        time.monotonic() - started,
    )


def _export(source: Source, address: Address, options: Options) -> bool:
    """Whether anything had to be written. The drivers are asked for only where they are needed."""
    try:
        if address.kind == "folder":
            from scripts.export.parquet import export  # noqa: PLC0415
        elif address.kind == "s3":
            from scripts.export.bucket import export  # noqa: PLC0415
        elif address.kind == "postgres":
            from scripts.export.postgres import export  # noqa: PLC0415
        else:
            from scripts.export.mariadb import export  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UserError(
            f"Exporting to {address.shown} needs the package {error.name}, which is not "
            "installed: pip install -r requirements-export.txt"
        ) from error
    return export(source, address, options)


if __name__ == "__main__":
    run(main)
