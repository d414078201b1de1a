"""The benchmarks of workbooks and transform steps: what is measured, against what, and the goals."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

from cases import Benchmark, Scene
from data_files import TEXT_COLUMNS, table_csv
from measure import Way
from ways import Load, ours, psql_copy

_FLOOR = """
import csv, sys
from python_calamine import CalamineWorkbook
with open(sys.argv[2], "w", newline="") as file:
    csv.writer(file).writerows(CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows())
"""
_STEPS = [
    {"step": "strip", "columns": ["city"]},
    {"step": "replace", "column": "account", "pattern": "^0+", "with": ""},
    {"step": "filter", "column": "active", "equals": ["true", "false"]},
]
_PANDAS = """
import io, sys
import pandas as pd, psycopg2
frame = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
frame["city"] = frame["city"].str.strip()
frame["account"] = frame["account"].str.replace("^0+", "", regex=True)
frame = frame[frame["active"].isin(["true", "false"])]
text = io.StringIO()
frame.to_csv(text, index=False)
text.seek(0)
with psycopg2.connect(sys.argv[2]) as connection, connection.cursor() as cursor:
    cursor.copy_expert("COPY bench.floor_steps FROM STDIN (FORMAT csv, HEADER)", text)
"""


def workbook(work: str, kind: str, rows: int, ratio: float) -> Callable[[Scene], Benchmark]:
    """A workbook to a new text table against its cells written to a CSV file."""

    def benchmark(scene: Scene) -> Benchmark:
        count = max(rows * scene.rows // 1_000_000, 10)
        path = _file(scene, kind, count)
        floor = Way((f"{sys.prefix}/bin/python", "-c", _FLOOR, str(path), str(scene.cache / "floor.csv")), scene.stage.job_env)
        load = Load(f"bench.book_{kind}_{rows}", TEXT_COLUMNS, path, count)
        return Benchmark(work, (("ratio", ratio), ("MB", 130)), floor, ours(scene.stage, load, existing=True))

    return benchmark


def tiny_workbook(scene: Scene) -> Benchmark:
    load = Load("bench.book_tiny", TEXT_COLUMNS, _file(scene, "xlsx", 200), 200)
    floor = Way((f"{sys.prefix}/bin/python", "-c", "import psycopg2, python_calamine"), scene.stage.job_env)
    return Benchmark("XLSX of 200 rows", (("CPU s", 0.30),), floor, ours(scene.stage, load, existing=True), rounds=9)


def transform_steps(scene: Scene) -> Benchmark:
    path = table_csv(scene.cache, scene.rows)
    columns = ", ".join(f"{name} text" for name in TEXT_COLUMNS)
    shape = f"DROP TABLE IF EXISTS bench.floor_steps; CREATE TABLE bench.floor_steps ({columns})"
    command = (f"{sys.prefix}/bin/python", "-c", _PANDAS, str(path), scene.stage.url)
    floor = Way(command, scene.stage.job_env, prepare=lambda: scene.stage.sql(shape))
    load = Load("bench.steps", TEXT_COLUMNS, path, scene.rows)
    way = ours(scene.stage, load, existing=True, transform=json.dumps(_STEPS))
    return Benchmark("CSV, three transform steps", (("ratio", 0.8), ("MB", 300)), floor, way)


def empty_rows(scene: Scene) -> Benchmark:
    """A sheet of formatted empty rows and two real ones, of which one is the header."""
    path = scene.cache / "empty_rows.xlsx"
    if not path.exists():
        _write_empty_rows(path)
    load = Load("bench.book_empty", {"a": "text"}, path, 1)
    floor = psql_copy(scene.stage, Load("bench.floor_empty", TEXT_COLUMNS, table_csv(scene.cache, 10), 10))
    way = ours(scene.stage, load, existing=True)
    return Benchmark("XLSX of 1,048,576 formatted empty rows", (("CPU s", 5), ("MB", 200)), floor, way, rounds=1)


def _file(scene: Scene, kind: str, rows: int) -> Path:
    path = scene.cache / f"table_{rows}.{kind}"
    if not path.exists():
        with table_csv(scene.cache, rows).open(newline="", encoding="utf-8") as file:
            table = [[_typed(name, value) for name, value in zip(TEXT_COLUMNS, row, strict=True)] for row in csv.reader(file)]
        (_write_xlsx if kind == "xlsx" else _write_xls)(path, table)
    return path


def _typed(name: str, value: str) -> str | float:
    return float(value) if name in ("id", "amount", "quantity") and value and value != name else value


def _write_xlsx(path: Path, table: list[list]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)


def _write_xls(path: Path, table: list[list]) -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for number, row in enumerate(table):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    book.save(str(path))


def _write_empty_rows(path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.write(0, 0, "a")
        sheet.write(1, 0, "v")
        for number in range(2, 1_048_576):
            sheet.write_blank(number, 0, None, bold)


BENCHMARKS: dict[str, Callable[[Scene], Benchmark]] = {
    "xlsx": workbook("XLSX of 100,000 rows", "xlsx", 100_000, 1.7),
    "xls": workbook("XLS of 60,000 rows", "xls", 60_000, 1.8),
    "tiny": tiny_workbook,
    "steps": transform_steps,
    "empty": empty_rows,
}
