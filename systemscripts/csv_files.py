"""The door to delimited text files: bytes on disk (plain, gzip or zip, any encoding) as chunks of whole UTF-8 records."""

import codecs
import contextlib
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from csv_dialect import READ_BYTES, Chunk, Dialect, Findings, encoding_fault, examine, line_ends
from errors import BadFileError, ConfigError
from models import ImportConfig

_HEAD = 256 * 1024
_RUN = 64 * 1024
_LEAST_RUN = _RUN // 4**4  # a few records
_MARKS = 64  # byte-order marks stand in the first bytes; some files have more than one
# A record that is still open after this many bytes has a quote that nobody closes; a value of 10 MB is honest.
_RECORD_LIMIT = 16 * 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True)
class CsvSource:
    """A delimited text file. `encoding` is what its bytes are read as; `guessed`: neither a mark nor the config said so."""

    path: Path
    header: tuple[str, ...]
    dialect: Dialect
    notes: tuple[str, ...]
    encoding: str
    guessed: bool
    findings: Findings
    skip_footer: int
    old_mac: bool

    @property
    def facts(self) -> dict[str, object]:
        header_line = self.findings.data_line - 1
        return {"format": "CSV", "encoding": self.encoding, "delimiter": self.dialect.delimiter, "header_row": header_line}

    def chunks(self, size: int = READ_BYTES) -> Iterator[Chunk]:
        with _open_bytes(self.path) as file:
            text = _utf8(file, self.encoding, size)
            if self.old_mac:
                text = (block.replace(b"\r", b"\n") for block in text)
            yield from _Cutter(self.findings, self.skip_footer, len(self.header) == 1).chunks(_skip(text, self.findings.data_offset))

    def as_cp1252(self) -> "CsvSource | None":
        """The same file read as Windows-1252 when its bytes say so; None when it is UTF-8 with some wrong bytes in it."""
        if not self.guessed or self.encoding != "utf-8" or not _is_single_byte(self.path):
            return None
        return replace(self, encoding="cp1252", notes=(*self.notes, "not UTF-8: read as Windows-1252"))


def open_csv(path: Path, config: ImportConfig) -> CsvSource:
    """The file as a table. Raises BadFileError when its encoding, container or header cannot be read."""
    marked = _marked_encoding(path)
    encoding = marked or _declared_encoding(path, config.encoding) or "utf-8"
    guessed = not marked and config.encoding is None
    notes = ()
    head = _head(path, encoding, _HEAD)
    if guessed and not _is_utf8_start(head) and _is_single_byte(path):
        encoding, notes = "cp1252", ("not UTF-8: read as Windows-1252",)
        head = _head(path, encoding, _HEAD)
    if guessed and head.count(0) > len(head) // 4:
        raise BadFileError(f"{path.name}: looks like UTF-16 without a byte-order mark; set encoding to UTF-16LE in dba.timportconfig")
    try:
        findings, old_mac = _examined(path, encoding, config)
    except UnicodeDecodeError as error:
        raise BadFileError(f"{path.name}: the header row is not {encoding} text; save the file as UTF-8 or set encoding") from error
    if not findings.header and head.strip(b"\r\n\x1a \t"):
        raise BadFileError(
            f"{path.name}: ends before its header row; skip_rows is {config.skip_rows}, header_row {config.header_row}: correct them"
        )
    if any("\0" in text for text in findings.header):
        raise BadFileError(
            f"{path.name}: the header row holds a NUL character; ask for the file again, or set skip_rows, header_row or encoding"
        )
    return CsvSource(path, findings.header, findings.dialect, notes, encoding, guessed, findings, config.skip_footer, old_mac)


def _examined(path: Path, encoding: str, config: ImportConfig) -> tuple[Findings, bool]:
    """What the start of the file tells, as much of it as the header needs, and whether its lines end in CR alone."""
    size = _HEAD
    while True:
        head = _head(path, encoding, size)
        old_mac = b"\r" in head and b"\n" not in head
        text = head.replace(b"\r", b"\n") if old_mac else head
        findings = examine(text, config.field_delimiter, config.quote_char, (config.skip_rows, config.header_row))
        if findings.data_offset < len(head) or len(head) < size or size >= _RECORD_LIMIT:
            return findings, old_mac
        size *= 8


def _head(path: Path, encoding: str, size: int) -> bytes:
    """The first `size` bytes of the text or a little more; fewer only when that is all."""
    head = b""
    with _open_bytes(path) as file:
        for block in _utf8(file, encoding, size):
            head += block
            if len(head) >= size:
                break
    return head


def _marked_encoding(path: Path) -> str | None:
    with _open_bytes(path) as file:
        start = file.read(4)
    return next((name for bom, name in _BOMS if start.startswith(bom)), None)


