"""Bytes: whatever the encoding, line ends and wrapping of a file, its characters arrive as they are or the file says why not."""
# ruff: noqa: F811

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from psycopg2 import errors

from config_tables import import_configs
from csv_files import open_csv
from errors import ConfigError
from models import Outcome
from test_import import Feed, feed  # noqa: F401  (the fixture)

TABLE = "id,name\n1,é\n2,b\n"
ROWS = [("1", "é"), ("2", "b")]


def zipped(*members: tuple[str, str], **options) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", **options) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return data.getvalue()


def broken_crc(data: bytes) -> bytes:
    """A zip archive whose content does not fit its check sum."""
    return data.replace(struct.pack("<L", zlib.crc32(TABLE.encode())), b"\0\0\0\0")


# --- what loads -------------------------------------------------------------------------------------------------------

READABLE = {
    "UTF-8": TABLE.encode(),
    "one BOM": b"\xef\xbb\xbf" + TABLE.encode(),
    "two BOMs": b"\xef\xbb\xbf" * 2 + TABLE.encode(),
    "BOM before a quoted header": b'\xef\xbb\xbf"id",name\n1,\xc3\xa9\n2,b\n',
    "BOM before sep=": b"\xef\xbb\xbfsep=;\r\nid;name\r\n1;\xc3\xa9\r\n2;b\r\n",
    "UTF-16 little endian with BOM": b"\xff\xfe" + TABLE.encode("utf-16-le"),
    "UTF-16 big endian with BOM": b"\xfe\xff" + TABLE.encode("utf-16-be"),
    "UTF-16 with two BOMs": b"\xff\xfe\xff\xfe" + TABLE.encode("utf-16-le"),
    "UTF-32 with BOM": TABLE.encode("utf-32"),
    "Windows-1252": TABLE.encode("cp1252"),
    "CR only": TABLE.replace("\n", "\r").encode(),
    "CR only, no final one": TABLE.replace("\n", "\r").rstrip().encode(),
    "CR LF": TABLE.replace("\n", "\r\n").encode(),
    "CR LF header, LF rows": TABLE.replace("\n", "\r\n", 1).encode(),
    "LF header, CR LF rows": b"id,name\n1,\xc3\xa9\r\n2,b\r\n",
    "LF, then CR LF": b"id,name\n1,\xc3\xa9\n2,b\r\n",
    "CR LF, then LF": b"id,name\r\n1,\xc3\xa9\r\n2,b\n",
    "CR, then LF": b"id,name\r1,\xc3\xa9\r2,b\n",
    "LF, then CR": b"id,name\n1,\xc3\xa9\r2,b\r",
    "no final newline": TABLE.rstrip().encode(),
    "Ctrl-Z at the end": TABLE.encode() + b"\x1a",
    "Ctrl-Z on a line of its own": TABLE.encode() + b"\r\n\x1a\r\n",
    "many Ctrl-Z": TABLE.encode() + b"\x1a" * 128,
    "blank lines at the end": TABLE.encode() + b"\n" * 300_000,
    "gzip": gzip.compress(TABLE.encode()),
    "two gzip members": gzip.compress(b"id,name\n1,\xc3") + gzip.compress(b"\xa9\n2,b\n"),
    "gzip of UTF-16": gzip.compress(TABLE.encode("utf-16")),
    "zip": zipped(("any name.txt", TABLE)),
    "zip with a folder": zipped(("folder/", ""), ("folder/a.csv", TABLE), ("__MACOSX/._a.csv", "x")),
    "deflated zip": zipped(("a.csv", TABLE), compression=zipfile.ZIP_DEFLATED),
    "zip by LZMA": zipped(("a.csv", TABLE), compression=zipfile.ZIP_LZMA),
}


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_the_characters_of_every_readable_file_arrive(feed, content):
    feed.configure()
    feed.drop("a.csv", content)
    assert feed.run().failed == 0
    assert feed.rows(columns="id, name") == ROWS
    assert feed.ledger() == [("a.csv", "Loaded", 2, 2, 0, 0)]


DECLARED = [
    ("cp1252", "Straße €", "cp1252"),
    ("latin-1", "Straße", "latin-1"),
    ("utf-16le", "é 漢字 🚀", "utf-16-le"),
    ("cp437", "é", "cp437"),
    ("shift_jis", "漢字", "shift_jis"),
    ("utf-8", "漢字 🚀", "utf-8"),
    ("utf-8-sig", "漢字", "utf-8-sig"),
]


