"""A Parquet file put together from column chunks that are there already, and from known columns.

A chunk is copied as it stands, so no value is read, encoded or compressed again. A column that is
empty, says one text throughout or counts the rows takes a few bytes that are written here. The
format is https://parquet.apache.org/docs/file-format: chunks, then a footer in Thrift's compact
protocol, of which every field that is not an offset, a size or a name is kept as it was read.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from scripts.storage import CHUNK_BYTES

MAGIC = b"PAR1"
# Kinds of values in Thrift's compact protocol.
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    12,
)
# A struct as {number of the field: (kind, value)}; a list is (kind of its items, items).
Fields = dict[int, tuple[int, Any]]

# Fields of FileMetaData.
SCHEMA, ROW_COUNT, ROW_GROUPS, CREATED_BY, ORDERS = 2, 3, 4, 6, 7
# Fields of a schema element.
PHYSICAL_TYPE, REPETITION, NAME, CHILD_COUNT, CONVERTED_TYPE = 1, 3, 4, 5, 6
# Fields of a row group.
CHUNKS, GROUP_SIZE, GROUP_ROWS, GROUP_OFFSET, GROUP_COMPRESSED_SIZE = 1, 2, 3, 5, 6
# Fields of a column chunk's metadata, which is field 3 of the chunk.
METADATA = 3
TYPE, ENCODINGS, PATH, CODEC, VALUE_COUNT, SIZE, COMPRESSED_SIZE = 1, 2, 3, 4, 5, 6, 7
DATA_OFFSET, DICTIONARY_OFFSET, STATISTICS, BLOOM_OFFSET, BLOOM_BYTES = 9, 11, 12, 14, 15
NULL_COUNT = 3

INT64, BYTE_ARRAY, OPTIONAL, UTF8, INT_64 = 2, 6, 1, 0, 18
PLAIN, RLE, DELTA_BINARY_PACKED, RLE_DICTIONARY = 0, 3, 5, 8
UNCOMPRESSED = 0
DATA_PAGE, DICTIONARY_PAGE = 0, 2
# How the differences of numbers are grouped: values in a block, and parts of it.
BLOCK_VALUES, BLOCK_PARTS = 128, 4


@dataclass(frozen=True)
class Written:
    """A column of a Parquet file, under the name it has there."""

    path: Path
    name: str


@dataclass(frozen=True)
class Text:
    """One text on every row; None for no text on any."""

    value: str | None


@dataclass(frozen=True)
class Numbers:
    """Whole numbers, one more on each row."""

    first: int


Column = Written | Text | Numbers


class OtherRowGroupsError(Exception):
    """The files do not have their rows in the same groups."""


@dataclass(frozen=True)
class _Chunk:
    """A column chunk to be written: its metadata, and its bytes and its Bloom filter's in parts."""

    metadata: Fields
    content: Iterable[bytes]
    bloom: Iterable[bytes] = ()


def put_together(target: Path, columns: Mapping[str, Column], rows_of: Path) -> tuple[int, str]:
    """Write the columns, by name and in order, to a Parquet file with the rows of another.

    Returns the number of rows and the SHA-256 of the file. Raises OtherRowGroupsError when the
    files of the columns do not have their rows in the same groups.
    """
    paths = {column.path for column in columns.values() if isinstance(column, Written)}
    with ExitStack() as stack, target.open("wb") as stream:
        sources = {
            path: _Source(stack.enter_context(path.open("rb"))) for path in (rows_of, *paths)
        }
        model = sources[rows_of]
        if any(source.group_rows != model.group_rows for source in sources.values()):
            raise OtherRowGroupsError
        out = _Out(stream)
        out.write(MAGIC)
        groups: list[bytes] = []
        before = 0
        for place, row_count in enumerate(model.group_rows):
            chunks = [
                (name, _chunk(column, place, before, row_count, sources))
                for name, column in columns.items()
            ]
            groups.append(_write_group(out, chunks, row_count))
            before += row_count
        footer = _footer(columns, sources, model.footer, groups, before)
        out.write(footer + struct.pack("<I", len(footer)) + MAGIC)
        return before, out.digest.hexdigest()


