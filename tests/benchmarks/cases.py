"""The benchmarks by name: what is measured, against what, and the goal."""

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data_files import BAD_EVERY, COLUMNS, TEXT_COLUMNS, large_csv, table_csv
from measure import Way
from stage import Stage, make_stage
from ways import Load, add_feed, our_job, ours, psql_copy

Goal = tuple[str, float]
"""What is limited (the ratio of wall times, our own seconds, CPU seconds, those beyond the floor's, peak memory in MB), and the limit."""


@dataclass(frozen=True)
class Scene:
    """Where and with how many rows the benchmarks run."""

    stage: Stage
    cache: Path
    rows: int


@dataclass(frozen=True)
class Benchmark:
    """Two ways to do one piece of work."""

    work: str
    goals: tuple[Goal, ...]
    floor: Way
    ours: Way
    rounds: int = 3


@dataclass(frozen=True)
class LargeImport:
    """An import of the large table that is measured against psql's."""

    work: str
    goals: tuple[Goal, ...]
    columns: Mapping[str, str]
    existing: bool = True
    bad_rows: bool = False
    config: Mapping[str, object] = field(default_factory=dict)


_IMPORTS = {
    "new": LargeImport("CSV, new text table", (("ratio", 1.2), ("MB", 60)), TEXT_COLUMNS, existing=False),
    "existing": LargeImport("CSV, existing text table", (("ratio", 1.2), ("MB", 60)), TEXT_COLUMNS),
    "typed": LargeImport("CSV, existing typed columns", (("ratio", 1.2), ("MB", 60)), COLUMNS),
    "rejects": LargeImport("CSV, typed, 0.1 % bad rows", (("ratio", 2.2), ("MB", 130)), COLUMNS, bad_rows=True),
    "infer": LargeImport(
        "CSV, new table, types inferred", (("ratio", 1.6), ("MB", 60)), COLUMNS, existing=False, config={"column_types": "infer"}
    ),
}


def large_import(name: str, scene: Scene) -> Benchmark:
    case = _IMPORTS[name]
    bad = scene.rows // BAD_EVERY if case.bad_rows else 0
    cleaned, given = (table_csv(scene.cache, scene.rows, word) for word in (("out", "in") if bad else ("none", "none")))
    floor = psql_copy(scene.stage, Load(f"bench.floor_{name}", case.columns, cleaned, scene.rows - bad))
    load = Load(f"bench.{name}", case.columns, given, scene.rows - bad)
    ours_ = ours(scene.stage, load, existing=case.existing, max_reject_rows=bad, **case.config)
    return Benchmark(case.work, case.goals, floor, ours_)


def small_import(scene: Scene) -> Benchmark:
    load = _small_load(scene, "small")
    floor = psql_copy(scene.stage, _small_load(scene, "floor_small"))
    return Benchmark(f"CSV of {load.rows:,} rows", (("CPU s", 0.25),), floor, ours(scene.stage, load, existing=True), rounds=9)


def nothing_to_do(scene: Scene) -> Benchmark:
    add_feed(scene.stage, "nothing", target_table="bench.nothing")
    way = Way(our_job("run_import_job.py", "nothing"), scene.stage.job_env)
    return Benchmark("nothing to do", (("CPU s", 0.15),), _python_with_psycopg2(scene), way, rounds=9)


def help_text(scene: Scene) -> Benchmark:
    way = Way(our_job("run_import_job.py", "--help"), scene.stage.job_env)
    return Benchmark("--help", (("CPU s", 0.10),), _python_with_psycopg2(scene), way, rounds=9)


def large_file(scene: Scene) -> Benchmark:
    """A file eight times as large: about 1 GB when the table has a million rows."""
    rows, file = 8 * scene.rows, large_csv(scene.cache, scene.rows, 8)
    floor, load = (Load(f"bench.{name}", TEXT_COLUMNS, file, rows) for name in ("floor_large", "large"))
    work = f"CSV of {file.stat().st_size / 1e9:.1f} GB"
    return Benchmark(work, (("MB", 60),), psql_copy(scene.stage, floor), ours(scene.stage, load, existing=True), rounds=1)


