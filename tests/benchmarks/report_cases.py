"""The benchmarks of reports: a large query as an attachment, and a small report from its start until the mail server has it."""

import atexit
import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cases import Benchmark, Scene
from data_files import COLUMNS, table_csv
from measure import Way, cost_of
from ways import Load, our_job, psql_copy

from conftest import ROOT
from smtp_server import smtp_server

_QUERY = "SELECT * FROM bench.report_source ORDER BY id"
# Writes the attachment as send_reports.py does, and nothing else; arguments: format, path.
_ATTACH = f"""
import sys
from functools import partial
from pathlib import Path
from report_attachments import write_csv, write_xlsx
from report_queries import copy_csv, read_rows, report_session
from settings import load_settings
settings = load_settings()
with report_session(settings) as session:
    path, query, zone = Path(sys.argv[2]), {_QUERY!r}, settings.timezone
    if sys.argv[1] == "csv":
        write_csv(path, lambda into: copy_csv(session, query, into, zone))
    else:
        read_rows(session, query, partial(write_xlsx, path, zone))
"""
_PANDAS = f"""
import sys, pandas, psycopg2, warnings
warnings.simplefilter("ignore")
with psycopg2.connect(sys.argv[2]) as connection:
    pandas.read_sql({_QUERY!r}, connection).to_excel(sys.argv[1], index=False, engine="openpyxl")
"""


def _source(scene: Scene) -> None:
    """The large table of the imports, filled once."""
    load = Load("bench.report_source", COLUMNS, table_csv(scene.cache, scene.rows), scene.rows)
    if scene.stage.sql("SELECT to_regclass('bench.report_source') IS NULL")[0][0]:
        fill = psql_copy(scene.stage, load)
        fill.prepare()
        cost_of(fill.command, fill.env)
        scene.stage.sql("GRANT USAGE ON SCHEMA bench TO etl_report; GRANT SELECT ON bench.report_source TO etl_report")
        scene.stage.sql("VACUUM ANALYZE bench.report_source")


def _attach(scene: Scene, kind: str) -> Way:
    env = scene.stage.job_env | {"PYTHONPATH": str(ROOT / "systemscripts"), "ETL_ROOT": str(ROOT)}
    return Way((sys.executable, "-c", _ATTACH, kind, str(scene.stage.home / f"attachment.{kind}")), env)


def csv_attachment(scene: Scene) -> Benchmark:
    _source(scene)
    copy = rf"\copy ({_QUERY}) to '{scene.stage.home / 'floor.csv'}' with (format csv, header)"
    floor = Way(("psql", "-X", "-q", "-c", copy), scene.stage.psql_env)
    return Benchmark(f"report, CSV of {scene.rows:,} rows", (("ratio", 1.5), ("MB", 200)), floor, _attach(scene, "csv"))


def xlsx_attachment(scene: Scene) -> Benchmark:
    """The floor is pandas with openpyxl: at least three times as slow."""
    _source(scene)
    floor = Way((sys.executable, "-c", _PANDAS, str(scene.stage.home / "floor.xlsx"), scene.stage.url), scene.stage.job_env)
    return Benchmark(f"report, XLSX of {scene.rows:,} rows", (("ratio", 1 / 3), ("MB", 200)), floor, _attach(scene, "xlsx"), rounds=1)


def small_report(scene: Scene) -> Benchmark:
    """One grid and one XLSX to a mail server of the machine; the floor is Python importing psycopg2."""
    scene.stage.sql(
        "INSERT INTO dba.treportmanager (reportname, subjectheader, toheader, emailbodytemplate, emailbodyqueries, attachmentqueries)"
        " VALUES ('small', 'x', 'x@example.com', '{{grid1}}', '{\"grid1\": \"SELECT n, n * 2 AS twice FROM generate_series(1, 50) AS n\"}',"
        " '[{\"name\": \"a\", \"format\": \"xlsx\", \"query\": \"SELECT n FROM generate_series(1, 200) AS n\"}]')"
    )
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    room = stack.enter_context(smtp_server(Path(tempfile.mkdtemp(dir=scene.stage.home))))
    server = {"ETL_SMTP_HOST": "localhost", "ETL_SMTP_PORT": str(room.port), "ETL_CA_BUNDLE": room.ca_file}
    env = scene.stage.job_env | server | {"ETL_EMAIL": "etl@example.com", "ETL_EMAIL_PASSWORD": "c4nary-smtp"}
    return Benchmark(
        "report, small, sent",
        (("CPU s", 1.0),),
        Way((f"{sys.prefix}/bin/python", "-c", "import psycopg2"), scene.stage.job_env),
        Way(our_job("send_reports.py", "small", "--resend"), env),
        rounds=7,
    )


REPORT_BENCHMARKS: dict[str, Callable[[Scene], Benchmark]] = {
    "report-csv": csv_attachment,
    "report-xlsx": xlsx_attachment,
    "report-small": small_report,
}