class _Out:
    """What is written, how much of it, and its SHA-256."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.position = 0
        self.digest = hashlib.sha256()

    def write_all(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            self.write(part)

    def write(self, content: bytes) -> None:
        self._stream.write(content)
        self.digest.update(content)
        self.position += len(content)


class _Source:
    """A Parquet file of a plain table, of which chunks are taken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        size = stream.seek(0, 2)
        stream.seek(size - 8)
        end = stream.read(8)
        (length,) = struct.unpack("<I", end[:4])
        if end[4:] != MAGIC:
            raise ValueError("this is no Parquet file")
        stream.seek(size - 8 - length)
        self.footer = read_struct(stream.read(length))
        self.elements: dict[str, Fields] = {}
        for element in _items(self.footer, SCHEMA)[1:]:
            self.elements[element[NAME][1].decode()] = element
        groups = _items(self.footer, ROW_GROUPS)
        self.group_rows = [group[GROUP_ROWS][1] for group in groups]
        self._chunks = [
            {
                chunk[METADATA][1][PATH][1][1][0].decode(): chunk[METADATA][1]
                for chunk in _items(group, CHUNKS)
            }
            for group in groups
        ]

    def chunk(self, place: int, name: str) -> _Chunk:
        """The chunk of a column in a row group."""
        metadata = self._chunks[place][name]
        start = min(metadata[key][1] for key in (DATA_OFFSET, DICTIONARY_OFFSET) if key in metadata)
        bloom: Iterable[bytes] = ()
        if BLOOM_OFFSET in metadata:
            bloom = self._read(metadata[BLOOM_OFFSET][1], metadata[BLOOM_BYTES][1])
        return _Chunk(metadata, self._read(start, metadata[COMPRESSED_SIZE][1]), bloom)

    def _read(self, start: int, length: int) -> Iterator[bytes]:
        """Bytes of the file, not too many at once: a column of long texts is large."""
        self._stream.seek(start)
        while length:
            content = self._stream.read(min(length, CHUNK_BYTES))
            if not content:
                raise ValueError("the Parquet file is shorter than its footer says")
            length -= len(content)
            yield content


def _chunk(
    column: Column, place: int, before: int, row_count: int, sources: Mapping[Path, _Source]
) -> _Chunk:
    """A column's chunk of the row group at a place, which has so many rows before it."""
    if isinstance(column, Numbers):
        return _numbers_chunk(column.first + before, row_count)
    if isinstance(column, Text):
        return _text_chunk(column.value, row_count)
    chunk = sources[column.path].chunk(place, column.name)
    return _text_chunk(None, row_count) if _is_empty(chunk.metadata, row_count) else chunk


def _is_empty(metadata: Fields, row_count: int) -> bool:
    """Whether a chunk of texts has none: then it is written like one that was never there."""
    if metadata[TYPE][1] != BYTE_ARRAY or STATISTICS not in metadata:
        return False
    return metadata[STATISTICS][1].get(NULL_COUNT, (I64, 0))[1] == row_count


def _write_group(out: _Out, chunks: list[tuple[str, _Chunk]], row_count: int) -> bytes:
    """Write a row group's chunks one after the other, then their Bloom filters; its metadata."""
    start = out.position
    moved = []
    for name, chunk in chunks:
        old = chunk.metadata
        begin = min(old[key][1] for key in (DATA_OFFSET, DICTIONARY_OFFSET) if key in old)
        new = {**old, PATH: (LIST, (BINARY, [name.encode()]))}
        for key in (DATA_OFFSET, DICTIONARY_OFFSET):
            if key in old:
                new[key] = (I64, old[key][1] - begin + out.position)
        out.write_all(chunk.content)
        moved.append(new)
    end = out.position
    for new, (_, chunk) in zip(moved, chunks, strict=True):
        if BLOOM_OFFSET in new:
            new[BLOOM_OFFSET] = (I64, out.position)
            out.write_all(chunk.bloom)
    group: Fields = {
        CHUNKS: (LIST, (STRUCT, [{2: (I64, 0), METADATA: (STRUCT, new)} for new in moved])),
        GROUP_SIZE: (I64, sum(new[SIZE][1] for new in moved)),
        GROUP_ROWS: (I64, row_count),
        GROUP_OFFSET: (I64, start),
        GROUP_COMPRESSED_SIZE: (I64, end - start),
    }
    return write_struct(group)