def growth(scene: Scene, work: str) -> Benchmark:
    """The floor is the same work of ours on a database that is empty."""
    before, after = (_GROWN_WORK[work](scene, stage) for stage in _empty_and_grown(scene))
    return Benchmark(f"{work}, {scene.rows:,} datasets on record", (("ratio", 1.2),), before, after, rounds=9)


@functools.cache
def _empty_and_grown(scene: Scene) -> tuple[Stage, Stage]:
    """The second has, by default, 100,000 files, 1,000,000 datasets and 10,000,000 log lines on record."""
    empty, grown = (make_stage(scene.stage.server, scene.stage.home.parent, name) for name in ("empty", "grown"))
    for stage in (empty, grown):
        add_feed(stage, "old", target_table="bench.old")
    _grow(grown, scene.rows)
    return empty, grown


def _grow(stage: Stage, datasets: int) -> None:
    stage.sql(
        "INSERT INTO dba.tdatasettype (datasettypename) VALUES ('Bench'); INSERT INTO dba.tdatasource (datasourcename) VALUES ('Bench');"
        "INSERT INTO dba.tdataset (datasetdate, label, datasettypeid, datasourceid, datastatusid, isactive)"
        " SELECT date '2000-01-01' + n / 100, 'label ' || n %% 100, datasettypeid, datasourceid, 1, true"
        " FROM generate_series(1, %s) AS n, dba.tdatasettype, dba.tdatasource;"
        "INSERT INTO dba.timportfile (config_id, file_name, sha256, size_bytes, target_table, datasetid, status, rows_read, rows_loaded,"
        " finished_at) SELECT config_id, 'file ' || datasetid, encode(sha256(datasetid::text::bytea), 'hex'), datasetid, target_table,"
        " datasetid, 'Loaded', 1, 1, now() - interval '2 days' - datasetid * interval '1 minute' FROM dba.tdataset,"
        " dba.timportconfig ORDER BY datasetid LIMIT %s;"
        "INSERT INTO dba.tlogentry (timestamp, run_uuid, processtype, message)"
        " SELECT now() - n * interval '1 second', md5((n / 50)::text)::uuid, 'run_import_job', 'a line of the log, about as long as one is'"
        " FROM generate_series(1, %s) AS n",
        datasets,
        datasets // 10,
        datasets * 10,
    )
    stage.sql("VACUUM ANALYZE")


def _grown_import(scene: Scene, stage: Stage) -> Way:
    return ours(stage, _small_load(scene, "growth"), existing=True)


def _grown_report(scene: Scene, stage: Stage) -> Way:
    """A mail to the outbox: yesterday's files, and the newest dataset of one kind."""
    query = "SELECT count(*) FROM dba.vlatestdataset WHERE datasettypename = 'Bench' AND label = 'label 7'"
    stage.sql(
        "INSERT INTO dba.treportmanager (reportname, subjectheader, toheader, emailbodytemplate, emailbodyqueries)"
        " SELECT 'growth', 'x', 'x@example.com', '{{grid1}}{{grid2}}', emailbodyqueries || jsonb_build_object('grid2', %s::text)"
        " FROM dba.treportmanager WHERE reportname = 'Files received'",
        query,
    )
    return Way(our_job("send_reports.py", "growth", "--resend"), stage.job_env)


def _grown_crontab(scene: Scene, stage: Stage) -> Way:
    output = str(stage.home / "etl_jobs")
    return Way(our_job("update_cron_jobs.py", "--run-user", "nobody", "--output", output), stage.job_env)


_GROWN_WORK = {"import": _grown_import, "report": _grown_report, "crontab": _grown_crontab}


def _small_load(scene: Scene, name: str) -> Load:
    rows = max(scene.rows // 100, 1)
    return Load(f"bench.{name}", TEXT_COLUMNS, table_csv(scene.cache, rows), rows)


def _python_with_psycopg2(scene: Scene) -> Way:
    return Way((f"{sys.prefix}/bin/python", "-c", "import psycopg2"), scene.stage.job_env)


BENCHMARKS: dict[str, Callable[[Scene], Benchmark]] = {
    **{name: functools.partial(large_import, name) for name in _IMPORTS},
    "small": small_import,
    "nothing": nothing_to_do,
    "help": help_text,
    "large": large_file,
    **{f"growth-{work}": functools.partial(growth, work=work) for work in _GROWN_WORK},
}
