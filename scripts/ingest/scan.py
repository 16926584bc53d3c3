"""Facts about a file's bytes that say whether DuckDB's reader can be trusted with it.

They are found without splitting the file into fields, so that they check that reader
independently.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from scripts.storage import CHUNK_BYTES

# How much of a chunk is seen again with the next one.
OVERLAP_BYTES = 100


@dataclass(frozen=True)
class Facts:
    """What the bytes after the header hold.

    `line_count` is the number of lines that are not empty. `is_plain` is False when only the
    careful reader can tell the records apart: mixed line ends, NUL bytes, wrong bytes for the
    encoding, or blanks between two quotes (`"a" "b"`, which DuckDB takes for one field).
    """

    line_count: int
    is_ascii: bool
    is_plain: bool


def scan(path: Path, offset: int, encoding: str, quote: str = '"') -> Facts:
    """Read the file from a byte offset on, which must be the start of a line."""
    mark = quote.encode()
    between_quotes = re.compile(re.escape(mark) + b" +" + re.escape(mark))
    decoder = codecs.getincrementaldecoder(encoding)()
    lf = cr = crlf = empty = 0
    is_ascii = is_plain = True
    previous = b""  # the end of the last chunk, so that pairs across chunks are seen
    size = 0
    with path.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            while chunk.endswith(b"\r") and (more := file.read(1)):
                chunk += more
                size += 1
            lf += chunk.count(b"\n")
            if b"\r" in chunk:
                cr += chunk.count(b"\r")
                crlf += chunk.count(b"\r\n")
            # the lines before this chunk's first byte were counted with the last chunk
            empty += _empty_lines(previous, chunk)
            chunk_is_ascii = chunk.isascii()
            is_ascii &= chunk_is_ascii
            if is_plain and (not chunk_is_ascii or decoder.getstate()[0]):
                is_plain = _decodes(decoder, chunk)
            is_plain &= b"\0" not in chunk
            window = previous + chunk
            if is_plain and mark and mark + b" " in window:
                is_plain = between_quotes.search(window) is None
            previous = chunk[-OVERLAP_BYTES:]
    if is_plain:
        is_plain = _decodes(decoder, b"", final=True)
    if [lf - crlf > 0, cr - crlf > 0, crlf > 0].count(True) > 1:
        is_plain = False
    ends = lf + cr - crlf
    unfinished = int(size > 0 and not previous.endswith((b"\n", b"\r")))
    return Facts(ends + unfinished - empty, is_ascii, is_plain)


def _empty_lines(previous: bytes, chunk: bytes) -> int:
    """How many lines end in the chunk without a byte in them."""
    # at the start of the data, and after a line end, a line end makes an empty line
    at_start = not previous or previous.endswith((b"\n", b"\r"))
    count = int(at_start and chunk.startswith((b"\n", b"\r")))
    for pattern, pair in (
        (rb"\n(?=\n)", b"\n\n"),
        (rb"\n(?=\r\n)", b"\n\r\n"),
        (rb"\r(?=\r(?!\n))", b"\r\r"),
    ):
        if pair in chunk:
            count += len(re.findall(pattern, chunk))
    return count


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    """Whether the chunk continues valid text."""
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
