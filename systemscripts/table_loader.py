"""COPY into the target table, first at full speed, then with care.

The quick pass streams the file's own bytes into one COPY. When it fails, the careful pass sends the file again in
small chunks, each behind a savepoint; a chunk that PostgreSQL refuses is taken apart until every bad row stands alone,
is refused by itself, and all rows beside it are in.
"""

import io
import re
import select
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg2
import psycopg2.errors
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from csv_dialect import Chunk, Dialect, TableSource, leading_run
from db_config import identifier
from load_target import LoadTarget
from models import Counts, Reject
from row_refusals import COPY_VALUE, FIELD_COUNT, ROW_ERRORS, Refusal, describe

_CAREFUL_BYTES = 1024 * 1024
_MOST_CHUNKS = 512
_MOST_PIECES = 200
# a savepoint that is rolled back to still stands: unreleased ones would nest and fill the server's lock table
_UNDO = "ROLLBACK TO SAVEPOINT careful; RELEASE SAVEPOINT careful"
# Even when a file is refused at its first bad row, the operator wants to see the others: up to this many.
SHOWN_REJECTS = 1000
_COPY_LINE = re.compile(r"^COPY [^,]+, \S+ (\d+)", re.MULTILINE)


class NeedsCare(Exception):
    """The quick pass met something that only the careful pass can judge."""


class TypesChanged(Exception):
    """A value is not of the type that the first rows suggested for its column."""


def copy_statement(cursor: Cursor, target: LoadTarget) -> str:
    """COPY of the target's columns; the empty field, quoted or not, is NULL."""
    columns = sql.SQL(", ").join(map(sql.Identifier, target.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, DELIMITER {}, QUOTE {}, NULL '', FORCE_NULL ({}), ENCODING 'UTF8')").format(
        identifier(target.table),
        columns,
        sql.Literal(target.dialect.delimiter),
        sql.Literal(target.dialect.quote),
        columns,
    )
    return statement.as_string(cursor)


def load_quickly(cursor: Cursor, target: LoadTarget, source: TableSource, seen: Callable[[int], None]) -> Counts:
    """All rows in one COPY. Raises NeedsCare, or psycopg2.DataError and the like when PostgreSQL refuses a row.

    `seen` is told the bytes of every chunk. The rows are counted twice, in the file's bytes and by PostgreSQL.
    """
    counts = Counts()

    def blocks() -> Iterator[bytes]:
        for chunk in source.chunks():
            if not chunk.sound and not chunk.skipped:
                raise NeedsCare
            if chunk.skipped:
                counts.skipped += chunk.rows
            else:
                yield _checked(target, chunk)
            counts.read += chunk.rows
            seen(len(chunk.data))

    file = _BlockFile(blocks(), cursor.connection)
    try:
        cursor.copy_expert(copy_statement(cursor, target), file, size=1 << 16)
    except psycopg2.Error as error:
        # psycopg2 tells what read() raised as a cancelled COPY, by its class's name; what the server said comes before it
        if file.failure and (not isinstance(file.failure, _ServerSpoke) or _ServerSpoke.__name__ in str(error)):
            raise file.failure from None
        raise
    counts.loaded = cursor.rowcount
    if not counts.adds_up:
        raise NeedsCare
    return counts


def _checked(target: LoadTarget, chunk: Chunk) -> bytes:
    data = chunk.data
    if target.expected and leading_run(target.expected, data)[1] < len(data):
        raise TypesChanged
    if target.rewrite is None and (target.doubtful is None or (chunk.masked and not target.doubtful.search(chunk.masked))):
        return data
    try:
        data = data if target.rewrite is None else target.rewrite(data)
        target.refuse_cells(data)
    except ValueError as error:
        raise NeedsCare from error
    return data


class _ServerSpoke(NeedsCare):
    """The server has something to say before the last row: most likely it has refused one."""


