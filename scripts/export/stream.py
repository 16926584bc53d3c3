"""Rows of DuckDB as a stream of CSV, made while a database reads it."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

# a pipe that holds this much lets both sides work at the same time
PIPE_BYTES = 1 << 20
F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", None)


@contextmanager
def csv_stream(
    connection: duckdb.DuckDBPyConnection, statement: str, null: str = ""
) -> Iterator[int]:
    """The rows of a statement as CSV, from a pipe that can be read while it is written.

    Yields the handle to read from; it ends where the rows do. A text that is the same as `null`
    is quoted, and so told from it. Raises at the end what went wrong with writing, so that a
    stream that broke off is not taken for a whole one.
    """
    reading, writing = os.pipe()
    if F_SETPIPE_SZ is not None:
        fcntl.fcntl(writing, F_SETPIPE_SZ, PIPE_BYTES)
    faults: list[BaseException] = []
    cursor = connection.cursor()

    def write() -> None:
        try:
            # the handle by its name, because DuckDB writes to names
            cursor.execute(
                f"copy ({statement}) to '/dev/fd/{writing}' "
                f"(format csv, header false, nullstr '{null}', use_tmp_file false)"
            )
        except duckdb.Error as error:
            faults.append(error)
        finally:
            os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield reading
    finally:
        # a writer that still has something to say learns that nobody listens
        os.close(reading)
        writer.join()
    if faults:
        raise faults[0]
