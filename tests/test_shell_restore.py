"""restore_check.sh, restore.sh, pg_backup_all.sh and database_care.sh on a real server."""

import contextlib
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "c4nary-database"


@pytest.fixture
def env(server, database_name, tmp_path) -> dict[str, str]:
    return {
        **server.env, "ETL_HOME": str(tmp_path / "my home"), "PGDATABASE": database_name,
        "PGUSER": "etl_admin", "ETL_JOB_USER": "etl_user", "ETL_JOB_PASSWORD": PASSWORD,
        "ETL_OWNER_USER": "postgres", "ETL_OWNER_PASSWORD": PASSWORD,
    }  # fmt: skip


@pytest.fixture
def admin(connect_as):
    connection = connect_as("postgres")
    connection.autocommit = True
    return connection


def job(env: dict[str, str], script: str, *arguments: object) -> subprocess.CompletedProcess:
    command = ["/bin/bash", ROOT / "jobscripts" / script, *map(str, arguments)]
    return subprocess.run(command, cwd="/", env=env, umask=0, capture_output=True, text=True, check=False)


def ask(connection, query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def back_up(env: dict[str, str], admin) -> Path:
    ask(admin, "CREATE SCHEMA client; CREATE TABLE client.t AS SELECT g, g::float8 / 3 AS f, now() AS at FROM generate_series(1, 1000) g")
    result = job(env, "daily_backup.sh")
    assert result.returncode == 0, result.stderr
    (file,) = (Path(env["ETL_HOME"]) / "backups").glob("*.dump")
    return file


def scratch_databases(admin) -> list[tuple]:
    return ask(admin, "SELECT datname FROM pg_database WHERE datname LIKE 'etl_restore_check%'")


def test_the_newest_backup_is_proven_by_restoring_it(env, admin):
    file = back_up(env, admin)
    ask(admin, "INSERT INTO client.t VALUES (0)")  # what came after the backup does not count
    assert job(env, "restore_check.sh", "--dry-run").stdout == f"would be restored: {file}\n"
    result = job(env, "restore_check.sh")
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(rf"proven: {re.escape(str(file))} restores to the same \d+ tables, rows and checksums\n", result.stdout)
    assert ask(admin, "SELECT restored_at IS NOT NULL FROM dba.tbackup") == [(True,)]
    assert scratch_databases(admin) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE dba.tbackup SET table_sums = replace(table_sums, 'client.t|1000|', 'client.t|1001|')", "client.t|1000|"),
        ("UPDATE dba.tbackup SET table_sums = regexp_replace(table_sums, 'client.t.1000.(-?)', 'client.t|1000|\\19')", "client.t|1000|"),
        ("UPDATE dba.tbackup SET sha256 = repeat('0', 64)", "no longer has the bytes"),
        ("DELETE FROM dba.tbackup", "no verified backup"),
    ],
)
def test_a_backup_that_gives_other_rows_is_not_proven(env, admin, damage, said):
    back_up(env, admin)
    ask(admin, damage)
    result = job(env, "restore_check.sh")
    assert result.returncode == 1
    assert said in result.stderr
    assert ask(admin, "SELECT 1 FROM dba.tbackup WHERE restored_at IS NOT NULL") == []
    assert scratch_databases(admin) == []