def _footer(
    columns: Mapping[str, Column],
    sources: Mapping[Path, _Source],
    model: Fields,
    groups: list[bytes],
    row_count: int,
) -> bytes:
    """The footer; `model` is one of DuckDB's, `groups` are written structs."""
    root = {**_items(model, SCHEMA)[0], CHILD_COUNT: (I32, len(columns))}
    elements = [root]
    for name, column in columns.items():
        if isinstance(column, Written):
            element = sources[column.path].elements[column.name]
        else:
            is_text = isinstance(column, Text)
            element = {
                PHYSICAL_TYPE: (I32, BYTE_ARRAY if is_text else INT64),
                REPETITION: (I32, OPTIONAL),
                NAME: (BINARY, b""),
                CONVERTED_TYPE: (I32, UTF8 if is_text else INT_64),
            }
        elements.append({**element, NAME: (BINARY, name.encode())})
    footer: Fields = {
        1: model[1],
        SCHEMA: (LIST, (STRUCT, elements)),
        ROW_COUNT: (I64, row_count),
        ROW_GROUPS: (LIST, (STRUCT, groups)),
        CREATED_BY: model[CREATED_BY],
        # each column's smallest and greatest value are by the order of its type
        ORDERS: (LIST, (STRUCT, [{1: (STRUCT, {})} for _ in columns])),
    }
    return write_struct(footer)


def _items(fields: Fields, key: int) -> list[Fields]:
    """The structs of a list."""
    return fields[key][1][1]


def _text_chunk(value: str | None, row_count: int) -> _Chunk:
    """A chunk that says one text on each row, or nothing."""
    if value is None:
        page = _page(row_count, PLAIN, _levels(row_count, is_there=False))
        nulls: Fields = {NULL_COUNT: (I64, row_count)}
        return _known_chunk(BYTE_ARRAY, PLAIN, row_count, page, statistics=nulls)
    text = value.encode()
    entry = struct.pack("<I", len(text)) + text
    header: Fields = {
        1: (I32, DICTIONARY_PAGE),
        2: (I32, len(entry)),
        3: (I32, len(entry)),
        7: (STRUCT, {1: (I32, 1), 2: (I32, PLAIN)}),
    }
    # one bit for each index, and a run of zeros
    indexes = b"\x01" + _varint(row_count << 1) + b"\x00"
    page = _page(row_count, RLE_DICTIONARY, _levels(row_count, is_there=True) + indexes)
    statistics = _statistics(text, text, 1)
    dictionary = write_struct(header) + entry
    return _known_chunk(
        BYTE_ARRAY,
        RLE_DICTIONARY,
        row_count,
        page,
        statistics=statistics,
        dictionary=dictionary,
    )