def _declared_encoding(path: Path, declared: str | None) -> str | None:
    """The codec of a declared encoding. Raises ConfigError for an unknown one, BadFileError when it needs a mark that is missing."""
    if not declared:
        return None
    try:
        bytes(4).decode(declared)  # refuses codecs that are no encodings, such as rot13
        name = codecs.lookup(declared).name
    except (LookupError, UnicodeError) as error:
        raise ConfigError(f"{path.name}: encoding {declared!r} is unknown; write UTF-8, UTF-16LE or cp1252 in dba.timportconfig") from error
    if name in ("utf-16", "utf-32"):
        raise BadFileError(
            f"{path.name}: has no byte-order mark; set encoding to {name.upper()}LE or {name.upper()}BE in dba.timportconfig"
        )
    return name


def _is_utf8_start(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _is_single_byte(path: Path) -> bool:
    """True when some bytes of the file are no UTF-8 and no character beyond ASCII is written as UTF-8 anywhere."""
    decoder, wrong, carry = codecs.getincrementaldecoder("utf-8")(), False, b""
    with _open_bytes(path) as file:
        while block := file.read(READ_BYTES):
            if not block.isascii() or carry:
                if _MULTIBYTE.search(carry + block):
                    return False
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    wrong = True
                    decoder.reset()
            carry = b"" if block[-3:].isascii() else block[-3:]
    return wrong or bool(carry)


@contextlib.contextmanager
def _open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The file's content, unpacked when it is a gzip file or a zip archive of one file. Raises BadFileError when it is damaged."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        try:
            if start[:2] == b"\x1f\x8b":
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield unpacked
            elif start == b"PK\x03\x04":
                with zipfile.ZipFile(file) as archive, archive.open(_only_member(archive, path)) as unpacked:
                    yield unpacked
            elif start == b"\x28\xb5\x2f\xfd":
                raise BadFileError(f"{path.name}: is compressed with zstd; unpack it and drop it again")
            else:
                yield file
        except NotImplementedError as error:
            raise BadFileError(f"{path.name}: {error}; unpack it and drop it again") from error
        except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
            raise BadFileError(f"{path.name}: the compressed file is damaged ({error}); ask for it again") from error


def _only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir() and not member.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise BadFileError(f"{path.name}: the zip archive holds {len(members)} files, one is expected; unpack it and drop them one by one")
    if members[0].flag_bits & 1:
        raise BadFileError(f"{path.name}: the zip archive is encrypted; unpack it with its password and drop the file again")
    return members[0]


def _utf8(file: BinaryIO, encoding: str, size: int) -> Iterator[bytes]:
    """The content as UTF-8 without byte-order marks. UTF-8 itself passes unchecked: PostgreSQL checks it.

    Raises BadFileError with the byte's offset when another encoding does not hold.
    """
    if encoding == "utf-8":
        start = file.read(max(size, _MARKS))
        while start.startswith(codecs.BOM_UTF8):
            start = start[3:]
        while start:
            yield start
            start = file.read(size)
        return
    decoder, offset = codecs.getincrementaldecoder(encoding)(), 0
    while True:
        block = file.read(size if offset else max(size, _MARKS))
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            at = offset - pending + error.start
            raise BadFileError(
                f"{Path(file.name).name}: byte {at:,} is not {encoding} text; correct the config's encoding or save the file as UTF-8"
            ) from error
        if not block:
            return
        yield (text.lstrip("\ufeff") if offset == 0 else text).encode()
        offset += len(block)


def _skip(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        if count < len(block):
            yield block[count:]
        count = max(0, count - len(block))


class _Cutter:
    """Cuts a stream of bytes into chunks of whole records.

    The usual case, records that are all well formed, costs a search for quotes and one regular expression a chunk.
    Only where that fails are the records taken one by one, so that a wrong one harms none beside it.
    """

    def __init__(self, findings: Findings, skip_footer: int, one_column: bool) -> None:
        self._dialect = findings.dialect
        self._quote = findings.dialect.quote.encode()
        # a word of one column may well be its header
        repeats = findings.header_record and not one_column
        self._headers = self._dialect.spellings(findings.header, findings.header_record) if repeats else frozenset()
        self._line = findings.data_line
        self._footer = skip_footer
        self._one_column = one_column
        self._awaited = b""

    def chunks(self, blocks: Iterator[bytes]) -> Iterator[Chunk]:
        buffer = b""
        for block in blocks:
            buffer += block
            if self._awaited not in block and len(buffer) <= _RECORD_LIMIT:
                continue
            self._awaited = b""
            rest = yield from self._take(buffer, last=False)
            buffer = rest
        buffer = buffer.rstrip(b"\r\n\x1a")
        if buffer:
            yield from self._take(buffer + b"\n", last=True)

    def _take(self, buffer: bytes, last: bool) -> Iterator[Chunk]:
        """Yield the whole records of the buffer; return the rest."""
        end = self._data_end(buffer, last)
        body, footer = buffer[:end], buffer[end:]
        cut = self._whole(body)
        chunk = self._sound(body[:cut]) if cut else None
        if chunk:
            yield self._counted(chunk, body[:cut])
            rest = body[cut:]
        else:
            rest = yield from self._one_by_one(body, last)
        if last:
            if rest:
                rest = yield from self._one_by_one(rest, last)
            if footer:
                yield Chunk(self._line, footer, footer.count(b"\n"), skipped=True)
            return b""
        return rest + footer

    def _data_end(self, buffer: bytes, last: bool) -> int:
        """Where the footer may begin: the last lines are held back until the file's end is known.

        Without a footer, only the blank lines at the end are: they may be the file's last.
        """
        end = len(buffer) if last else len(buffer.rstrip(b"\r\n\x1a"))
        for _ in range(self._footer):
            end = max(buffer.rfind(b"\n", 0, max(end - 1, 0)) + 1, 0)
        return end

    def _whole(self, body: bytes) -> int:
        """The length of the longest run of whole records, by the number of quotes before a line end; 0 when unclear."""
        cut = body.rfind(b"\n") + 1
        for _ in range(64):
            if body.count(self._quote, 0, cut) % 2 == 0:
                return cut
            cut = body.rfind(b"\n", 0, body.rfind(self._quote, 0, cut)) + 1
        return 0

    def _sound(self, data: bytes) -> Chunk | None:
        """The records as one chunk when COPY reads them as they are meant; None when somebody must look closer."""
        lines = b"\n" + data
        bare = self._dialect.quoted_fields.sub(b"\0", lines) if self._quote in data else lines
        suspicious = (
            self._quote in bare
            or b"\0" in data
            or b"\n\\." in bare
            or (self._one_column and (b"\n\n" in bare or b"\n\r" in bare))
            or (b"\r" in bare and not bare.count(b"\r") == bare.count(b"\r\n") == bare.count(b"\n") - 1)
            or any(b"\n" + header + end in lines for header in self._headers for end in (b"\n", b"\r"))
        )
        return None if suspicious else Chunk(self._line, data, bare.count(b"\n") - 1, masked=bare)

    def _counted(self, chunk: Chunk, text: bytes) -> Chunk:
        self._line += line_ends(text)
        return chunk

    def _one_by_one(self, body: bytes, last: bool) -> Iterator[Chunk]:
        """Yield the odd records of the body each by its own and the runs between them whole; return what is not whole yet.

        How much is tried at once shrinks towards an odd record and grows again behind it.
        """
        offset, size = 0, _RUN
        while offset < len(body):
            run = body[offset : offset + size]
            run = run[: self._whole(run)]
            if chunk := self._sound(run) if run else None:
                yield self._counted(chunk, run)
                offset, size = offset + len(run), min(4 * size, _RUN)
                continue
            if size > _LEAST_RUN:
                size //= 4
                continue
            match = self._dialect.record.match(body, offset)
            complete = match and (match.end() < len(body) or body.endswith(b"\n"))
            if not complete and not last and (awaited := self._awaits(body, offset, match)) is not None:
                self._awaited = awaited
                break
            end = match.end() if match else body.find(b"\n", offset) + 1 or len(body)
            record = body[offset:end]
            if record.strip(b"\r\n"):
                yield self._counted(self._single(record, match is not None), record)
            else:
                self._line += line_ends(record)
            offset, size = end, 4 * size
        return body[offset:]

    def _awaits(self, body: bytes, offset: int, match: re.Match[bytes] | None) -> bytes | None:
        """What more bytes must hold before the record here is decided: a quote, or anything (b""); None when it is decided.

        What looks like a closing quote at the end of the bytes may be half of a pair.
        """
        if len(body) - offset > _RECORD_LIMIT:
            return None
        if match is not None or body.find(b"\n", offset) < 0:
            return b""
        return self._quote if self._dialect.open_record.match(body, offset) else None

    def _single(self, record: bytes, well_formed: bool) -> Chunk:
        raw = record.rstrip(b"\r\n")
        if not well_formed:
            return Chunk(
                self._line,
                record,
                1,
                False,
                raw,
                (None, "quote", "a quote is not closed, or text follows a closing quote; correct the row, or quote_char of the feed"),
            )
        if b"\0" in raw:
            return Chunk(
                self._line,
                record,
                1,
                False,
                raw,
                (None, "nul", "the row holds a NUL character, which PostgreSQL cannot store; take it out"),
            )
        if raw in self._headers:
            return Chunk(self._line, record, 1, False, raw, skipped=True)
        try:
            return Chunk(self._line, self._dialect.as_copy_reads(raw) + b"\n", 1, False, raw)
        except UnicodeDecodeError:
            return Chunk(self._line, record, 1, False, raw, (None, "encoding", encoding_fault(raw)))
