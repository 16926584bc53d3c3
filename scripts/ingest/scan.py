"""Facts about a file's bytes that say whether DuckDB's reader can be trusted with it.

They are found without splitting the file into fields, so that they check that reader
independently. Some spare work: where no value can have a blank at its edge, none is looked for.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from scripts.ingest.records import BLANKS
from scripts.storage import CHUNK_BYTES

# How much of a chunk is seen again with the next one.
OVERLAP_BYTES = 100
# The end of a number that a spreadsheet made of an identifier: 17.0
POINT_ZERO = b".0"


@dataclass(frozen=True)
class Facts:
    """What the bytes after the header hold.

    `line_count` is the number of lines that are not empty. `is_plain` is False when only the
    careful reader can tell the records apart: mixed line ends, NUL bytes, wrong bytes for the
    encoding, or blanks between two quotes (`"a" "b"`, which DuckDB takes for one field).

    For a plain file of which each line is one record, `is_trimmed` is True when for certain no
    value has a blank at its edge and none is an empty pair of quotes; `has_point_zero` is False
    when for certain, in a trimmed file, no value ends in `.0`.
    """

    line_count: int
    is_ascii: bool
    is_plain: bool
    is_trimmed: bool
    has_point_zero: bool


def scan(path: Path, offset: int, encoding: str, quote: str = '"', delimiter: str = ",") -> Facts:
    """Read the file from a byte offset on, which must be the start of a line."""
    mark = quote.encode()
    between_quotes = re.compile(re.escape(mark) + b" +" + re.escape(mark))
    edges = _Edges(encoding, mark, delimiter.encode())
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
            has_cr = b"\r" in chunk
            if has_cr:
                cr += chunk.count(b"\r")
                crlf += chunk.count(b"\r\n")
            # the lines before this chunk's first byte were counted with the last chunk
            empty += _empty_lines(previous, chunk, has_cr)
            chunk_is_ascii = chunk.isascii()
            is_ascii &= chunk_is_ascii
            if is_plain and (not chunk_is_ascii or decoder.getstate()[0]):
                is_plain = _decodes(decoder, chunk)
            is_plain &= b"\0" not in chunk
            has_mark = bool(mark) and mark in chunk
            if is_plain and has_mark:
                window = previous + chunk
                if mark + b" " in window:
                    is_plain = between_quotes.search(window) is None
            edges.look(previous, chunk, is_ascii=chunk_is_ascii, has_mark=has_mark)
            previous = (previous + chunk if len(chunk) < OVERLAP_BYTES else chunk)[-OVERLAP_BYTES:]
    if is_plain:
        is_plain = _decodes(decoder, b"", final=True)
    if [lf - crlf > 0, cr - crlf > 0, crlf > 0].count(True) > 1:
        is_plain = False
    edges.finish(previous)
    ends = lf + cr - crlf
    unfinished = int(size > 0 and not previous.endswith((b"\n", b"\r")))
    return Facts(
        ends + unfinished - empty,
        is_ascii,
        is_plain,
        edges.is_trimmed,
        edges.has_point_zero or not edges.is_trimmed,
    )


class _Edges:
    """Looks for blanks and for `.0` beside what separates values: signs, line ends, quotes."""

    def __init__(self, encoding: str, mark: bytes, separator: bytes) -> None:
        beside = [separator, b"\n", b"\r", *([mark] if mark else [])]
        blanks = [sign for sign in BLANKS if sign not in "\r\n" and sign.encode() != separator]
        # a blank that separates cannot be told from one inside quotes
        self._quotes_hide_blanks = separator.decode() in BLANKS
        self._doubled = mark + mark
        self._pairs = {
            sign.encode(): [pair for edge in beside for pair in _both_ways(sign.encode(), edge)]
            for sign in blanks
            if sign.isascii()
        }
        self._foreign = [
            sign.encode(encoding)
            for sign in blanks
            if not sign.isascii() and (encoding == "utf-8" or sign == "\u00a0")
        ]
        self._point_zero = re.compile(
            re.escape(POINT_ZERO) + b"[" + b"".join(re.escape(edge) for edge in beside) + b"]"
        )
        self.is_trimmed = True
        self.has_point_zero = False

    def look(self, previous: bytes, chunk: bytes, *, is_ascii: bool, has_mark: bool) -> None:
        """Look at a chunk, and at the seam to the bytes before it (none: the data begin)."""
        if not self.is_trimmed:
            return
        parts = (chunk, (previous[-3:] or b"\n") + chunk[:3])
        if has_mark and (self._quotes_hide_blanks or _has(parts, [self._doubled])):
            self.is_trimmed = False
            return
        for blank, pairs in self._pairs.items():
            if _has(parts, [blank]) and _has(parts, pairs):
                self.is_trimmed = False
                return
        if not (is_ascii and previous.isascii()) and _has(parts, self._foreign):
            self.is_trimmed = False
            return
        if not self.has_point_zero:
            self.has_point_zero = any(self._point_zero.search(part) for part in parts)

    def finish(self, last: bytes) -> None:
        """Look at the end of the file, whose last bytes these are."""
        self.is_trimmed &= not last.endswith(tuple(self._pairs))
        self.has_point_zero |= last.endswith(POINT_ZERO)


def _both_ways(one: bytes, other: bytes) -> list[bytes]:
    """Two signs in either order."""
    return [one + other, other + one]


def _has(parts: tuple[bytes, ...], wanted: list[bytes]) -> bool:
    """Whether any of the signs is in any of the parts."""
    return any(sign in part for part in parts for sign in wanted)


def _empty_lines(previous: bytes, chunk: bytes, has_cr: bool) -> int:
    """How many lines end in the chunk without a byte in them."""
    # at the start of the data, and after a line end, a line end makes an empty line
    at_start = not previous or previous.endswith((b"\n", b"\r"))
    count = int(at_start and chunk.startswith((b"\n", b"\r")))
    patterns = [rb"\n(?=\n)"]
    if has_cr:
        patterns += [rb"\n(?=\r\n)", rb"\r(?=\r(?!\n))"]
    for pattern in patterns:
        count += sum(1 for _ in re.finditer(pattern, chunk))
    return count


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    """Whether the chunk continues valid text."""
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
