"""The doctor's checks of the database: its set-up and rights, its backups, and what the config rows point to."""

import hashlib
import os
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import regex

import health_tables as tables
import lineage
from config_tables import import_configs
from directory_management import waiting_files
from findings import Box, Finding, off
from report_queries import QueryError, read_rows, report_session

_SET_UP = "bash onboarding/sh/sql_setupscripts.sh"
BACKUP_DAYS, RESTORE_DAYS = 2, 35
# https://datatracker.ietf.org/doc/html/rfc4253#section-6.6 and the key types of OpenSSH
_HOST_KEY = re.compile(r"(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d{3}) [A-Za-z0-9+/]+={0,2}( .*)?")
_ANY = re.compile(".*", re.DOTALL)


def database(box: Box) -> list[Finding]:
    fix = "bash onboarding/sh/embedded_postgres.sh start, or correct PG* in env.local.sh"
    return [] if box.connection else [Finding(box.database_error, fix)]


def rights(box: Box) -> list[Finding]:
    logins = box.settings.logins
    roles = {"job": logins["job"].user, "admin": "etl_admin", "report": logins["report"].user}
    with box.connection, box.connection.cursor() as cursor:
        return [Finding(text, _SET_UP) for text in tables.wrong_rights(cursor, roles)]


def schema_version(box: Box) -> list[Finding]:
    folder = box.settings.root / "onboarding" / "sql"
    with box.connection, box.connection.cursor() as cursor:
        there = tables.setup_sha256(cursor)
    if there == sha256_of_setup(folder):
        return []
    return [Finding(f"the database was set up by other files than {folder} holds now", _SET_UP)]


def sha256_of_setup(folder: Path) -> str:
    """What sql_setupscripts.sh leaves in dba.f_setup_sha256(): the checksum of the files of order.txt, in its order."""
    digest = hashlib.sha256()
    for name in (folder / "order.txt").read_text(encoding="utf-8").splitlines():
        if name.strip() and not name.strip().startswith("#"):
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def backups(box: Box) -> list[Finding]:
    with box.connection, box.connection.cursor() as cursor:
        verified, _ = tables.latest_backups(cursor)
    if verified and box.now - verified < timedelta(days=BACKUP_DAYS):
        return []
    last = f"the last good one is of {verified.astimezone(box.now.tzinfo):%Y-%m-%d %H:%M}" if verified else "there has been none"
    return [Finding(f"no backup in the last {BACKUP_DAYS} days, {last}", "run daily_backup.sh; is its row of dba.tscheduler on?")]


def restores(box: Box) -> list[Finding]:
    with box.connection, box.connection.cursor() as cursor:
        verified, restored = tables.latest_backups(cursor)
    if verified is None:
        return off("there is no backup to restore")
    if restored and box.now - restored < timedelta(days=RESTORE_DAYS):
        return []
    last = f"the last one was on {restored.astimezone(box.now.tzinfo):%Y-%m-%d}" if restored else "there has been none"
    fix = "restore the newest file of backups/ into a scratch database and compare the row counts"
    return [Finding(f"no backup was proven by a restore in the last {RESTORE_DAYS} days, {last}", fix)]


def patterns(box: Box) -> list[Finding]:
    with box.connection, box.connection.cursor() as cursor:
        found = tables.patterns(cursor)
    faults = [(item, _fault(item.text)) for item in found]
    return [Finding(f"{item.where}: {item.text!r} {fault}", "correct the pattern in that row") for item, fault in faults if fault]


def _fault(pattern: str) -> str | None:
    """What both engines that read patterns have against it."""
    try:
        re.compile(pattern)
        regex.compile(pattern)
    except (re.error, regex.error) as error:
        return f"is not a regular expression: {error}"
    return None


def config_folders(box: Box) -> list[Finding]:
    found = []
    with box.connection, box.connection.cursor() as cursor:
        rules = tables.inbox_folders(cursor)
    feeds = import_configs(box.connection)
    wanted = [("timportconfig", feed.config_name, "source_directory", feed.source_directory) for feed in feeds]
    wanted += [("tinboxconfig", name, "local_repository_path", folder) for name, folder in rules]
    for table, name, column, folder in wanted:
        path = box.settings.path(folder)
        if not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
            fix = f"mkdir -p '{path}', give it to the run user, or correct {column}"
            found.append(Finding(f"dba.{table} {name!r}: {column} {path} is no folder that can be written", fix))
    return found


def scripts(box: Box) -> list[Finding]:
    folder = box.settings.root / "jobscripts"
    with box.connection, box.connection.cursor() as cursor:
        found = [
            Finding(f"dba.tscheduler {task!r}: there is no script {script} in jobscripts/", "correct scriptpath, or set datastatusid to 2")
            for task, script in tables.scripts(cursor)
            if not (folder / script).is_file()
        ]
        for feed, procedure in tables.missing_procedures(cursor):
            text = f"dba.timportconfig {feed!r}: post_import_procedure {procedure}(bigint) does not exist"
            found.append(Finding(text, "create it, or correct the column"))
    return found


def report_queries(box: Box) -> list[Finding]:
    found = []
    with box.connection, box.connection.cursor() as cursor:
        names, queries = tables.active_reports(cursor), lineage.report_queries(cursor)
    with report_session(box.settings) as session:
        for number, name in names.items():
            for query in queries[number]:
                try:
                    read_rows(session, query, lambda columns, rows: None)  # opened, no row of it fetched
                except QueryError as error:
                    found.append(Finding(f"dba.treportmanager {name!r}: a query {str(error).partition('; ')[0]}", "correct the query"))
    return found


def unmatched_files(box: Box) -> list[Finding]:
    found, patterns_of = [], {box.settings.path("file_watcher"): []}
    for config in import_configs(box.connection):
        if not _fault(config.file_pattern):
            patterns_of.setdefault(box.settings.path(config.source_directory), []).append(re.compile(config.file_pattern))
    for folder, taken in patterns_of.items():
        strangers = _strangers(folder, taken) if folder.is_dir() else []
        if strangers:
            shown = ", ".join(strangers[:3]) + (", ..." if len(strangers) > 3 else "")
            fix = "correct file_pattern of the feed (it must fit the whole name), add a feed, or take the files away"
            found.append(Finding(f"{folder}: {len(strangers)} file(s) that no feed takes: {shown}", fix))
    return found


def _strangers(folder: Path, taken: Iterable[re.Pattern[str]]) -> list[str]:
    return [path.name for path in waiting_files(folder, _ANY) if not any(pattern.fullmatch(path.name) for pattern in taken)]


def known_hosts(box: Box) -> list[Finding]:
    with box.connection, box.connection.cursor() as cursor:
        found = tables.exchanges(cursor)
    if not found:
        return off("no SFTP exchange is active")
    fix = "ask the other side for its host key, compare it with ssh-keyscan HOST, and write it into host_key"
    return [
        Finding(f"dba.tsftpconfig {name!r}: no host key is pinned that OpenSSH knows", fix)
        for name, _, key in found
        if not key or not _HOST_KEY.fullmatch(key.strip())
    ]
