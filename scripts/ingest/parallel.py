"""Several files at the same time, or one big file with all processors."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from scripts.ingest.discover import ShopFile
from scripts.ingest.land import FEWEST_THREADS, MEMORY_BYTES, Landed, Share
from scripts.storage import available_processors

# No more files at once than this, so that each has the memory that its landing file needs.
MAXIMUM_WORKERS = 4
# A smaller file is read beside the others: it is done soon in any case.
BIG_BYTES = 64 << 20

ToRead = list[tuple[ShopFile, str]]
Land = Callable[[ShopFile, str, Path, Path, Share], Landed]


def land_all(
    to_read: ToRead, warehouse: Path, work: Path, land: Land, say: Callable[[Landed], None]
) -> dict[str, Landed]:
    """Land every (file, file_id); what was landed, by file_id.

    `land` lands one of them, `say` is called with each when it is done. The error of the first
    file that has one is raised, and the others are given up.
    """
    landed: dict[str, Landed] = {}
    workers = min(available_processors(), MAXIMUM_WORKERS)
    alone, together = divided(to_read, workers)
    for file, file_id in alone:
        landed[file_id] = land(file, file_id, warehouse, work, Share())
        say(landed[file_id])
    workers = min(workers, len(together))
    if not workers:
        return landed
    share = Share(threads=FEWEST_THREADS, memory_bytes=MEMORY_BYTES // workers)

    def land_one(file: ShopFile, file_id: str) -> Landed | None:
        try:
            return land(file, file_id, warehouse, work, share)
        except duckdb.OutOfMemoryException:
            return None

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(land_one, file, file_id) for file, file_id in together]
        try:
            for (file, file_id), future in zip(together, futures, strict=True):
                # a file of very long rows may need the memory of all
                done = future.result() or land(
                    file, file_id, warehouse, work, Share(threads=FEWEST_THREADS)
                )
                landed[file_id] = done
                say(done)
        except BaseException:
            share.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return landed


def divided(to_read: ToRead, workers: int) -> tuple[ToRead, ToRead]:
    """The files to read one after the other, by all threads, and those to read side by side.

    A file by itself is read by all threads when the others would wait for it in the end.
    """
    total = sum(file.byte_count for file, _ in to_read)
    limit = max(BIG_BYTES, total / workers)
    if workers == 1:
        return [], to_read
    alone = [one for one in to_read if one[0].byte_count > limit]
    return alone, [one for one in to_read if one[0].byte_count <= limit]
