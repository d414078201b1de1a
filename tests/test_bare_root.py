"""The set-up scripts in a bare Debian of their own, as root: real users, files, packages, PostgreSQL, sudo and cron."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path("/var/cache/client_etl_tests/bare_root")
# Namespaces of its own: nothing that is mounted or started in there outlives the command.
INSIDE = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for debootstrap and chroot"),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="needs debootstrap: apt-get install debootstrap"),
]


def apt_source() -> tuple[str, str]:
    """Address and suite of this machine's own Debian archive, as apt knows them."""
    wanted = ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(CODENAME)", "Created-By: Packages"]
    for line in subprocess.run(wanted, capture_output=True, text=True, check=True).stdout.splitlines():
        address, suite = line.split("|")
        if re.fullmatch(r"[a-z]+", suite):
            return address, suite
    pytest.skip("apt knows no Debian archive on this machine")


@pytest.fixture(scope="module")
def bare() -> Path:
    """A minimal Debian with this machine's apt settings; made once, kept in a cache."""
    if not (CACHE / "etc/debian_version").exists():
        address, suite = apt_source()
        part = CACHE.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(parents=True, exist_ok=True)
        made = subprocess.run(["debootstrap", "--variant=minbase", suite, part, address], capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout[-2000:]
        shutil.rmtree(part / "etc/apt")
        shutil.copytree("/etc/apt", part / "etc/apt", symlinks=True)
        part.rename(CACHE)
    return CACHE


def write_pip_settings(folder: Path) -> None:
    """A pip.conf with this machine's package index and the certificates to trust it by."""
    pip = [sys.executable, "-m", "pip", "config", "get"]
    lines = ["[global]"]
    for name in ("index-url", "cert"):
        variable = os.environ.get("PIP_" + name.replace("-", "_").upper())
        value = variable or subprocess.run([*pip, f"global.{name}"], capture_output=True, text=True, check=False).stdout.strip()
        if value and name == "cert":
            shutil.copy(value, folder / "pip.crt")
            value = "/etc/pip.crt"
        lines += [f"{name} = {value}"] if value else []
    (folder / "pip.conf").write_text("\n".join([*lines, ""]))


@pytest.fixture
def box(bare: Path, tmp_path: Path) -> Iterator[Callable[[str], subprocess.CompletedProcess]]:
    """Runs a shell script as root in a copy of the bare root that forgets what it did; /srv/etl is a checkout."""
    space, merged, checkout, pip_settings = (tmp_path / name for name in ("space", "merged", "checkout", "pip"))
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests"))

    def run(script: str) -> subprocess.CompletedProcess:
        stage = f"""set -e
mount -t tmpfs none {space}; mkdir {space}/upper {space}/work
mount -t overlay overlay -o lowerdir={bare},upperdir={space}/upper,workdir={space}/work {merged}
mount -t proc proc {merged}/proc; mount --rbind /dev {merged}/dev
cp /etc/resolv.conf /etc/hosts {merged}/etc/; cp {pip_settings}/* {merged}/etc/; cp -r {checkout} {merged}/srv/etl
exec chroot {merged} /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 /bin/bash -euc "$1" """
        return subprocess.run([*INSIDE, "bash", "-c", stage, "stage", script], capture_output=True, text=True, check=False, timeout=900)

    for folder in (space, merged, pip_settings):
        folder.mkdir()
    write_pip_settings(pip_settings)
    if subprocess.run([*INSIDE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine allows root no namespaces of its own")
    yield run


def test_the_user_and_the_folders_are_as_they_should_be_twice(box):
    result = box("""
        umask 000
        mkdir -p /srv/etl/logs /srv/etl/archive/old; touch /srv/etl/logs/x.log /srv/etl/archive/old/a.csv /srv/etl/env.local.sh
        echo precious > /precious; chmod 600 /precious; ln -s /precious /srv/etl/archive/link
        useradd ann
        for round in 1 2; do bash /srv/etl/onboarding/sh/configure_etl_user.sh --member ann; done
        cd /srv/etl; stat -c '%a %U %G %n' \\
            . file_watcher archive archive/old archive/old/a.csv logs logs/x.log backups env.local.sh /precious
        id -nG ann; getent passwd etl_user | cut -d: -f7; ! bash onboarding/sh/configure_etl_user.sh --member nobody_there
        setpriv --reuid=ann --regid=ann --init-groups bash -c \\
            'umask 007; echo 1 > /srv/etl/file_watcher/f; stat -c "%a %G" /srv/etl/file_watcher/f'
    """)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[4:] == [
        "750 etl_user etl_group .",
        "2770 etl_user etl_group file_watcher",
        "2770 etl_user etl_group archive",
        "2770 etl_user etl_group archive/old",
        "660 etl_user etl_group archive/old/a.csv",
        "2750 etl_user etl_group logs",
        "640 etl_user etl_group logs/x.log",
        "700 etl_user etl_group backups",
        "600 etl_user etl_group env.local.sh",
        "600 root root /precious",
        "ann etl_group",
        "/usr/sbin/nologin",
        "660 etl_group",
    ]
    assert "there is no user nobody_there" in result.stderr


def test_the_packages_come_by_apt_and_a_second_run_installs_nothing(box):
    result = box("""
        printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
        bash /srv/etl/onboarding/sh/install_dependencies.sh --dry-run
        bash /srv/etl/onboarding/sh/install_dependencies.sh >/tmp/first 2>&1 || { tail -20 /tmp/first; exit 1; }
        bash /srv/etl/onboarding/sh/install_dependencies.sh
        python3 -m venv --help >/dev/null; command -v psql pg_dump crontab git
    """)
    assert result.returncode == 0, result.stdout + result.stderr
    first, *rest = result.stdout.splitlines()
    assert re.match("would install: .*postgresql.*python3-venv", first)
    assert rest == [
        "nothing to install: all 11 packages are there",
        "/usr/bin/psql",
        "/usr/bin/pg_dump",
        "/usr/bin/crontab",
        "/usr/bin/git",
    ]


START = "pg_ctlcluster $(pg_lsclusters -h | head -1 | cut -d' ' -f1,2) start; cron\n"  # in a chroot no service starts by itself
STEPS = re.search(r"## A production box\n.*?```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL).group(1)
PRODUCTION = (
    r"""
exec 2>&1
{ apt-get update; apt-get install -y --no-install-recommends git sudo systemd; } >/tmp/log || { tail -20 /tmp/log; exit 1; }
useradd ann
commit() { git -C /srv/etl add -A; git -C /srv/etl -c user.name=x -c user.email=x@example.com commit -qm "$1"; }
git config --system safe.directory '*'  # the address to pull from is a folder of root's in here
git init -q -b main /srv/etl; printf '.venv/\n*.pyc\n' > /srv/etl/.gitignore; commit first
"""
    + re.sub(r"(install_dependencies.sh) .*\n", rf"\1 >/tmp/log\n{START}", STEPS.replace("ADDRESS", "/srv/etl"))
    + r"""
sudo bash onboarding/sh/system_postgres.sh
stat -c 'cron file %a %U' /etc/cron.d/etl_jobs
job() { sudo -u etl_user bash jobscripts/run_python_etl_script.sh "$@"; }
sql() { sudo -u etl_user bash -c 'source env.sh && psql -X -q -At -v ON_ERROR_STOP=1 -c "$1"' sh "$1"; }

echo '=== what sudo allows'
before=$(sha256sum /etc/cron.d/etl_jobs)
as() { setpriv --reuid="$1" --regid="$(id -g "$1")" --init-groups "${@:2}" && echo TAKEN || echo refused; }
offer() { printf "$1" | as etl_user sudo -n /usr/local/sbin/client_etl_install_cron "${@:2}"; }
offer '* * * * * root /bin/id\n'
offer '@reboot root /bin/id\n'
offer ' * * * * * root /bin/id\n'
offer '*\t*\t*\t*\t*\troot\t/bin/id\n'
offer '# x\r* * * * * root /bin/id\n'
offer '* * * * * etl_user /bin/id\0\n'
offer '* * * * * etl_user /bin/id\n* * * * * root /bin/id\n'
offer '* * * * * etl_user /bin/id'
offer ''
offer '* * * * * etl_user /bin/id\n' /etc/passwd
as etl_user sudo -n id
as ann sudo -n /usr/local/sbin/client_etl_install_cron </etc/cron.d/etl_jobs
[[ $before == "$(sha256sum /etc/cron.d/etl_jobs)" ]] && echo 'the cron file is as it was'
ls -A /etc/cron.d | grep etl
visudo -cq && stat -c 'sudo rule %a %U' /etc/sudoers.d/client_etl

echo '=== cron runs a job'
sql "INSERT INTO dba.timportconfig (config_name, datasource, datasettype, file_pattern, target_table, metadata_label_source,
    metadata_label_location, dateconfig) VALUES ('orders', 'Acme', 'Orders', '.*orders[.]csv', 'feeds.orders', 'static', 'x', 'mtime')"
sql "UPDATE dba.tscheduler SET datastatusid = CASE scriptpath WHEN 'run_import_job.py' THEN 1 ELSE 2 END"
sql "UPDATE dba.tscheduler SET frequency = '* * * * *' WHERE scriptpath = 'run_import_job.py'"
job update_cron_jobs.py | tail -1
setpriv --reuid=ann --regid=ann --init-groups bash -c 'umask 007; printf "id,amount\n00601,2.5\n" > file_watcher/orders.csv'
for _ in {1..150}; do [[ $(sql "SELECT count(*) FROM dba.timportfile") == 0 ]] || break; sleep 1; done
sleep 1
sql "SELECT file_name, status, rows_loaded FROM dba.timportfile"
sql "SELECT id, amount FROM feeds.orders"
sql "SELECT DISTINCT user_name FROM dba.tjobrun WHERE job = 'run_import_job'"
stat -c '%U %G %a %n' archive/orders.csv
kill "$(cat /run/crond.pid)"

echo '=== backup and upgrade'
job daily_backup.sh | sed 's/ [0-9].*//'
job restore_check.sh | tail -1 | cut -c1-40
cd /srv/etl; sed -i 's/^grants.sql/later.sql\n&/' onboarding/sql/order.txt
printf '\\ir common.sql\nSET ROLE :"etl_owner"; CREATE TABLE IF NOT EXISTS dba.tlater (id int);\n' > onboarding/sql/later.sql; commit later
cd /srv/client-etl; sudo -u etl_user bash onboarding/sh/upgrade.sh --dry-run | cut -d' ' -f2-
sql "SELECT to_regclass('dba.tlater') IS NULL"
sudo -u etl_user bash onboarding/sh/upgrade.sh | grep upgrade
sql "SELECT to_regclass('dba.tlater') IS NULL, (SELECT count(*) FROM feeds.orders)"
sql "SELECT count(*) FROM dba.tbackup WHERE status = 'done'"
cd /srv/etl; echo 'SELECT 1 / 0;' >> onboarding/sql/later.sql; commit broken
cd /srv/client-etl; sudo -u etl_user bash onboarding/sh/upgrade.sh >/tmp/log 2>&1 && echo TAKEN || { echo "exit code $?"; cat /tmp/log; }
sql "SELECT count(*) FROM feeds.orders"
cd /srv/etl; sed -i '$d' onboarding/sql/later.sql; commit mended
cd /srv/client-etl; sudo -u etl_user bash onboarding/sh/upgrade.sh | grep -c upgraded
echo '# mine' >> README.md; sudo -u etl_user bash onboarding/sh/upgrade.sh && echo TAKEN || echo refused
sql "SELECT count(*) FROM dba.tbackup WHERE status = 'done'"

sudo -u etl_user bash onboarding/sh/sql_setupscripts.sh --dry-run | head -2

echo '=== a person at the box'
printf '%s\n' n n y n n n | bash onboarding/sh/CL_onboarding.sh 2>/tmp/log | sed 's/.*] //' | grep installed
bash onboarding/sh/CL_onboarding.sh --dry-run | grep jq
sudo -u etl_user bash onboarding/sh/gmail_api.sh | head -1; stat -c '%a %U %n' systemscripts/credentials.json

echo '=== no sleep'
bash onboarding/sh/disable_power_saving.sh
readlink /etc/systemd/system/sleep.target /etc/systemd/system/hibernate.target; grep -c =ignore /etc/systemd/logind.conf.d/client-etl.conf
bash onboarding/sh/disable_power_saving.sh --undo; ls /etc/systemd/system/sleep.target /etc/systemd/logind.conf.d/* 2>/dev/null || echo gone
"""
)


def test_the_production_path_from_a_bare_machine_to_an_upgrade(box):
    """Step by step as in the README; the checkout that is pulled from gets a new table, then a mistake, then its correction."""
    result = box(PRODUCTION)
    print(result.stdout)
    assert result.returncode == 0
    setup, sudo, job, upgrade, person, sleep = re.split(r"=== .*\n", result.stdout)
    assert re.search(r"PostgreSQL \d\d", setup) and "sleep is masked" in setup
    assert "/etc/cron.d/etl_jobs: written, 16 job(s), run by etl_user\n" in setup and setup.endswith("cron file 644 root\n")
    assert "TAKEN" not in result.stdout
    assert sudo.count("is refused and /etc/cron.d/etl_jobs is as it was") == 9
    assert sudo.count("sudo: a password is required\nrefused") == 3
    assert sudo.endswith("the cron file is as it was\netl_jobs\nsudo rule 440 root\n")
    assert job.splitlines() == [
        "/etc/cron.d/etl_jobs: written, 3 job(s), run by etl_user",
        "orders.csv|Loaded|1",
        "00601|2.5",
        "etl_user",
        "ann etl_group 660 archive/orders.csv",
    ]
    backup, proven, *lines = upgrade.splitlines()
    assert backup.startswith("backup: /srv/client-etl/backups/client_etl_") and proven.startswith("proven: ")
    assert lines[:3] == ["fetch", "be pulled:", "later"] and lines[3] == "t", "a dry run pulls nothing"
    steps = [f"upgrade: {step}" for step in ("fetch", "backup", "pull", "Python packages", "schema")]
    assert lines[4:9] == steps and re.match("upgraded to .* later. Now: ", lines[9])
    assert lines[10:13] == ["f|1", "2", "exit code 1"]
    assert re.search(r"later.sql:3: ERROR:  division by zero\n.*later.sql failed and changed nothing.*\nupgrade.sh: schema failed", upgrade)
    *lines, dry, first = lines
    assert lines[-5:-3] == ["1", "1"], "the rows are there, and the next upgrade goes through"
    assert "has changes of its own; nothing was done" in lines[-3] and lines[-2:] == ["refused", "4"]
    assert (dry, first) == ("would run on database client_etl as client_etl_setup:", "  roles.sql")
    assert person.splitlines() == [
        "installed: jq",
        "jq: is there",
        "Next, in https://console.cloud.google.com/ :",
        "600 etl_user systemscripts/credentials.json",
    ]
    assert sleep.splitlines() == [
        "sleep is masked; the lid setting counts after the next restart",
        *["/dev/null"] * 2,
        "3",
        "sleep is unmasked; the lid setting counts after the next restart",
        "gone",
    ]
