"""A table in a file after the steps of its feed: each chunk of records becomes a chunk of the reshaped ones.

A cell that no step looks at is never unquoted and quoted again: it goes its way as it is written.
"""

import itertools
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from csv_dialect import READ_BYTES, Chunk, Dialect, TableSource, encoding_fault, line_ends
from models import ImportConfig
from transform_steps import Run, Shape, Step, check_steps, run_steps, steps_shape

if TYPE_CHECKING:
    import pandas as pd

_CHUNK_BYTES = 8 * READ_BYTES  # a data frame costs as much for a hundred rows as for ten thousand


@dataclass(frozen=True)
class TransformedSource:
    """The table of another source, reshaped. `run` is what the newest pass did; its counts are facts of the file."""

    source: TableSource
    steps: tuple[Step, ...]
    shape: Shape
    null_tokens: frozenset[str]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def dialect(self) -> Dialect:
        return self.source.dialect

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(self.shape.columns)

    @property
    def notes(self) -> tuple[str, ...]:
        return self.source.notes

    @property
    def facts(self) -> Mapping[str, object]:
        return {**self.source.facts, "cells_changed": dict(self.counts)}

    def as_cp1252(self) -> "TransformedSource | None":
        other = self.source.as_cp1252()
        return other and reshaped(other, self.steps, self.null_tokens)

    def chunks(self, size: int = READ_BYTES) -> Iterator[Chunk]:
        """The reshaped records in order; rows that a step left out are skipped ones, rows it could not read are faults."""
        run = Run()
        for chunk in self.source.chunks(_CHUNK_BYTES):
            if chunk.skipped or chunk.fault:
                yield chunk
            else:
                yield from self._reshape(chunk, run)
        self.counts.clear()
        self.counts.update(run.changed)

    def _reshape(self, chunk: Chunk, run: Run) -> Iterator[Chunk]:
        width = len(self.source.header)
        try:
            cells = self.dialect.cells(chunk.data.decode(), chunk.rows, width)
            rows = self.dialect.rows(chunk.data) if cells is None else []
        except ValueError as error:
            yield from self._apart(chunk, run, error)
            return
        if cells is not None:
            yield from self._stepped(chunk, _lines_of(chunk, cells, width), cells, run)
            return
        numbers, rows = yield from self._whole(chunk, line_numbers(chunk, rows), rows)
        if rows:
            columns = [self.dialect.written(column, end) for column, end in zip(zip(*rows, strict=True), self._ends(width), strict=True)]
            yield from self._stepped(chunk, numbers, list(itertools.chain.from_iterable(zip(*columns, strict=True))), run)

    def _ends(self, width: int) -> list[str]:
        """What ends each cell of a record."""
        return [*[self.dialect.delimiter] * (width - 1), "\n"]

    def _stepped(self, chunk: Chunk, numbers: Sequence[int], cells: list[str], run: Run) -> Iterator[Chunk]:
        """What the steps make of these cells, all of the source's columns, row after row; `numbers` are the rows' physical lines."""
        import pandas as pd

        width = len(self.source.header)
        columns = {name: cells[place::width] for place, name in enumerate(self.source.header)}
        looked_at = {name: self._values(column) for name, column in columns.items() if name in self.shape.looked_at}
        frame = pd.DataFrame(looked_at, index=range(len(numbers)), dtype=object)
        run.faults.clear()
        frame = run_steps(self.steps, frame, run)
        if run.faults:
            for label, fault in sorted(run.faults.items()):
                text = "".join(cells[label * width : (label + 1) * width])
                yield self._fault(chunk, numbers[label], text, fault)
            frame = frame.drop(index=frame.index.intersection(list(run.faults)))
        left_out = len(numbers) - len(run.faults) - len(frame)
        if left_out:
            yield Chunk(numbers[0], b"", left_out, skipped=True, sheet=chunk.sheet)
        if len(frame):
            yield self._left(chunk, numbers, columns, frame)

    def _values(self, cells: Sequence[str]) -> list[str | None]:
        """The values of a column's cells; None for an empty one."""
        values = self.dialect.values(cells)
        return [None if value in self.null_tokens else value or None for value in values]

    def _left(self, chunk: Chunk, numbers: Sequence[int], columns: Mapping[str, list[str]], frame: "pd.DataFrame") -> Chunk:
        """The rows that are left, each with the cells that no step looked at and those of the frame."""
        rows = frame.index.tolist()
        all_left = len(rows) == len(numbers)
        header = self.header
        cells = [""] * len(header) * len(rows)
        for place, (end, (name, source)) in enumerate(zip(self._ends(len(header)), self.shape.columns.items(), strict=True)):
            if source is None:
                written = self.dialect.written(frame[name].tolist(), end)
            else:
                column = columns[source] if all_left else [columns[source][row] for row in rows]
                written = self._ended(column, end)
            cells[place :: len(header)] = written
        lines = tuple(numbers) if all_left else tuple(numbers[row] for row in rows)
        # A line of one empty field would be a blank one, and \. alone the end of the COPY.
        data = "".join(cells).encode() if len(header) > 1 else self.dialect.lines([[value] for value in self.dialect.values(cells)])
        return Chunk(lines[0], data, len(lines), by_record=True, sheet=chunk.sheet, lines=lines)

    def _ended(self, cells: Sequence[str], end: str) -> Sequence[str]:
        """The cells as they are written, empty where they hold a null token, all with this end."""
        if tokens := self.null_tokens - {""}:
            values = self.dialect.values(cells)
            return [end if value in tokens else _with_end(cell, end) for value, cell in zip(values, cells, strict=True)]
        if cells[0][-1] == end and (end != "\n" or "\r" not in "".join(cells)):
            return cells
        return [_with_end(cell, end) for cell in cells]

    def _whole(self, chunk: Chunk, numbers: list[int], rows: list[list[str]]) -> Generator[Chunk, None, tuple[list[int], list[list[str]]]]:
        """Yield the rows of another width as faults; returns the others, without blank ones and without an empty field too many."""
        width, kept = len(self.source.header), []
        for number, row in zip(numbers, rows, strict=True):
            if len(row) == width or (len(row) == width + 1 and not row[-1]):
                kept.append((number, row[:width]))
            elif row:
                message = f"the row has {len(row)} fields and the header {width}; correct the row"
                yield self._fault(chunk, number, self.dialect.lines([row]).decode(), (None, "22P04", message))
        return [number for number, _ in kept], [row for _, row in kept]

    def _fault(self, chunk: Chunk, number: int, text: str, fault: tuple[str | None, str, str]) -> Chunk:
        data = text.encode()
        raw = chunk.raw if chunk.raw is not None else data.rstrip(b"\r\n")
        return Chunk(number, data, 1, False, raw, fault, sheet=chunk.sheet)

    def _apart(self, chunk: Chunk, run: Run, error: ValueError) -> Iterator[Chunk]:
        """A chunk that cannot be read as a whole is halved until the bad record stands alone."""
        if chunk.rows > 1:
            before, record, after = chunk.around(self.source.dialect, chunk.data.count(b"\n") // 2 + 1)
            for part in (*before, record, *after):
                yield from self._reshape(part, run)
        else:
            raw = chunk.raw if chunk.raw is not None else chunk.data.rstrip(b"\r\n")
            message = encoding_fault(chunk.data) or f"the row cannot be read: {error}; correct it"
            yield Chunk(chunk.line, chunk.data, 1, False, raw, (None, "encoding", message), sheet=chunk.sheet)


def _with_end(cell: str, end: str) -> str:
    return (cell.rstrip("\r\n") if cell[-1] == "\n" else cell[:-1]) + end


def _lines_of(chunk: Chunk, cells: Sequence[str], width: int) -> Sequence[int]:
    """The same as line_numbers for records of one width."""
    if chunk.by_record or line_ends(chunk.data) == chunk.rows:
        return range(chunk.line, chunk.line + chunk.rows)
    ends = [1] * chunk.rows
    for place in range(width):
        column = cells[place::width]
        text = "".join(column)
        for row, cell in enumerate(column if "\n" in text or "\r" in text else ()):
            if "\n" in (inside := cell[:-2]) or "\r" in inside:  # what is before a closing quote
                ends[row] += line_ends(inside.encode())
    return list(itertools.accumulate(ends[:-1], initial=chunk.line))


def line_numbers(chunk: Chunk, rows: list[list[str]]) -> list[int]:
    """The physical line, or the row in its sheet, that each record of the chunk begins at."""
    first = chunk.line
    if chunk.by_record or line_ends(chunk.data) == len(rows):
        return list(range(first, first + len(rows)))
    numbers, line = [], first
    for row in rows:
        numbers.append(line)
        text = "".join(row)
        line += 1 + (line_ends(text.encode()) if "\n" in text or "\r" in text else 0)
    return numbers


def reshaped(source: TableSource, steps: tuple[Step, ...], null_tokens: frozenset[str]) -> TransformedSource:
    return TransformedSource(source, steps, steps_shape(steps, source.header), null_tokens)


def transformed(source: TableSource, config: ImportConfig) -> TableSource:
    """The source as the feed's steps leave it; the source itself when there are none, or no header.

    Raises ConfigError for a step that cannot work, BadFileError when a column that a step needs is missing.
    """
    if not config.transform or not source.header:
        return source
    check_steps(config.transform)
    # What comes after the steps reads numbers as the feed writes them.
    steps = tuple({**step, "feed_mark": config.decimal_mark or "."} for step in config.transform)
    return reshaped(source, steps, frozenset(config.null_tokens))