@pytest.mark.parametrize(("declared", "text", "encoding"), DECLARED)
def test_a_declared_encoding_is_read_as_declared(feed, declared, text, encoding):
    feed.configure(encoding=declared)
    feed.drop("a.csv", f"id,name\n1,{text}\n".encode(encoding))
    assert feed.run().failed == 0
    assert feed.rows(columns="id, name") == [("1", text)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_character_cut_by_the_end_of_a_block_is_whole(feed, encoding):
    feed.configure()
    names = ["é" * (7 + n % 5) for n in range(60_000)]
    feed.drop("a.csv", ("id,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(names))).encode(encoding))
    assert feed.run().failed == 0
    assert feed.query("SELECT name FROM feeds.orders ORDER BY id::int") == [(name,) for name in names]


# --- what is refused --------------------------------------------------------------------------------------------------

ZSTD = bytes.fromhex("28b52ffd2010810000") + TABLE.encode()
REFUSED = {
    "zstd": (ZSTD, {}, "zstd"),
    "cut gzip": (gzip.compress(TABLE.encode() * 50)[:-9], {}, "damaged"),
    "gzip and garbage": (gzip.compress(TABLE.encode()) + b"garbage", {}, "damaged"),
    "zip with a wrong check sum": (broken_crc(zipped(("a.csv", TABLE))), {}, "damaged"),
    "zip of two files": (zipped(("a.csv", TABLE), ("b.csv", TABLE)), {}, "2 files"),
    "zip of none": (zipped(("folder/", "")), {}, "0 files"),
    "UTF-16 without BOM": (TABLE.encode("utf-16-le"), {}, "UTF-16"),
    "UTF-16 without BOM, big endian": (TABLE.encode("utf-16-be"), {}, "UTF-16"),
    "odd byte at the end of UTF-16": (TABLE.encode("utf-16") + b"\0", {}, "byte 34 is not utf-16"),
    "lone surrogate": (TABLE.encode("utf-16") + b"\x00\xd8", {}, "byte 34 is not utf-16"),
    "wrong byte in declared cp1252": (b"id,name\n1,\x81\n", {"encoding": "cp1252"}, "byte 10 is not cp1252"),
    "wrong byte in declared ASCII": (b"id,name\n1,\xe9\n", {"encoding": "ascii"}, "byte 10 is not ascii"),
    "wrong byte in the header of declared UTF-8": (b"id,n\xe9\n1,x\n", {"encoding": "utf-8"}, "header"),
    "a byte that Windows-1252 does not have": (b"id,name\n1,\x81\n", {}, "byte 10 is not cp1252"),
    "no BOM where the config says UTF-16": (TABLE.encode("utf-16-le"), {"encoding": "utf-16"}, "UTF-16LE"),
    "NUL in the header": (b"id,na\0me\n1,x\n", {}, "NUL"),
}


@pytest.mark.parametrize(("content", "config", "words"), REFUSED.values(), ids=REFUSED)
def test_unreadable_bytes_refuse_the_file_and_say_where(feed, content, config, words):
    feed.configure(**config)
    feed.drop("a.csv", content)
    assert feed.run() == Outcome(0, 1, "orders: 0 file(s) done, 1 failed")
    assert feed.ledger() == [("a.csv", "Failed", 0, 0, 0, 0)]
    assert feed.query("SELECT to_regclass('feeds.orders') IS NULL") == [(True,)]
    explanation = (feed.archive / "rejected" / "a.csv.error.txt").read_text()
    assert words in explanation and "a.csv" in explanation


@pytest.mark.parametrize("name", ["utf-9", "rot13", "base64", "undefined"])
def test_an_encoding_that_is_none_is_an_error_of_the_config(feed, name):
    with pytest.raises((errors.CheckViolation, ConfigError), match=name):
        feed.configure(encoding=name)
        open_csv(feed.drop("a.csv", TABLE), import_configs(feed.connection)[-1])


def test_a_compressed_file_that_breaks_late_loads_nothing(feed):
    feed.configure()
    body = "id,name\n" + "".join(f"{n},name {n * 7919 % 10007}\n" for n in range(200_000))
    feed.drop("a.gz", gzip.compress(body.encode())[:-40])
    assert feed.run().failed == 1
    assert feed.ledger() == [("a.gz", "Failed", 0, 0, 0, 0)]
    assert feed.query("SELECT to_regclass('feeds.orders') IS NULL") == [(True,)]


# --- rows with wrong bytes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", [None, "utf-8"])
def test_one_latin_1_row_after_10_000_utf_8_rows_is_the_only_one_rejected(feed, encoding):
    feed.configure(max_reject_rows=1, encoding=encoding)
    good = "".join(f"{n},é\n" for n in range(10_000))
    feed.drop("a.csv", ("id,name\n" + good).encode() + "x,caf\xe9\n".encode("latin-1") + b"last,z\n")
    assert feed.run().failed == 0
    assert feed.ledger() == [("a.csv", "Loaded", 10_002, 10_001, 1, 0)]
    [(line, raw, message)] = feed.query("SELECT line_number, raw_text, message FROM dba.timportreject")
    assert (line, raw) == (10_002, "x,caf\\xe9") and "0xe9" in message


ASCII = b"id,name\n" + b"".join(b"%d,%s\n" % (n, b"x" * 30) for n in range(20_000))  # more than the first look takes in


def test_an_ascii_file_with_late_latin_1_rows_is_windows_1252_by_rule(feed):
    feed.configure()
    feed.drop("a.csv", ASCII + b"last,caf\xe9\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT name FROM feeds.orders WHERE id = 'last'") == [("café",)]


def test_a_late_finding_that_a_file_is_windows_1252_is_said(feed, caplog):
    caplog.set_level("INFO")
    feed.configure()
    feed.drop("a.csv", ASCII + b"last,caf\xe9\n")
    feed.run()
    assert "read as Windows-1252" in caplog.text


@pytest.mark.parametrize("bad", [b"two,x\n", b'1,"x\n', b'1,5"\n'])
def test_a_bad_row_does_not_change_how_the_rest_of_the_file_is_decoded(feed, bad):
    feed.configure({"id": "integer"}, max_reject_rows=1)
    feed.drop("a.csv", ASCII.replace(b"\n", b"\n" + bad, 1) + b"-1,caf\xe9\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT name FROM feeds.orders WHERE id = -1") == [("café",)]


@pytest.mark.parametrize("cell", ["\0", "a\0b", '"a\0b"'])
def test_a_row_with_a_nul_is_rejected_by_itself(feed, cell):
    feed.configure(max_reject_rows=1)
    feed.drop("a.csv", f"id,name\n1,a\n2,{cell}\n3,c\n")
    assert feed.run().failed == 0
    assert feed.rows(columns="id") == [("1",), ("3",)]
    assert feed.ledger() == [("a.csv", "Loaded", 3, 2, 1, 0)]
    assert feed.query("SELECT line_number, raw_text, error_code FROM dba.timportreject") == [(3, f"2,{cell}".replace("\0", "\\0"), "nul")]


def test_control_characters_in_cells_are_kept(feed):
    feed.configure()
    text = "".join(chr(code) for code in range(1, 32) if chr(code) not in "\r\n") + "\x7f\x85\u2028\ufeff"
    feed.drop("a.csv", f'id,name\n1,"{text}"\n2,{text}z\n')
    assert feed.run().failed == 0
    assert feed.rows(columns="name") == [(text,), (text + "z",)]


@pytest.mark.parametrize(
    "content", ["", "id,name\n", "id,name", "id,name\r\n\r\n\r\n", "\ufeff", "\n\n", "id,name\n\x1a", "sep=;\nid;name\n"]
)
def test_a_file_without_rows_is_empty(feed, content):
    feed.configure()
    feed.drop("a.csv", content)
    assert feed.run() == Outcome(1, 0, "orders: 1 file(s) done, 0 failed")
    assert feed.ledger() == [("a.csv", "Empty", 0, 0, 0, 0)]
    assert feed.query("SELECT datastatusid, isactive FROM dba.tdataset") == [(6, False)]


def test_reading_a_big_file_takes_little_memory(feed):
    feed.configure()
    feed.drop("a.csv", b"id,name\n" + b"1,abcdefghijklmnopqrstuvwxyz\n" * 1_000_000)
    tracemalloc.start()
    try:
        assert feed.run().failed == 0
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