class _BlockFile(io.RawIOBase):
    """A readable file over blocks of bytes, as copy_expert wants it; `failure` is what stopped the blocks."""

    def __init__(self, blocks: Iterator[bytes], connection: Connection) -> None:
        self._blocks, self._block, self._offset = blocks, b"", 0
        self._connection = connection
        self.failure: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        while self._offset >= len(self._block):
            try:
                if select.select([self._connection], [], [], 0)[0]:
                    raise _ServerSpoke  # libpq would send the rest of the file all the same
                block = next(self._blocks, None)
            except BaseException as error:
                self.failure = error
                raise
            if block is None:
                return b""
            self._block, self._offset = block, 0
        piece = self._block[self._offset : self._offset + size]
        self._offset += len(piece)
        return piece


class CarefulLoader:
    """Loads what can be loaded and names every row that cannot, each by its own refusal.

    `refused` is told each refusal before its row is put aside: it may raise to stop the load.
    """

    def __init__(self, cursor: Cursor, target: LoadTarget, max_rejects: int, refused: Callable[[Refusal], None]) -> None:
        self._cursor, self._target, self._told = cursor, target, refused
        self._statement = copy_statement(cursor, target)
        self._stop_after = max(max_rejects, SHOWN_REJECTS)
        self.counts = Counts()

    def load(self, source: TableSource, seen: Callable[[int], None]) -> Counts:
        """Every row of the source. Past `max_rejects` (and 1,000) bad rows the rest is counted as skipped, untried."""
        groups = self._groups(source.chunks(_CAREFUL_BYTES))
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(next, groups, None)
            while (group := ahead.result()) is not None:
                kept = [piece for chunk, pieces in group for piece in self._without_refused(chunk, pieces)]
                # While the server loads these the next ones are made; the tries before it would only wait for the GIL.
                ahead = pool.submit(next, groups, None)
                seen(sum(len(chunk.data) for chunk, _ in group))
                self._rows(kept)
        self.counts.rejects.sort(key=lambda reject: reject.line_number)
        return self.counts

    def _groups(self, chunks: Iterator[Chunk]) -> Iterator[list[tuple[Chunk, list[Chunk]]]]:
        """The chunks, each with its pieces, as many together as one COPY is worth."""
        group, size = [], 0
        for chunk in chunks:
            group.append((chunk, self._pieces(chunk)))
            size += len(chunk.data)
            if size >= _CAREFUL_BYTES // 2 or len(group) >= _MOST_CHUNKS:
                yield group
                group, size = [], 0
        if group:
            yield group

    def _without_refused(self, chunk: Chunk, pieces: list[Chunk]) -> list[Chunk]:
        """The pieces of a chunk that are to be loaded; what is no data or surely bad is counted and put aside."""
        if chunk.skipped or self._has_enough():
            self._skip([chunk])
            return []
        if chunk.fault:
            self._reject(chunk, chunk.fault)
            return []
        if not chunk.sound:
            return [chunk]
        return [piece for piece in pieces if piece.sound or self._has_enough() or not self._fails_alone(piece)]

    def _has_enough(self) -> bool:
        return len(self.counts.rejects) > self._stop_after

    def _skip(self, chunks: list[Chunk]) -> None:
        rows = sum(chunk.rows for chunk in chunks)
        self.counts.read += rows
        self.counts.skipped += rows

    def _pieces(self, chunk: Chunk) -> list[Chunk]:
        """The chunk cut into runs of rows that look loadable and, between them, single suspects (not sound).

        Whole when there is nothing to suspect, or so much that the look of a value tells little.
        """
        if not chunk.sound or chunk.skipped or self._target.rewrite is not None:
            return [chunk]
        pieces, rest = [], [chunk]
        while rest:
            run, suspect, rest = rest[0].cut(self._target.dialect, self._target.loadable)
            pieces += [replace(piece, cells_seen=True) for piece in run] + [replace(record, sound=False) for record in suspect]
            if len(pieces) > _MOST_PIECES:
                return [chunk]
        return pieces

    def _fails_alone(self, record: Chunk) -> bool:
        """Ask PostgreSQL about one row without keeping it; a refused one is put aside."""
        error = self._copy([record], keep=False)
        if error is None or getattr(error, "pgcode", None) == FIELD_COUNT:
            return False  # with a field too many it may load after all
        self._refused(record, error)
        return True

    def _rows(self, chunks: list[Chunk]) -> None:
        """Load rows; a refused part is split at the row PostgreSQL names, until that row is alone or known to be the one."""
        parts = [chunks] if chunks else []
        while parts:
            part = parts.pop()
            if self._has_enough():
                self._skip(part)
                continue
            error = self._copy(part)
            if error is None:
                rows = sum(chunk.rows for chunk in part)
                self.counts.read += rows
                self.counts.loaded += rows
                continue
            before, record, after = self._split(part, error)
            alone = not before and not after
            if alone:
                self._refused(record, error)
            elif self._is_meant(record, error):
                # the rows before it have to go in first, so that the table keeps the file's order
                parts += [piece for piece in (after, before) if piece]
                self._refused(record, error)
            else:
                parts += [piece for piece in (after, [record], before) if piece]

    def _split(self, part: list[Chunk], error: Refusal) -> tuple[list[Chunk], Chunk, list[Chunk]]:
        """The record that the error is about, by the line PostgreSQL names, else the middle one; and what is around it."""
        lines = [chunk.data.count(b"\n") for chunk in part]
        named = None if isinstance(error, ValueError) else _COPY_LINE.search(error.diag.context or "")
        line = min(int(named.group(1)), sum(lines)) if named else (sum(lines) + 1) // 2
        index = 0
        while line > lines[index]:
            line -= lines[index]
            index += 1
        before, record, after = part[index].around(self._target.dialect, line)
        return part[:index] + before, record, after + part[index + 1 :]

    def _is_meant(self, record: Chunk, error: Refusal) -> bool:
        """True when the value or text that PostgreSQL quotes is this record's: no other COPY needed to know."""
        if isinstance(error, ValueError) or self._target.rewrite is not None or error.pgcode == FIELD_COUNT:
            return False  # a row with a field too many may load after all, in its place
        quoted = COPY_VALUE.search(error.diag.context or "")
        if not quoted:
            return False
        column, text = quoted.groups()
        if column is None:
            return text.encode() == record.data.rstrip(b"\n")
        fields = dict(zip(self._target.columns, self._target.dialect.fields(record.data), strict=False))
        return fields.get(column) == text

    def _copy(self, chunks: list[Chunk], *, keep: bool = True) -> Refusal | None:
        """None when the chunks are in the table; else the error, and they are not. `keep` False: only try."""
        rows = sum(chunk.rows for chunk in chunks)
        data = b"".join(chunk.data for chunk in chunks)
        try:
            data = data if self._target.rewrite is None else self._target.rewrite(data)
            if not all(chunk.cells_seen for chunk in chunks):
                self._target.refuse_cells(data)
        except ValueError as error:
            return error
        self._cursor.execute("SAVEPOINT careful")
        try:
            self._cursor.copy_expert(self._statement, io.BytesIO(data), size=1 << 20)
            if self._cursor.rowcount == rows:
                self._cursor.execute("RELEASE SAVEPOINT careful" if keep else _UNDO)
                return None
            error = ValueError("PostgreSQL finds more or fewer rows in it than there are")
        except ROW_ERRORS as refusal:
            error = refusal
        self._cursor.execute(_UNDO)
        return error

    def _refused(self, record: Chunk, error: Refusal) -> None:
        """Put a row aside, unless it is blank, or has nothing but an empty field too many."""
        if not record.data.strip(b"\r\n"):
            return
        trimmed = _without_trailing_delimiter(record, self._target.dialect, error)
        if trimmed and self._copy([trimmed]) is None:
            self.counts.read += 1
            self.counts.loaded += 1
            return
        self._told(error)
        self._reject(record, describe(error, self._target, record.data))

    def _reject(self, record: Chunk, fault: tuple[str | None, str, str]) -> None:
        self.counts.read += 1
        raw = (record.raw if record.raw is not None else record.data).rstrip(b"\r\n").decode(errors="backslashreplace")
        self.counts.rejects.append(Reject(record.line, raw, *fault, sheet=record.sheet))


def _without_trailing_delimiter(record: Chunk, dialect: Dialect, error: Refusal) -> Chunk | None:
    if getattr(error, "pgcode", None) != FIELD_COUNT:
        return None
    text = record.data.rstrip(b"\r\n")
    if not text.endswith(dialect.delimiter.encode()):
        return None
    return Chunk(record.line, text[:-1] + b"\n", 1, False, record.raw, sheet=record.sheet)
