"""The door to cron: its files and crontabs, its clock, and whether the run user could start a job."""

import os
import pwd
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from cron_table import WRAPPER, CronRow, Place, cron_file, split_crontab, user_block
from directory_management import write_whole
from errors import ConfigError, EtlError

CRON_FILE = Path("/etc/cron.d/etl_jobs")
_INSTALLER = Path("/usr/local/sbin/client_etl_install_cron")  # what configure_etl_user.sh lets etl_user run as root
_SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# Said by sh as the run user, because only that user's rights count when cron starts the job.
_START_CHECK = """
[ -r "$1" ] && [ -x "$1" ] || { echo "read and run $1"; exit; }
[ -w "$2" ] && [ -x "$2" ] || { echo "write to the folder $2"; exit; }
[ ! -e "$2/cron.log" ] || [ -w "$2/cron.log" ] || { echo "write to $2/cron.log"; exit; }
[ ! -e "$3" ] || [ -O "$3" ] || { echo "use the logins in $3, which belong to $(stat -c %U "$3")"; exit; }
"""


@dataclass(frozen=True)
class CronTarget:
    """A cron table of this machine: its name for the operator; how it is rendered, read ('' when absent), replaced.

    `user` is whom the lines name (None: the table is their own); `fault` says why cron would ignore what lies there.
    """

    name: str
    user: str | None
    render: Callable[[Iterable[CronRow], Place, datetime], str]
    read: Callable[[], str]
    write: Callable[[str], None]
    fault: Callable[[], str | None] = lambda: None


def run_user(wanted: str | None, home: Path) -> str:
    """The name of the user to run the jobs as: the one asked for, else the owner of ETL_HOME.

    Raises ConfigError for root and for a user that this machine does not have.
    """
    try:
        entry = pwd.getpwnam(wanted) if wanted else pwd.getpwuid(home.stat().st_uid)
    except KeyError as error:
        who = repr(wanted) if wanted else f"the owner of {home}"
        raise ConfigError(f"{who} is not a user of this machine; name one that is with --run-user") from error
    if entry.pw_uid == 0:
        why = "root was asked for" if wanted else f"root owns {home}"
        raise ConfigError(
            f"jobs never run as root, and {why}; give the folder to an ordinary user "
            f"(useradd --system etl && chown -R etl: '{home}'), or name a user with --run-user or ETL_RUN_USER"
        )
    return entry.pw_name


def start_problem(place: Place) -> str | None:
    """Why the run user could not start a job or log its output, with the fix; None when it could, or we cannot look."""
    entry = pwd.getpwnam(place.user)
    if os.geteuid() not in (0, entry.pw_uid):
        return None
    files = (f"{place.root}/{WRAPPER}", f"{place.home}/logs", f"{place.home}/env.local.sh")
    become = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": os.getgrouplist(entry.pw_name, entry.pw_gid)}
    answer = subprocess.run(
        ["/bin/sh", "-c", _START_CHECK, "sh", *files],
        cwd="/", capture_output=True, text=True, **become if os.geteuid() == 0 else {},
    )  # fmt: skip
    lacks = (answer.stdout or answer.stderr).strip()
    return f"user {place.user} cannot {lacks}; give it that right, or take another --run-user" if lacks else None


def cron_is_installed() -> bool:
    """True when this machine has a cron daemon."""
    return any(shutil.which(name, path=_SYSTEM_PATH) for name in ("cron", "crond"))


def cron_zone() -> ZoneInfo:
    """The zone of the machine's clock, which is the one cron goes by."""
    clock = Path("/etc/localtime")
    if not clock.exists():
        return ZoneInfo("UTC")
    with clock.open("rb") as file:
        return ZoneInfo.from_file(file, key=str(clock.resolve()).rpartition("/zoneinfo/")[2])


def file_target(path: Path, user: str) -> CronTarget:
    """A file for /etc/cron.d. Raises ConfigError for a name that cron ignores."""
    if path.absolute().parent == CRON_FILE.parent and "." in path.name:
        raise ConfigError(f"cron ignores files in {path.parent} with a dot in the name; take another than {path.name}")
    if os.path.isdir(path):
        raise ConfigError(f"{path} is a folder; name a file in it, for example {path / CRON_FILE.name}")
    read, write, fault = (partial(act, path) for act in (_read_file, _write_file, _file_fault))
    return CronTarget(str(path), user, cron_file, read, write, fault)


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; choose another file with --output") from error


def _write_file(path: Path, text: str) -> None:
    """Replace the file whole; its temporary name starts with a dot, and cron does not see such names."""
    # cron looks at the start of a minute and compares whole seconds: a change in that same second it would never see
    while int(time.time()) % 60 == 0:
        time.sleep(0.1)
    try:
        write_whole(path, text.encode(), mode=0o644, overwrite=True)
    except PermissionError as error:
        if path == CRON_FILE and _INSTALLER.exists():
            _install(text)
            return
        raise ConfigError(
            f"{path} cannot be written by this user and is as it was; use --user-crontab, "
            f"or --output FILE and then: sudo install -m 644 FILE {path}"
        ) from error
    except OSError as error:
        raise EtlError(f"{path} cannot be written and is as it was: {error.strerror}; mend that, run this again") from error


def _install(text: str) -> None:
    answer = subprocess.run(["sudo", "-n", _INSTALLER], input=text, capture_output=True, encoding="utf-8", errors="surrogateescape")
    if answer.returncode:
        raise ConfigError(f"{CRON_FILE} is as it was: {answer.stderr.strip()}; run this as etl_user, or as root")


def _file_fault(path: Path) -> str | None:
    if path.absolute().parent != CRON_FILE.parent or not os.path.lexists(path):
        return None
    facts = path.lstat()
    if facts.st_uid != 0 or not stat.S_ISREG(facts.st_mode):
        return "is not a plain file of root, so cron ignores it; run update_cron_jobs.py as root"
    if facts.st_mode & 0o022:
        return "can be written by others than root, so cron ignores it; run update_cron_jobs.py as root"
    return None


def crontab_target(place: Place) -> CronTarget:
    """The run user's own crontab, of which only our marked block is read and replaced."""
    own = pwd.getpwnam(place.user).pw_uid == os.geteuid()
    if not own and os.geteuid() != 0:
        raise ConfigError(f"only {place.user} or root can write the crontab of {place.user}; run this as {place.user}")
    command = ["crontab"] if own else ["crontab", "-u", place.user]

    def parts() -> tuple[str, str, str]:
        return split_crontab(_list_crontab(command), place.home)

    def write(block: str) -> None:
        before, _, after = parts()
        answer = _crontab([*command, "-"], before + block + after)
        if answer.returncode:
            raise EtlError(f"crontab refused the table, which is as it was: {answer.stderr.strip()}")

    return CronTarget(f"the crontab of {place.user}", None, user_block, lambda: parts()[1], write)


def _list_crontab(command: list[str]) -> str:
    answer = _crontab([*command, "-l"])
    if answer.returncode == 0:
        return answer.stdout
    if answer.stderr.startswith("no crontab for"):
        return ""
    # anything else must not pass for an empty table: the user's own lines would be lost
    raise EtlError(f"{' '.join(command)} -l failed: {answer.stderr.strip()}; the crontab is as it was")


def _crontab(command: list[str], text: str = "") -> subprocess.CompletedProcess:
    try:
        return subprocess.run(command, input=text, capture_output=True, encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError as error:
        raise ConfigError("there is no crontab program on this machine; run: sudo apt-get install cron") from error
