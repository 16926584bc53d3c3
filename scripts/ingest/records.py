"""The careful reader: any bytes become records, each good or rejected with a reason.

DuckDB's reader is used wherever a file is clean. This one reads the others, and names what is
wrong with each record. It follows RFC 4180, with these decisions:

- Lines end with LF, CRLF or CR, also mixed in one file. An empty line is no record.
- A quote opens a quoted field only at the field's start (spaces may precede it when the
  field also closes on that line); elsewhere it is plain text.
- A quoted field may span lines. One that is never closed, or whose closing quote is followed
  by text, spoils the line it starts on and nothing else.
- A record is read in the declared encoding by itself: wrong bytes spoil that record only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from scripts.ingest.dialect import Dialect

# A record longer than DuckDB accepts in a line is no record of a shop.
MAXIMUM_RECORD_BYTES = 2_000_000
# How much of a rejected record is kept as its original text.
MAXIMUM_TEXT_LENGTH = 60_000
CHUNK_BYTES = 1 << 20
# Stands for a NUL byte in a text that is kept.
NULL_SIGN = "\u2400"
# Blanks around a value that are not part of it: spaces of any kind and line ends.
BLANKS = " \t\n\r\f\v\u00a0\u2007\u2009\u202f\ufeff"

UNCLOSED = "has a quote that is not closed"
AFTER_QUOTE = "has text after a closing quote"
TOO_LONG = "is longer than 2 MB (is a quote left open?)"
NULL_BYTE = "has a NUL byte"
WRONG_BYTES = {
    "utf-8": "is not valid UTF-8 (is the file cp1252? then set encoding: cp1252)",
    "cp1252": "has bytes that cp1252 does not know (is the file UTF-8?)",
}


class Record(NamedTuple):
    """One record of a file, or the line that could not become one.

    `number` counts the records from the number given to `read_records`; `line` is the physical
    line on which it starts, `line_count` and `byte_count` what it takes of the file. `fields`
    is None when `reason` says why; `raw` are its bytes, without the last line end.
    """

    number: int
    line: int
    line_count: int
    byte_count: int
    raw: bytes
    fields: list[str] | None
    reason: str | None


class _Line(NamedTuple):
    """A physical line: its number, its bytes, and the bytes that end it."""

    number: int
    content: bytes
    end: bytes


def text_of(raw: bytes, encoding: str) -> str:
    """The bytes of a record as text that can be stored: wrong ones replaced, cut when long."""
    text = raw.decode(encoding, "replace").replace("\0", NULL_SIGN)
    if len(text) > MAXIMUM_TEXT_LENGTH:
        return f"{text[:MAXIMUM_TEXT_LENGTH]} … (cut)"
    return text


def physical_lines(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The lines of a file from its position on, each as (bytes, line end).

    A line longer than MAXIMUM_RECORD_BYTES comes cut to one byte more than that.
    """
    longest = MAXIMUM_RECORD_BYTES + 1
    pending = b""
    while True:
        chunk = file.read(CHUNK_BYTES)
        # a CR at the end of a chunk may be the first half of a CRLF
        while chunk.endswith(b"\r"):
            more = file.read(1)
            chunk += more
            if not more:
                break
        lines = (pending + chunk).splitlines(keepends=True)
        pending = b""
        if chunk and lines and not lines[-1].endswith((b"\n", b"\r")):
            pending = lines.pop()[:longest]
        for line in lines:
            if line.endswith(b"\r\n"):
                yield line[:-2][:longest], b"\r\n"
            elif line.endswith((b"\n", b"\r")):
                yield line[:-1][:longest], line[-1:]
            else:
                yield line[:longest], b""
        if not chunk:
            return


