"""daily_backup.sh on a real database: a backup has its name only when it can be read back; a failure removes nothing."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "c4nary-database"


@pytest.fixture
def backup_env(server, database_name, tmp_path) -> dict[str, str]:
    """The environment env.local.sh would give, with the test server's superuser as the set-up login."""
    return {
        **server.env, "ETL_HOME": str(tmp_path / "my home"), "PGDATABASE": database_name,
        "PGUSER": "etl_admin", "ETL_JOB_USER": "etl_user", "ETL_JOB_PASSWORD": PASSWORD,
        "ETL_OWNER_USER": "postgres", "ETL_OWNER_PASSWORD": PASSWORD,
    }  # fmt: skip


def backup(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["/bin/bash", ROOT / "jobscripts/daily_backup.sh", *arguments],
        cwd="/",
        env=env,
        umask=0,
        capture_output=True,
        text=True,
        check=False,
    )


def folder_of(env: dict[str, str]) -> Path:
    return Path(env["ETL_HOME"]) / "backups"


def dumps(env: dict[str, str]) -> list[Path]:
    return sorted(path for path in folder_of(env).iterdir() if path.name != ".lock")


def ledger(database) -> list[tuple]:
    with database, database.cursor() as cur:
        cur.execute("SELECT path, status, size_bytes, verified_at IS NOT NULL, error FROM dba.tbackup ORDER BY backupid")
        return cur.fetchall()


def test_a_backup_can_be_restored_and_is_on_record(backup_env, server, connect_as):
    admin = connect_as("postgres")
    with admin, admin.cursor() as cur:
        cur.execute("CREATE SCHEMA client; CREATE TABLE client.t AS SELECT g FROM generate_series(1, 1000) g")
    result = backup(backup_env)
    assert result.returncode == 0, result.stderr
    (dump,) = dumps(backup_env)
    assert dump.stat().st_mode & 0o777 == 0o600
    assert ledger(admin) == [(str(dump), "done", dump.stat().st_size, True, None)]

    copy = f"copy_of_{backup_env['PGDATABASE']}"
    as_superuser = {**server.env, "PGDATABASE": "postgres"}
    try:
        subprocess.run([server.bin / "createdb", copy], env=as_superuser, check=True)
        restore = [server.bin / "pg_restore", "--exit-on-error", "--no-owner", "-d", copy, dump]
        subprocess.run(restore, env=as_superuser, check=True)
        count = [server.bin / "psql", "-XAtd", copy, "-c", "SELECT count(*) FROM client.t"]
        assert subprocess.run(count, env=as_superuser, check=True, capture_output=True, text=True).stdout == "1000\n"
    finally:
        subprocess.run([server.bin / "dropdb", "--if-exists", copy], env=as_superuser, check=True)


def test_a_dump_that_fails_leaves_no_file_keeps_the_old_ones_and_says_why(backup_env, connect_as):
    old = folder_of(backup_env) / "client_etl_20200101T000000Z.dump"
    old.parent.mkdir(parents=True)
    old.write_text("an old backup")
    backup_env["ETL_OWNER_USER"] = "etl_report"  # may not read the ledgers
    result = backup(backup_env)
    assert result.returncode == 1
    assert "permission denied" in result.stderr
    assert PASSWORD not in result.stdout + result.stderr
    assert dumps(backup_env) == [old]
    ((_, status, _, verified, error),) = ledger(connect_as("postgres"))
    assert (status, verified) == ("failed", False)
    assert "permission denied" in error


def test_a_dump_cut_off_at_its_end_never_gets_its_name(backup_env, server, tmp_path, connect_as):
    """The disk loses the tail after pg_dump was content: pg_dump is real, only its file is cut afterwards."""
    cutter = tmp_path / "bin" / "pg_dump"
    cutter.parent.mkdir()
    cutter.write_text(
        f'#!/bin/bash\n"{server.bin}/pg_dump" "$@" || exit\nfor a in "$@"; do [[ $a != --file=* ]] || '
        'truncate -s -2000 "${a#--file=}"; done\n'
    )
    cutter.chmod(0o755)
    backup_env["PATH"] = f"{cutter.parent}:{backup_env['PATH']}"
    result = backup(backup_env)
    assert result.returncode == 1, result.stdout
    assert dumps(backup_env) == []
    assert ledger(connect_as("postgres"))[0][1] == "failed"


def test_keeps_the_newest_fourteen_and_touches_no_foreign_file(backup_env, tmp_path):
    folder = folder_of(backup_env)
    folder.mkdir(parents=True)
    ours = [folder / f"client_etl_202001{day:02}T000000Z.dump" for day in range(1, 17)]
    foreign = [folder / name for name in ("client_etl_20190101T000000Z.dump.gpg", "client_etl_mine.dump", "notes.txt")]
    for path in [*ours, *foreign]:
        path.write_text("x")
    (tmp_path / "precious").write_text("x")
    link = folder / "client_etl_20180101T000000Z.dump"
    link.symlink_to(tmp_path / "precious")
    left = folder / "client_etl_20200101T000000Z.dump.part"
    left.write_text("left by a killed run")
    assert backup(backup_env).returncode == 0
    kept = dumps(backup_env)
    assert set(ours) & set(kept) == set(ours[3:])
    assert {*foreign, link} <= set(kept)
    assert left not in kept
    assert len([path for path in kept if path not in foreign and path != link]) == 14


def test_two_backups_never_run_at_once(backup_env):
    folder = folder_of(backup_env)
    folder.mkdir(parents=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert backup(backup_env).returncode == 75
    assert dumps(backup_env) == []


def test_without_a_database_it_fails_and_keeps_everything(backup_env):
    backup_env["PGPORT"] = "1"
    result = backup(backup_env)
    assert result.returncode == 1
    assert "there is no backup" in result.stderr
    assert dumps(backup_env) == []


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_leaves_no_file_and_says_so(backup_env, connect_as):
    folder = folder_of(backup_env)
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    try:
        result = backup(backup_env)
        assert result.returncode == 1
        assert "No space left" in result.stderr
        assert dumps(backup_env) == []
        assert ledger(connect_as("postgres"))[0][1] == "failed"
    finally:
        subprocess.run(["umount", folder], check=True)
