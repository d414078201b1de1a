"""The files that are loaded: made once, the same bytes every time, kept in the cache folder."""

import random
import zlib
from collections.abc import Iterator
from pathlib import Path

COLUMNS = {
    "id": "bigint",
    "account": "text",
    "name": "text",
    "city": "text",
    "amount": "numeric(12,2)",
    "quantity": "integer",
    "trade_date": "date",
    "updated_at": "timestamp",
    "active": "boolean",
    "comment": "text",
}
TEXT_COLUMNS = dict.fromkeys(COLUMNS, "text")
BAD_EVERY = 1000

# Files that another version of this module made are not the same bytes.
_VERSION = f"{zlib.crc32(Path(__file__).read_bytes()):08x}"

_SURNAMES = ("Okonkwo", "Smith-Jones", "García", "Nguyen", "van der Berg", "Müller", "Rossi", "Abernathy")
_CITIES = ("Lisbon", "Springfield", "São Paulo", "New York", "Kyiv", "Osaka", "Winston-Salem")
_WORDS = ("settled", "pending", "review", "of", "the second", "account", "with", "a late", "delivery", "notice", "from our", "broker")
_BAD_VALUES = (("amount", "n/a"), ("quantity", "12 pcs"), ("trade_date", "2026-02-30"), ("updated_at", "soon"))


def table_csv(cache: Path, rows: int, bad_rows: str = "none") -> Path:
    """A CSV of our ten columns, about 125 bytes a row, with quoted commas, quotes and line ends.

    `bad_rows`: none; in (one row of a thousand holds a value that is not of its column's type); out (those rows are missing).
    """
    path = cache / f"table_{rows}_{bad_rows}_{_VERSION}.csv"
    if not path.exists():
        _write(path, (",".join(COLUMNS) + "\n", *_lines(rows, bad_rows)))
    return path


def large_csv(cache: Path, rows: int, times: int) -> Path:
    """The clean table with its rows `times` over."""
    path = cache / f"large_{rows}_{times}_{_VERSION}.csv"
    if not path.exists():
        header, _, body = table_csv(cache, rows).read_bytes().decode().partition("\n")
        _write(path, (header + "\n", *([body] * times)))
    return path


def _write(path: Path, texts: tuple[str, ...]) -> None:
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        file.writelines(texts)
    unfinished.rename(path)


def _lines(rows: int, bad_rows: str) -> Iterator[str]:
    dice = random.Random(20260101)
    for number in range(1, rows + 1):
        fields = _fields(number, dice)
        if bad_rows != "none" and number % BAD_EVERY == 0:
            if bad_rows == "out":
                continue
            column, value = _BAD_VALUES[number // BAD_EVERY % len(_BAD_VALUES)]
            fields[column] = value
        yield ",".join(fields.values()) + "\n"


def _fields(number: int, dice: random.Random) -> dict[str, str]:
    chance = dice.random()
    day = f"20{number % 26:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    comment = " ".join(dice.choices(_WORDS, k=5))
    if chance < 0.02:
        comment = f'"{comment}\nsecond line"'
    elif chance < 0.1:
        comment = f'"said ""{comment}"" twice"'
    elif chance < 0.3:
        comment = f'"{comment}, as agreed"'
    return {
        "id": str(number),
        "account": f"{number * 7919 % 10**8:010d}",
        "name": f'"{_SURNAMES[number % 8]}, {number % 1000:03d}"',
        "city": _CITIES[number % 7],
        "amount": "" if chance > 0.97 else f"{number * 37 % 10**7 / 100:.2f}",
        "quantity": str(number % 5000),
        "trade_date": day,
        "updated_at": f"{day} {number % 24:02d}:{number % 60:02d}:{number % 59:02d}",
        "active": "true" if number % 3 else "false",
        "comment": comment,
    }