def read_records(
    file: BinaryIO,
    dialect: Dialect,
    encoding: str,
    first_line: int = 1,
    first_number: int = 1,
) -> Iterator[Record]:
    """Every record from the file's position on, in order; memory stays bounded.

    `first_line` and `first_number` are given to the line and the record found first.
    """
    separator, mark = dialect.delimiter.encode(), dialect.quote.encode()
    lines = _Lines(file, first_line)
    number = first_number
    while (line := lines.take()) is not None:
        raw = line.content
        if not raw:
            continue
        reason, texts = None, None
        count, size = 1, len(raw) + len(line.end)
        fields: list[bytes] | None = None
        if len(raw) > MAXIMUM_RECORD_BYTES:
            reason = TOO_LONG
        elif mark and mark in raw:
            fields, reason, used = _split_quoted(line, lines, separator, mark)
            if len(used) > 1:
                raw, count = _joined(used), len(used)
                size = len(raw) + len(used[-1].end)
        if reason is None:
            if b"\0" in raw:
                reason = NULL_BYTE
            else:
                try:
                    if fields is None:
                        texts = raw.decode(encoding).split(dialect.delimiter)
                    else:
                        texts = [field.decode(encoding) for field in fields]
                except UnicodeDecodeError:
                    reason = WRONG_BYTES[encoding]
        yield Record(number, line.number, count, size, raw, texts, reason)
        number += 1


class _Lines:
    """Physical lines with their numbers; lines that were taken can be put back."""

    def __init__(self, file: BinaryIO, first_line: int) -> None:
        self._source = physical_lines(file)
        self._number = first_line
        self._put_back: deque[_Line] = deque()

    def take(self) -> _Line | None:
        """The next line, or None at the end of the file."""
        if self._put_back:
            return self._put_back.popleft()
        found = next(self._source, None)
        if found is None:
            return None
        line = _Line(self._number, *found)
        self._number += 1
        return line

    def put_back(self, lines: list[_Line]) -> None:
        """Give lines back, to be taken again in the same order."""
        self._put_back.extendleft(reversed(lines))


def _joined(lines: list[_Line]) -> bytes:
    """The bytes of several lines, without the end of the last."""
    return b"".join(one.content + one.end for one in lines[:-1]) + lines[-1].content


def _split_quoted(
    line: _Line, lines: _Lines, separator: bytes, mark: bytes
) -> tuple[list[bytes] | None, str | None, list[_Line]]:
    """The fields of a record that has quotes, from its first line on.

    Returns (fields, None, lines used), or (None, reason, lines spoilt) with the lines after
    the one where the bad quote opened put back.
    """
    used = [line]
    fields: list[bytes] = []
    text, position = line.content, 0
    spaces = b"" if separator == b" " else b" "
    while True:
        opening = _skip(text, position, spaces)
        if text[opening : opening + 1] == mark:
            opened_in = len(used)
            spaced = opening > position
            closing = _closing(text, opening + 1, mark)
            after = closing if closing is None else _skip(text, closing + 1, spaces)
            fits = after is not None and text[after : after + 1] in (b"", separator)
            if fits or not spaced:
                value = [text[opening + 1 : closing]]
                size = len(text)
                while closing is None:
                    following = lines.take()
                    if following is None or size > MAXIMUM_RECORD_BYTES:
                        rest = used[opened_in:] + ([following] if following else [])
                        lines.put_back(rest)
                        return None, UNCLOSED, used[:opened_in]
                    value.append(used[-1].end)
                    used.append(following)
                    text = following.content
                    size += len(text) + 1
                    closing = _closing(text, 0, mark)
                    value.append(text[:closing])
                after = _skip(text, closing + 1, spaces)
                if text[after : after + 1] not in (b"", separator):
                    lines.put_back(used[opened_in:])
                    return None, AFTER_QUOTE, used[:opened_in]
                fields.append(b"".join(value).replace(mark + mark, mark))
                if after == len(text):
                    return fields, None, used
                position = after + 1
                continue
        end = text.find(separator, position)
        if end < 0:
            fields.append(text[position:])
            return fields, None, used
        fields.append(text[position:end])
        position = end + 1


def _skip(text: bytes, position: int, spaces: bytes) -> int:
    """The position of the first byte that is no space."""
    while spaces and text[position : position + 1] == spaces:
        position += 1
    return position


def _closing(text: bytes, position: int, mark: bytes) -> int | None:
    """Where the quoted field that holds `position` closes on this line, or None."""
    while (found := text.find(mark, position)) >= 0:
        if text[found + 1 : found + 2] != mark:
            return found
        position = found + 2
    return None