def test_restore_makes_a_new_database_and_never_touches_one_that_is_there(env, admin, server):
    file = back_up(env, admin)
    name = f"new_{env['PGDATABASE']}"
    try:
        assert job(env, "restore.sh", "--dry-run", file, name).returncode == 0
        assert ask(admin, f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == []
        result = job(env, "restore.sh", file, name)
        assert result.returncode == 0, result.stderr
        with contextlib.closing(server.connect(name)) as restored:
            assert ask(restored, "SELECT count(*) FROM client.t") == [(1000,)]
        with contextlib.closing(server.connect(name, "etl_user")) as restored:
            ask(restored, "CREATE SCHEMA made_by_a_job")
            assert ask(restored, "SELECT count(*) > 0 FROM dba.tscheduler") == [(True,)]
        result = job(env, "restore.sh", file, name)
        assert (result.returncode, "nothing was changed" in result.stderr) == (1, True)
        file.write_bytes(file.read_bytes()[:-50])
        assert "not a whole dump" in job(env, "restore.sh", file, name + "2").stderr
    finally:
        ask(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_all_databases_and_the_roles_are_backed_up_and_one_failure_stops_no_other(env, admin):
    result = job(env, "pg_backup_all.sh")
    assert result.returncode == 0, result.stderr
    files = sorted((Path(env["ETL_HOME"]) / "backups/all").glob("*_*Z.*"))
    assert {"globals", "postgres", env["PGDATABASE"]} <= {file.name.rsplit("_", 1)[0] for file in files}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    (roles,) = (file for file in files if file.name.startswith("globals_"))
    assert "CREATE ROLE etl_user" in roles.read_text()
    assert ask(admin, "SELECT count(*) FROM dba.tbackup WHERE status = 'done' AND verified_at IS NOT NULL") == [(len(files),)]

    for day in range(1, 7):
        (roles.parent / f"postgres_2020010{day}T000000Z.dump").write_text("old")
    (roles.parent / "postgres_notes.dump").write_text("not ours")
    env["ETL_OWNER_USER"] = "etl_user"  # may not read the passwords of the roles
    time.sleep(1.1)  # another second, other names
    result = job(env, "pg_backup_all.sh")
    assert result.returncode == 1
    assert "backup of globals failed" in result.stderr
    left = sorted(file.name for file in roles.parent.glob("postgres_*"))
    assert roles.exists()
    assert "postgres_notes.dump" in left
    assert len(left) == 5, left
    assert not list(roles.parent.glob("*.part"))


def test_vacuum_runs_from_the_client_and_is_logged(env, admin):
    ask(admin, "SET ROLE etl_user")
    ask(admin, "CREATE SCHEMA feeds")
    ask(admin, "CREATE TABLE feeds.dead AS SELECT g FROM generate_series(1, 5000) g")
    ask(admin, "ALTER TABLE feeds.dead SET (autovacuum_enabled = false)")
    ask(admin, "DELETE FROM feeds.dead WHERE g > 100")
    ask(admin, "RESET ROLE")
    deadline = time.monotonic() + 60
    while not ask(admin, "SELECT 1 FROM dba.vvacuumneeded WHERE table_name = 'feeds.dead'"):
        assert time.monotonic() < deadline, "the server's counters never arrived"
        time.sleep(0.2)
    assert "would run: VACUUM (ANALYZE) feeds.dead" in job(env, "database_care.sh", "--dry-run", "vacuum").stdout
    result = job(env, "database_care.sh", "vacuum")
    assert result.returncode == 0, result.stderr
    assert ask(admin, "SELECT operation, succeeded FROM dba.tmaintenancelog WHERE object_name = 'feeds.dead' ORDER BY 1") == [
        ("vacuum", True)
    ]
    assert ask(admin, "SELECT reltuples FROM pg_class WHERE oid = 'feeds.dead'::regclass") == [(100,)]


def test_growth_is_told_between_two_snapshots(env, admin):
    ask(admin, "CREATE TABLE grow AS SELECT g FROM generate_series(1, 10) g")
    assert job(env, "database_care.sh", "statistics").returncode == 0
    ask(admin, "UPDATE dba.ttableindexstats SET taken_at = taken_at - interval '7 days'")
    ask(admin, "INSERT INTO grow SELECT g FROM generate_series(1, 50000) g")
    assert job(env, "database_care.sh", "statistics").returncode == 0
    assert ask(admin, "SELECT grown_bytes > 1000000 FROM dba.vtablegrowth WHERE table_name = 'grow'") == [(True,)]


def test_a_session_idle_in_a_transaction_and_the_one_it_blocks_are_recorded_once(env, admin, connect_as):
    ask(admin, "CREATE TABLE held (a int)")
    idle = connect_as("postgres")
    ask(idle, "LOCK TABLE held")
    waiting = subprocess.Popen(
        ["psql", "-X", "-d", env["PGDATABASE"], "-c", "SELECT * FROM held"], env={**env, "PGUSER": "postgres"}, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not ask(admin, "SELECT 1 FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 AND datname = current_catalog"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        for _ in range(2):
            ask(admin, "CALL dba.precordlongqueries('0 seconds')")
        found = ask(admin, "SELECT state, blocked_by, query FROM dba.tlongrunningquery ORDER BY state DESC")
        assert found == [("idle in transaction", [], "LOCK TABLE held"), ("active", [idle.get_backend_pid()], "SELECT * FROM held")]
    finally:
        idle.rollback()
        waiting.wait(60)


def test_old_meetmax_files_go_and_nothing_else(tmp_path):
    folder = tmp_path / "archive/meetmaxevents"
    (folder / "MeetMax_folder.csv").mkdir(parents=True)
    (tmp_path / "MeetMax_target.csv").write_text("precious")
    (folder / "MeetMax_link.csv").symlink_to(tmp_path / "MeetMax_target.csv")
    kept = ["notes.csv", "MeetMax.txt", "a\nMeetMax_1.csv", "MeetMax_young.xls", ".MeetMax_1.csv", "MeetMax_folder.csv", "MeetMax_link.csv"]
    for name in ["MeetMax_119179.xls", "20260101T050000_MeetMax_119180.csv", *kept[:5]]:
        (folder / name).write_text("x")
        os.utime(folder / name, (time.time() - 8 * 86400,) * 2)
    os.utime(folder / "MeetMax_young.xls")
    env = {"ETL_HOME": str(tmp_path)}
    assert "2 MeetMax files older than 7 days would be removed" in job(env, "weekly_cleanup_meetmaxevents.sh", "--dry-run").stdout
    assert (folder / "MeetMax_119179.xls").exists()
    assert job(env, "weekly_cleanup_meetmaxevents.sh").returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(kept)
    assert job(env, "weekly_cleanup_meetmaxevents.sh", "0").returncode == 2