def _numbers_chunk(first: int, row_count: int) -> _Chunk:
    """A chunk of numbers that grow by one."""
    block = _varint(2) + bytes(BLOCK_PARTS)  # the smallest difference is 1, and no other has a bit
    values = (
        _varint(BLOCK_VALUES)
        + _varint(BLOCK_PARTS)
        + _varint(row_count)
        + _zigzag(first)
        + block * -(-(row_count - 1) // BLOCK_VALUES)
    )
    page = _page(row_count, DELTA_BINARY_PACKED, _levels(row_count, is_there=True) + values)
    last = first + row_count - 1
    statistics = _statistics(struct.pack("<q", first), struct.pack("<q", last), row_count)
    return _known_chunk(INT64, DELTA_BINARY_PACKED, row_count, page, statistics=statistics)


def _known_chunk(
    physical_type: int,
    encoding: int,
    row_count: int,
    page: bytes,
    *,
    statistics: Fields,
    dictionary: bytes = b"",
) -> _Chunk:
    """A chunk of one page, as if it stood at the beginning of a file."""
    size = len(dictionary) + len(page)
    metadata: Fields = {
        TYPE: (I32, physical_type),
        ENCODINGS: (LIST, (I32, [encoding])),
        PATH: (LIST, (BINARY, [b""])),
        CODEC: (I32, UNCOMPRESSED),
        VALUE_COUNT: (I64, row_count),
        SIZE: (I64, size),
        COMPRESSED_SIZE: (I64, size),
        DATA_OFFSET: (I64, len(dictionary)),
        STATISTICS: (STRUCT, statistics),
    }
    if dictionary:
        metadata[DICTIONARY_OFFSET] = (I64, 0)
    return _Chunk(metadata, [dictionary, page])


def _statistics(smallest: bytes, greatest: bytes, distinct: int) -> Fields:
    """What a chunk's metadata say of its values, none of which is null."""
    return {
        NULL_COUNT: (I64, 0),
        4: (I64, distinct),
        5: (BINARY, greatest),
        6: (BINARY, smallest),
        7: (TRUE, True),
        8: (TRUE, True),
    }


def _page(row_count: int, encoding: int, content: bytes) -> bytes:
    """A data page that is not compressed."""
    header: Fields = {
        1: (I32, DATA_PAGE),
        2: (I32, len(content)),
        3: (I32, len(content)),
        5: (
            STRUCT,
            {1: (I32, row_count), 2: (I32, encoding), 3: (I32, RLE), 4: (I32, RLE)},
        ),
    }
    return write_struct(header) + content


def _levels(row_count: int, *, is_there: bool) -> bytes:
    """Whether each row has a value, as one run."""
    run = _varint(row_count << 1) + bytes([is_there])
    return struct.pack("<I", len(run)) + run


def read_struct(content: bytes) -> Fields:
    """A struct of Thrift's compact protocol."""
    fields, _ = _read_struct(content, 0)
    return fields


def write_struct(fields: Fields) -> bytes:
    """The bytes of a struct in Thrift's compact protocol."""
    parts: list[bytes] = []
    _write_struct(fields, parts)
    return b"".join(parts)


def _read_struct(content: bytes, position: int) -> tuple[Fields, int]:
    fields: Fields = {}
    number = 0
    while True:
        head = content[position]
        position += 1
        if not head:
            return fields, position
        kind = head & 15
        if head >> 4:
            number += head >> 4
        else:
            number, position = _read_zigzag(content, position)
        if kind in (TRUE, FALSE):
            value: Any = kind == TRUE
        else:
            value, position = _read_value(content, position, kind)
        fields[number] = (kind, value)


def _read_value(content: bytes, position: int, kind: int) -> tuple[Any, int]:
    if kind in (I16, I32, I64):
        return _read_zigzag(content, position)
    if kind == BINARY:
        length, position = _read_varint(content, position)
        return content[position : position + length], position + length
    if kind == STRUCT:
        return _read_struct(content, position)
    if kind in (LIST, SET):
        head = content[position]
        position += 1
        count, items = head >> 4, head & 15
        if count == 15:
            count, position = _read_varint(content, position)
        values = []
        for _ in range(count):
            value, position = _read_value(content, position, items)
            values.append(value)
        return (items, values), position
    if kind in (TRUE, FALSE, BYTE):  # an item of a list
        return content[position], position + 1
    if kind == DOUBLE:
        return content[position : position + 8], position + 8
    raise ValueError(f"a footer has a value of the kind {kind}")


def _write_struct(fields: Fields, parts: list[bytes]) -> None:
    before = 0
    for number in sorted(fields):
        kind, value = fields[number]
        if 0 < number - before < 16:
            parts.append(bytes([(number - before) << 4 | kind]))
        else:
            parts.append(bytes([kind]) + _zigzag(number))
        before = number
        if kind not in (TRUE, FALSE):
            _write_value(kind, value, parts)
    parts.append(b"\0")


def _write_value(kind: int, value: Any, parts: list[bytes]) -> None:
    if kind in (I16, I32, I64):
        parts.append(_zigzag(value))
    elif kind == BINARY:
        parts.append(_varint(len(value)) + value)
    elif kind == STRUCT:
        if isinstance(value, bytes):  # one that is written
            parts.append(value)
        else:
            _write_struct(value, parts)
    elif kind in (LIST, SET):
        items, values = value
        count = len(values)
        if count < 15:
            parts.append(bytes([count << 4 | items]))
        else:
            parts.append(bytes([0xF0 | items]) + _varint(count))
        for one in values:
            _write_value(items, one, parts)
    elif kind in (TRUE, FALSE, BYTE):
        parts.append(bytes([value]))
    else:  # DOUBLE, whose bytes were kept
        parts.append(value)


def _read_varint(content: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[position]
        position += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, position
        shift += 7


def _read_zigzag(content: bytes, position: int) -> tuple[int, int]:
    number, position = _read_varint(content, position)
    return (number >> 1) ^ -(number & 1), position


def _varint(number: int) -> bytes:
    """A number that is not negative, seven bits in a byte."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


def _zigzag(number: int) -> bytes:
    """A number with its sign in the last bit."""
    return _varint(number << 1 if number >= 0 else (-number << 1) - 1)
