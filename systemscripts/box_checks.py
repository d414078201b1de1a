"""The doctor's checks of the machine: folders, secrets, cron, disk, clock, Gmail's token, the mail server."""

import json
import os
import pwd
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import health_tables as tables
from cron_jobs import Request, update_cron_jobs
from cron_system import cron_zone
from errors import EtlError
from findings import Box, Finding, off
from mailer import try_login

FOLDERS = ("file_watcher", "archive", "logs", "outbox")
GMAIL_SCOPE = "https://www.googleapis.com/auth/gmail.modify"
DAYS_LEFT, SPARE_BYTES = 14, 1 << 30
# Google forgets a refresh token that was not used for six months: https://developers.google.com/identity/protocols/oauth2#expiration
TOKEN_DAYS = 180


def folders(box: Box) -> list[Finding]:
    found, owner = [], box.settings.home.stat().st_uid
    for path in (box.settings.home / name for name in FOLDERS):
        if not path.is_dir():
            found.append(Finding(f"{path} is missing", f"mkdir -m 770 '{path}'"))
        elif path.stat().st_uid != owner:
            found.append(Finding(f"{path} belongs to {_user(path)}", f"sudo chown -R {_user(box.settings.home)}: '{path}'"))
        elif path.stat().st_mode & 0o002:
            found.append(Finding(f"everybody may write to {path}", f"chmod o-w '{path}'"))
        elif not os.access(path, os.W_OK | os.X_OK):
            found.append(Finding(f"{path} cannot be written by {_user_now()}", f"chmod u+rwx '{path}', or work as {_user(path)}"))
    return found


def _user(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return str(path.stat().st_uid)


def _user_now() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def secrets(box: Box) -> list[Finding]:
    return [
        Finding(f"others than its owner may read {path} (mode {path.stat().st_mode & 0o777:03o})", f"chmod 600 '{path}'")
        for path in _secret_files(box)
        if path.is_file() and path.stat().st_mode & 0o077
    ]


def _secret_files(box: Box) -> list[Path]:
    home, root = box.settings.home, box.settings.root
    files = [folder / name for folder in dict.fromkeys((home, root)) for name in ("env.local.sh", "credentials.json")]
    files.append(box.settings.gmail_token)
    files += sorted((home / "backups").glob("*.dump*"))
    if box.connection:
        with box.connection, box.connection.cursor() as cursor:
            files += [box.settings.path(key_file) for _, key_file, _ in tables.exchanges(cursor)]
    return files


def cron_daemon(box: Box) -> list[Finding]:
    for name in box.proc.glob("[0-9]*/comm"):
        try:
            if name.read_text().strip() in ("cron", "crond"):
                return []
        except OSError:  # it ended while we looked
            continue
    return [Finding("cron is not running, so nothing starts by itself", "sudo systemctl enable --now cron")]


def cron_table(box: Box) -> list[Finding]:
    settings = box.settings
    in_file = box.cron_file.exists()
    request = Request(output=box.cron_file if in_file else None, user_crontab=not in_file, run_user=settings.run_user, check=True)
    update = "run update_cron_jobs.py" + ("" if in_file else " (--user-crontab without root)")
    try:
        outcome = update_cron_jobs(settings, box.connection, request)
    except EtlError as error:
        return [Finding(str(error), update)]
    return [Finding(outcome.message.partition("; ")[0], update)] if outcome.failed else []


def disk(box: Box) -> list[Finding]:
    free = shutil.disk_usage(box.settings.home).free
    per_day = 0.0
    if box.connection:
        with box.connection, box.connection.cursor() as cursor:
            per_day = 2 * tables.bytes_per_day(cursor)  # once in the archive, once in the database
    days = free / per_day if per_day else float("inf")
    if days >= DAYS_LEFT and free >= SPARE_BYTES:
        return []
    room = f"{free / 1e9:.1f} GB free" + (f", enough for {days:.0f} day(s) of what has come in lately" if per_day else "")
    return [Finding(f"{box.settings.home}: {room}", f"move old files out of {box.settings.home / 'archive'}, or add disk space")]


def clock(box: Box) -> list[Finding]:
    found, zone = [], cron_zone()
    halves = [datetime(box.now.year, month, 1) for month in (1, 7)]
    if any(zone.utcoffset(half) != box.settings.timezone.utcoffset(half) for half in halves):
        fix = f"sudo timedatectl set-timezone {box.settings.timezone.key}, or ETL_TIMEZONE='{zone.key}' in env.local.sh"
        found.append(Finding(f"cron goes by the machine's zone {zone.key}, reports by ETL_TIMEZONE {box.settings.timezone.key}", fix))
    if box.connection:
        with box.connection, box.connection.cursor() as cursor:
            newest = tables.newest_run(cursor)
        if newest and newest > box.now + timedelta(minutes=2):
            began = newest.astimezone(box.now.tzinfo)
            text = f"the clock is behind: it shows {box.now:%Y-%m-%d %H:%M}, a run on record began {began:%Y-%m-%d %H:%M}"
            found.append(Finding(text, "sudo timedatectl set-ntp true"))
    return found


def gmail_token(box: Box) -> list[Finding]:
    path = box.settings.gmail_token
    if box.settings.mailbox != "gmail":
        return off(f"mail comes from {box.settings.mailbox}")
    renew = f"bash {box.settings.root}/jobscripts/run_python_etl_script.sh test_oauth_gmail_headless.py"
    if not path.is_file():
        return [Finding(f"{path} is missing, so Gmail cannot be read", renew)]
    try:
        token = json.loads(path.read_text(encoding="utf-8"))
        lacks = [name for name in ("refresh_token", "client_id", "client_secret") if not token.get(name)]
        scopes = token.get("scopes") or []
    except (ValueError, AttributeError, OSError):
        return [Finding(f"{path} is not a token file", renew)]
    age = (box.now.astimezone(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC)).days
    found = [Finding(f"{path} lacks {', '.join(lacks)}", renew)] if lacks else []
    if GMAIL_SCOPE not in (scopes.split() if isinstance(scopes, str) else scopes):
        found.append(Finding(f"{path} does not allow to read and label mail ({GMAIL_SCOPE})", renew))
    if age > TOKEN_DAYS:
        found.append(Finding(f"{path} has not been renewed for {age} days; Google forgets it after {TOKEN_DAYS}", renew))
    return found


def mail_server(box: Box) -> list[Finding]:
    if not box.settings.smtp_host:
        return off("ETL_SMTP_HOST is not set, mails go to outbox/")
    try:
        try_login(box.settings)
    except EtlError as error:
        return [Finding(str(error), "correct ETL_SMTP_HOST, ETL_SMTP_PORT, ETL_EMAIL or ETL_EMAIL_PASSWORD in env.local.sh")]
    return []
