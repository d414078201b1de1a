"""A table in a file after the steps of its feed: each chunk of records becomes a chunk of the reshaped ones."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from csv_dialect import READ_BYTES, Chunk, Dialect, TableSource, encoding_fault, line_ends
from models import ImportConfig
from transform_steps import Run, Step, check_steps, run_steps, steps_header

if TYPE_CHECKING:
    import pandas as pd

_DIALECT = Dialect()
_CHUNK_BYTES = 8 * READ_BYTES  # a data frame costs as much for a hundred rows as for ten thousand


@dataclass(frozen=True)
class TransformedSource:
    """The table of another source, reshaped. `run` is what the newest pass did; its counts are facts of the file."""

    source: TableSource
    steps: tuple[Step, ...]
    header: tuple[str, ...]
    null_tokens: frozenset[str]
    dialect: Dialect = _DIALECT
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.source.path

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
        import pandas as pd

        try:
            rows = self.source.dialect.rows(chunk.data)
        except ValueError as error:
            yield from self._apart(chunk, run, error)
            return
        width = len(self.source.header)
        numbers = line_numbers(chunk, rows)
        if set(map(len, rows)) - {width}:
            numbers, rows = yield from self._whole(chunk, numbers, rows)
        if not rows:
            return
        columns = [_without_nulls(column, self.null_tokens) for column in zip(*rows, strict=True)]
        frame = pd.DataFrame(dict(zip(self.source.header, columns, strict=True)), dtype=object)
        run.faults.clear()
        frame = run_steps(self.steps, frame, run)
        if run.faults:
            yield from (self._fault(chunk, numbers[label], rows[label], fault) for label, fault in sorted(run.faults.items()))
            frame = frame.drop(index=frame.index.intersection(list(run.faults)))
        yield from self._left(chunk, numbers, frame, len(rows) - len(run.faults))

    def _whole(self, chunk: Chunk, numbers: list[int], rows: list[list[str]]) -> Generator[Chunk, None, tuple[list[int], list[list[str]]]]:
        """Yield the rows of another width as faults; returns the others, without blank ones and without an empty field too many."""
        width, kept = len(self.source.header), []
        for number, row in zip(numbers, rows, strict=True):
            if len(row) == width or (len(row) == width + 1 and not row[-1]):
                kept.append((number, row[:width]))
            elif row:
                message = f"the row has {len(row)} fields and the header {width}; correct the row"
                yield self._fault(chunk, number, row, (None, "22P04", message))
        return [number for number, _ in kept], [row for _, row in kept]

    def _left(self, chunk: Chunk, numbers: list[int], frame: "pd.DataFrame", rows: int) -> Iterator[Chunk]:
        """The rows that the steps left, and the number of those that they left out of so many."""
        if rows > len(frame):
            yield Chunk(numbers[0], b"", rows - len(frame), skipped=True, sheet=chunk.sheet)
        if len(frame):
            lines = tuple(numbers) if len(frame) == len(numbers) else tuple(numbers[label] for label in frame.index)
            data = self.dialect.lines(list(zip(*(frame[name].tolist() for name in self.header), strict=True)))
            yield Chunk(lines[0], data, len(lines), by_record=True, sheet=chunk.sheet, lines=lines)

    def _fault(self, chunk: Chunk, number: int, row: list[str], fault: tuple[str | None, str, str]) -> Chunk:
        text = self.source.dialect.lines([row])
        raw = chunk.raw if chunk.raw is not None else text.rstrip(b"\n")
        return Chunk(number, text, 1, False, raw, fault, sheet=chunk.sheet)

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


def _without_nulls(column: Sequence[str], tokens: frozenset[str]) -> list[str | None]:
    if tokens - {""}:
        return [None if not value or value in tokens else value for value in column]
    return [value or None for value in column]


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
    return TransformedSource(source, steps, tuple(steps_header(steps, source.header)), null_tokens)


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
