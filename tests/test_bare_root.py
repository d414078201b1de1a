"""install_dependencies.sh and configure_etl_user.sh in a bare Debian of their own, as root, with real users and files."""

import os
import re
import shutil
import subprocess
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


@pytest.fixture
def box(bare: Path, tmp_path: Path) -> Iterator[Callable[[str], subprocess.CompletedProcess]]:
    """Runs a shell script as root in a copy of the bare root that forgets what it did; /srv/etl is a checkout."""
    space, merged, checkout = (tmp_path / name for name in ("space", "merged", "checkout"))
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests"))

    def run(script: str) -> subprocess.CompletedProcess:
        stage = f"""set -e
mount -t tmpfs none {space}; mkdir {space}/upper {space}/work
mount -t overlay overlay -o lowerdir={bare},upperdir={space}/upper,workdir={space}/work {merged}
mount -t proc proc {merged}/proc; mount --rbind /dev {merged}/dev
cp /etc/resolv.conf /etc/hosts {merged}/etc/; cp -r {checkout} {merged}/srv/etl
exec chroot {merged} /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 /bin/bash -euc "$1" """
        return subprocess.run([*INSIDE, "bash", "-c", stage, "stage", script], capture_output=True, text=True, check=False, timeout=600)

    for folder in (space, merged):
        folder.mkdir()
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
    assert result.stdout.splitlines()[2:] == [
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
        "nothing to install: all 10 packages are there",
        "/usr/bin/psql",
        "/usr/bin/pg_dump",
        "/usr/bin/crontab",
        "/usr/bin/git",
    ]
