"""The benchmarks of what keeps the database: the daily backup beside pg_dump, and the purge of old log lines."""

from collections.abc import Callable

from cases import Benchmark, Scene
from data_files import TEXT_COLUMNS, table_csv
from measure import Way, cost_of
from ways import Load, our_job, psql_copy

from conftest import ROOT

_LINES = 10  # log lines for each row of the large table
_DUMP = 'pg_dump --format=custom --file="$0"'
# The same reading back as ours, by the tools alone: the list, every byte of every table, the checksum of the file.
_VERIFY = 'pg_restore --list "$0" && pg_restore --file=/dev/null "$0" && sha256sum "$0"'
# The checksum of every row of every table, which a restored backup is held against.
_SUMS = """source "$1"/onboarding/sh/backup_lib.sh && table_sums_query | psql -X -q"""


def backup(scene: Scene) -> Benchmark:
    """Everything that daily_backup.sh does, beside pg_dump and the same proofs one after the other."""
    return Benchmark("daily backup, verified", (("ratio", 1.1),), _tools(scene, f"{_DUMP} && {_VERIFY} && {_SUMS}"), _backup(scene))


def verification(scene: Scene) -> Benchmark:
    """What of that is verification, beside pg_dump alone: no goal, it takes what a proof takes."""
    return Benchmark("verification, beside pg_dump alone", (), _tools(scene, _DUMP), _tools(scene, f"{_VERIFY} && {_SUMS}"))


def purge(scene: Scene) -> Benchmark:
    """Ten lines for each row of the large table, half a year old, beside a statement that does nothing."""
    psql = (str(scene.stage.server.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c")
    nothing, ours = (Way((*psql, query), scene.stage.psql_env) for query in ("SELECT 1", "CALL dba.ppurgeoldlogs()"))
    _fill_log(scene)
    count = scene.stage.sql("SELECT count(*) FROM dba.tlogentry")[0][0]

    def check() -> None:
        if scene.stage.sql("SELECT count(*) FROM dba.tlogentry")[0][0] >= _LINES:
            raise RuntimeError("the lines are still there")

    purged = Way(ours.command, ours.env, check=check)
    return Benchmark(f"purge of {count:,} log lines", (("s", 1.0),), nothing, purged, rounds=1)


def _backup(scene: Scene) -> Way:
    """The job, with the set-up login where it looks for it."""
    local = scene.stage.home / "env.local.sh"
    local.touch(0o600)
    local.write_text(f"ETL_OWNER_USER=postgres\nETL_OWNER_PASSWORD='{scene.stage.psql_env['PGPASSWORD']}'\n")
    return Way(our_job("daily_backup.sh"), scene.stage.job_env | {"PATH": scene.stage.psql_env["PATH"]})


def _tools(scene: Scene, script: str) -> Way:
    """A script that knows the dump as $0 and the checkout as $1, on a database that holds the large table."""
    load = Load("bench.backup", TEXT_COLUMNS, table_csv(scene.cache, scene.rows), scene.rows)
    if not scene.stage.sql("SELECT to_regclass('bench.backup') IS NOT NULL")[0][0]:
        way = psql_copy(scene.stage, load)
        way.prepare()
        cost_of(way.command, way.env)
        scene.stage.sql("VACUUM ANALYZE")
    dump = str(scene.stage.home / "floor.dump")
    return Way(("bash", "-euo", "pipefail", "-c", script, dump, str(ROOT)), scene.stage.psql_env)


def _fill_log(scene: Scene) -> None:
    months = "SELECT dba.f_make_log_month((now() - make_interval(months => n))::date) FROM generate_series(5, 7) AS n"
    scene.stage.sql(
        f"{months}; INSERT INTO dba.tlogentry (timestamp, run_uuid, processtype, message)"
        " SELECT now() - interval '6 months' + n * interval '0.3 seconds', md5((n / 50)::text)::uuid, 'run_import_job',"
        " 'a line of the log, about as long as one is' FROM generate_series(1, %s) AS n",
        scene.rows * _LINES,
    )
    scene.stage.sql("CHECKPOINT")


KEEP_BENCHMARKS: dict[str, Callable[[Scene], Benchmark]] = {"backup": backup, "verification": verification, "purge": purge}
