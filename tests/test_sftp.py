"""The SFTP exchange on a real, chrooted OpenSSH server, with a line that is cut at half and a run that is killed."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import sftp_transfers
from conftest import ROOT, free_port
from db_config import connect
from errors import AuthError, BusyError, ConfigError, SourceError, TimeLimitError
from run_history import try_lock
from schema_rows import insert, rows
from sftp_transfers import Exchange, exchange_files

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = [
    pytest.mark.skipif(SSHD is None, reason="needs sshd (Debian package openssh-server)"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: sshd puts its user into a chroot"),
]
USER = "nobody"
BIG = os.urandom(3_000_000)

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
AuthorizedKeysFile {home}/login.pub
LogLevel VERBOSE
Subsystem sftp internal-sftp
ChrootDirectory {home}/root
ForceCommand internal-sftp {options}
"""


@dataclass
class Sshd:
    """A running server; `proxy` is a line to it that breaks once after `cut_after` bytes, counted in both directions."""

    home: Path
    port: int
    proxy: int
    cut_after: int | None = None
    silent: bool = False  # then the line does not break, it swallows everything
    lines: list[socket.socket] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.home / "root" / "out"

    @property
    def host_key(self) -> str:
        return " ".join((self.home / "host.pub").read_text().split()[:2])

    @property
    def log(self) -> str:
        return (self.home / "log").read_text()

    def put(self, name: str, data: bytes) -> Path:
        path = self.out / name
        path.write_bytes(data)
        shutil.chown(path, USER)
        return path

    def pump(self, source: socket.socket, target: socket.socket, cut: threading.Event) -> None:
        """Hand bytes on. A cut line hands on no more, but lets either side take what it was sent, as a network does."""
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 14):
                if cut.is_set():
                    continue
                if self.cut_after is not None:
                    self.cut_after -= len(data)
                    if self.cut_after < 0:
                        cut.set()
                        if self.silent:
                            continue
                        self.cut_after = None
                        for line in (source, target):
                            line.shutdown(socket.SHUT_WR)
                        continue
                target.sendall(data)
        for line in (source, target):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.port))
                self.lines += [near, far]
                cut = threading.Event()
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self.pump, args=(*pair, cut), daemon=True).start()


def wait_for(port: int) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            line.recv(1)
            return
        time.sleep(0.05)
    raise AssertionError("sshd did not start")


def make_key(path: Path, kind: str = "ed25519") -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", path], check=True)


@contextlib.contextmanager
def running(options: str = "") -> Iterator[Sshd]:
    home = Path(tempfile.mkdtemp(prefix="etl-test-sftp-", dir="/var/lib"))  # chroot: nobody else may write to any folder above
    home.chmod(0o755)
    Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "login"):
        make_key(home / name)
    for folder in ("out", "out/done"):
        (home / "root" / folder).mkdir(parents=True)
        shutil.chown(home / "root" / folder, USER)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        one = Sshd(home, free_port(), listener.getsockname()[1])
        (home / "config").write_text(CONFIG.format(home=home, port=one.port, options=options))
        process = subprocess.Popen([SSHD, "-D", "-f", home / "config", "-E", home / "log"])
        try:
            wait_for(one.port)
            threading.Thread(target=one.serve, args=(listener,), daemon=True).start()
            yield one
        finally:
            process.terminate()
            process.wait(30)
            for line in one.lines:
                line.close()
            shutil.rmtree(home)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sshd]:
    with running() as one:
        yield one


@pytest.fixture
def sshd(shared: Sshd) -> Iterator[Sshd]:
    yield shared
    shared.cut_after, shared.silent = None, False
    for path in shared.out.rglob("*"):
        if not path.is_dir():
            path.unlink()


@pytest.fixture
def made(settings, database):
    """made(sshd, direction='pull', ...) writes the row and gives a function that makes an Exchange of it, as a new run does."""
    with contextlib.ExitStack() as stack:

        def make(sshd: Sshd, **changes):
            row = {"host": "127.0.0.1", "port": sshd.proxy, "username": USER, "key_file": str(sshd.home / "login"), "settle_seconds": 0}
            insert(database, "tsftpconfig", **row | {"host_key": sshd.host_key, "remote_path": "/out", "timeout_seconds": 20} | changes)
            database.commit()

            def exchange() -> Exchange:
                connection = stack.enter_context(contextlib.closing(connect(settings)))
                return Exchange.of(settings, connection, "00000000-0000-4000-8000-000000000001", "client")

            return exchange

        yield make


def run(make) -> object:
    exchange = make()
    with contextlib.closing(exchange.connection):
        return exchange_files(exchange)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def statuses(database) -> list[str]:
    database.rollback()
    return [row[0] for row in rows(database, "SELECT status FROM dba.tsftptransfer ORDER BY sftptransferid")]


@pytest.fixture
def watched(settings) -> Path:
    return settings.home / "file_watcher"


def test_new_files_are_fetched_once(sshd, made, watched, database):
    sshd.put("a.csv", b"a\n1\n")
    sshd.put("empty.csv", b"")
    for name in ("b.csv.part", ".hidden", "x.filepart"):
        sshd.put(name, b"half")
    exchange = made(sshd)
    assert (run(exchange).done, run(exchange).done) == (2, 0)
    assert names(watched) == ["a.csv", "empty.csv"] and (watched / "a.csv").read_bytes() == b"a\n1\n"
    (watched / "a.csv").unlink()  # the importer took it
    assert run(exchange).done == 0 and names(watched) == ["empty.csv"]
    os.utime(sshd.put("a.csv", b"a\n2\n"), (1_700_000_000,) * 2)
    assert run(exchange).done == 1 and (watched / "a.csv").read_bytes() == b"a\n2\n"
    assert statuses(database) == ["done"] * 3


@pytest.mark.parametrize("wrong", ["ed25519", "rsa", "fingerprint"])
def test_another_host_key_is_refused_before_the_login(sshd, made, tmp_path, wrong):
    make_key(tmp_path / "other", "ed25519" if wrong == "fingerprint" else wrong)
    other = " ".join((tmp_path / "other.pub").read_text().split()[:2])
    shown = subprocess.run(["ssh-keygen", "-lf", sshd.home / "host.pub"], capture_output=True, text=True, check=True).stdout.split()[1]
    seen = len(sshd.log)
    with pytest.raises(ConfigError, match="refused before the login") as caught:
        run(made(sshd, host_key="SHA256:" + "a" * 43 if wrong == "fingerprint" else other))
    assert shown in str(caught.value) and sshd.host_key in str(caught.value)
    limit = time.monotonic() + 30
    while "preauth" not in sshd.log[seen:] and time.monotonic() < limit:
        time.sleep(0.05)
    new = sshd.log[seen:]
    assert "Connection from" in new and "preauth" in new and "publickey" not in new and "Accepted" not in new


def test_a_fingerprint_can_be_pinned(sshd, made, watched):
    sshd.put("a.csv", b"1")
    shown = subprocess.run(["ssh-keygen", "-lf", sshd.home / "host.pub"], capture_output=True, text=True, check=True).stdout.split()[1]
    assert run(made(sshd, host_key=shown)).done == 1 and names(watched) == ["a.csv"]


def test_a_refused_or_open_key_says_so(sshd, made, tmp_path):
    make_key(tmp_path / "stranger")
    exchange = made(sshd, key_file=str(tmp_path / "stranger"))
    with pytest.raises(AuthError, match="refuses user 'nobody'"):
        run(exchange)
    (tmp_path / "stranger").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        run(exchange)


def test_nobody_listens(sshd, made):
    with pytest.raises(SourceError, match="cannot be used"):
        run(made(sshd, port=free_port()))


@pytest.mark.parametrize("direction", ["pull", "push"])
def test_a_line_cut_at_half_is_gone_on_with(sshd, made, watched, database, direction):
    source, target = (sshd.out, watched) if direction == "pull" else (watched, sshd.out)
    (source / "big.csv").write_bytes(BIG)
    exchange = made(sshd, direction=direction)
    sshd.cut_after = len(BIG) // 2
    with pytest.raises(SourceError, match="broke at"):
        run(exchange)
    assert "big.csv" not in names(target)
    part = next(path for path in target.iterdir() if ".part" in path.name)
    assert part.stat().st_size < len(BIG) and BIG.startswith(part.read_bytes())
    part.write_bytes(BIG[: len(BIG) // 2])  # how much is still taken of what had come over the line is chance
    sshd.cut_after = len(BIG)  # less than half is left: a start from zero would be cut again
    assert run(exchange).done == 1
    assert names(target) == ["big.csv"] and (target / "big.csv").read_bytes() == BIG
    assert run(exchange).done == 0 and statuses(database) == ["failed", "done"]


def test_a_goodbye_over_a_cut_line_does_not_hide_what_happened(sshd, made, watched, monkeypatch):
    def cut(self) -> None:
        raise EOFError

    (sshd.out / "big.csv").write_bytes(BIG)
    exchange = made(sshd)
    sshd.cut_after = len(BIG) // 2
    monkeypatch.setattr("paramiko.SFTPClient.close", cut)
    with pytest.raises(SourceError, match="broke at"):
        run(exchange)


@pytest.mark.parametrize("direction", ["pull", "push"])
def test_a_silent_line_is_given_up(sshd, made, watched, direction):
    source, target = (sshd.out, watched) if direction == "pull" else (watched, sshd.out)
    (source / "big.csv").write_bytes(BIG)
    exchange = made(sshd, direction=direction, timeout_seconds=3)
    sshd.cut_after, sshd.silent = len(BIG) // 2, True
    with pytest.raises(SourceError, match="no answer in time"):
        run(exchange)
    sshd.cut_after, sshd.silent = None, False
    assert run(exchange).done == 1 and (target / "big.csv").read_bytes() == BIG


@pytest.mark.parametrize("direction", ["pull", "push"])
@pytest.mark.parametrize("moment", ["before the name", "after the name", "on record"])
def test_a_run_killed_at_the_rename_moves_the_file_once(sshd, made, watched, database, monkeypatch, direction, moment):
    source, target = (sshd.out, watched) if direction == "pull" else (watched, sshd.out)
    (source / "a.csv").write_bytes(b"1")
    exchange = made(sshd, direction=direction)

    class Killed(BaseException):
        pass

    def killed(*args):
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "before the name" and direction == "pull":
            patch.setattr(sftp_transfers.os, "rename", killed)
        elif moment == "before the name":
            patch.setattr(sftp_transfers.SftpSession, "publish", killed)
        elif moment == "after the name":
            patch.setattr(sftp_transfers.ledger, "finish_transfer", killed)
        else:
            patch.setattr(sftp_transfers, f"_after_{direction}", killed)
        with pytest.raises(Killed):
            run(exchange)
    if moment != "before the name":
        (target / "a.csv").unlink()  # the other side took it meanwhile
    run(exchange)
    assert names(target) == (["a.csv"] if moment == "before the name" else [])
    assert statuses(database) == ["done"]


@pytest.mark.parametrize("direction", ["pull", "push"])
@pytest.mark.parametrize("after", ["keep", "delete"])
def test_runs_killed_at_any_moment_move_each_file_once(sshd, made, watched, settings, job_env, direction, after):
    moment = random.Random(f"{direction} {after}")
    source, target = (sshd.out, watched) if direction == "pull" else (watched, sshd.out)
    sent = {f"{number}.csv": moment.randbytes(moment.randrange(200_000)) for number in range(60)}
    for name, content in sent.items():
        (source / name).write_bytes(content)
        shutil.chown(source / name, USER if direction == "pull" else "root")
    made(sshd, direction=direction, after_transfer=after)
    taken: list[tuple[str, bytes]] = []
    command = [sys.executable, ROOT / "jobscripts" / "sftp_exchange.py", "client"]
    for kill in [True] * 20 + [False] * 10:
        with subprocess.Popen(command, env=job_env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            if kill:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(moment.uniform(0.25, 0.5))
                process.kill()
        for path in target.glob("*.csv"):  # whoever waits for the files takes them at once
            taken.append((path.name, path.read_bytes()))
            path.unlink()
        if process.returncode == 0:
            break
    assert process.returncode == 0, "a run to the end"
    assert sorted(taken) == sorted(sent.items())
    assert names(target) == [] and names(source) == ([] if after == "delete" else sorted(sent))


@pytest.mark.parametrize("after", ["delete", "move"])
def test_the_fetched_original_goes(sshd, made, watched, after):
    (sshd.out / "done" / "a.csv").write_bytes(b"older")
    sshd.put("a.csv", b"1")
    exchange = made(sshd, after_transfer=after, after_transfer_path="/out/done" if after == "move" else None)
    assert run(exchange).done == 1 and names(sshd.out) == []
    assert names(sshd.out / "done") == (["a.csv", "a_2.csv"] if after == "move" else ["a.csv"])
    assert (watched / "a.csv").read_bytes() == b"1"


@pytest.mark.parametrize("after", ["delete", "move"])
def test_the_brought_original_goes(sshd, made, settings, watched, after):
    (watched / "r.pdf").write_bytes(b"1")
    made_row = made(sshd, direction="push", after_transfer=after, after_transfer_path="archive/sent" if after == "move" else None)
    assert run(made_row).done == 1 and names(watched) == [] and names(sshd.out) == ["r.pdf"]
    assert after == "delete" or names(settings.home / "archive/sent") == ["r.pdf"]


def test_another_version_is_not_mixed_with_half_of_the_old_one(sshd, made, watched):
    sshd.put("big.csv", BIG)
    exchange = made(sshd)
    sshd.cut_after = len(BIG) // 2
    with pytest.raises(SourceError):
        run(exchange)
    sshd.put("big.csv", b"new" + BIG)
    assert run(exchange).done == 1 and (watched / "big.csv").read_bytes() == b"new" + BIG
    assert names(watched) == ["big.csv"]


def test_a_growing_file_waits(sshd, made, watched, monkeypatch):
    growing = sshd.put("growing.csv", b"1")
    sshd.put("still.csv", b"1")
    monkeypatch.setattr(sftp_transfers.time, "sleep", lambda seconds: growing.write_bytes(growing.read_bytes() + b"2"))
    exchange = made(sshd, settle_seconds=5)
    assert "1 still growing" in run(exchange).message and names(watched) == ["still.csv"]
    monkeypatch.setattr(sftp_transfers.time, "sleep", lambda seconds: None)
    assert run(exchange).done == 1 and (watched / "growing.csv").read_bytes() == b"12"


def test_names_that_climb_out_are_refused(sshd, made, watched, monkeypatch):
    sshd.put("good.csv", b"1")
    real = sftp_transfers.SftpSession.files
    evil = lambda self, folder: [*real(self, folder), sftp_transfers.RemoteFile("../x", 1, real(self, folder)[0].modified_at)]  # noqa: E731
    monkeypatch.setattr(sftp_transfers.SftpSession, "files", evil)
    outcome = run(made(sshd))
    assert (outcome.done, outcome.failed) == (1, 1) and names(watched) == ["good.csv"] and not (watched.parent / "x").exists()


@pytest.mark.parametrize("name", [b"caf\xe9.csv", b"two\nlines.csv"])
def test_a_name_that_cannot_be_one_here_is_refused(sshd, made, watched, name):
    sshd.put("good.csv", b"1")
    (sshd.out / os.fsdecode(name)).write_bytes(b"1")
    outcome = run(made(sshd, file_pattern=r"(?s).*\.csv"))
    assert (outcome.done, outcome.failed) == (1, 1) and names(watched) == ["good.csv"]


def test_one_bad_file_does_not_stop_the_others(sshd, made, watched):
    (sshd.out / "secret.csv").write_bytes(b"1")
    (sshd.out / "secret.csv").chmod(0o600)  # of root
    sshd.put("z.csv", b"1")
    outcome = run(made(sshd))
    assert (outcome.done, outcome.failed) == (1, 1) and names(watched) == ["z.csv"]


def test_a_server_without_posix_rename(made, watched, database):
    with running("-P posix-rename") as plain:
        plain.put("r.csv", b"older")
        (watched / "r.csv").write_bytes(b"newer")
        exchange = made(plain, direction="push")
        assert run(exchange).done == 1 and names(plain.out) == ["r.csv"] and (plain.out / "r.csv").read_bytes() == b"newer"
        assert run(exchange).done == 0 and statuses(database) == ["done"]


def test_the_time_limit_stops_and_the_next_run_goes_on(sshd, made, watched):
    sshd.put("a.csv", BIG)
    exchange = made(sshd)
    late = exchange()
    late = Exchange(late.settings, late.connection, late.run_uuid, late.config, 0.0)
    with pytest.raises(TimeLimitError, match="max_seconds") as caught, contextlib.closing(late.connection):
        exchange_files(late)
    assert caught.value.exit_code == 124 and names(watched) == []
    assert run(exchange).done == 1


def test_two_runs_at_once(sshd, made):
    exchange = made(sshd)
    first = exchange()
    assert try_lock(first.connection, f"sftp exchange {first.config.config_id}")
    with pytest.raises(BusyError):
        run(exchange)


def test_the_command_tests_and_runs(sshd, made, watched, database, job_env):
    sshd.put("a.csv", b"1")
    made(sshd)
    command = [sys.executable, ROOT / "jobscripts/sftp_exchange.py", "client"]
    tried = subprocess.run([*command, "--test"], env=job_env, capture_output=True, text=True)
    assert tried.returncode == 0 and "would fetch 'a.csv' (1 bytes)" in tried.stdout + tried.stderr, tried
    assert names(watched) == [] and statuses(database) == []
    ran = subprocess.run(command, env=job_env, capture_output=True, text=True)
    assert ran.returncode == 0 and "1 fetched, 0 failed" in ran.stdout + ran.stderr and names(watched) == ["a.csv"]


def test_a_cut_line_is_one_line_for_the_operator(sshd, made, watched, job_env):
    sshd.put("big.csv", BIG)
    made(sshd)
    sshd.cut_after = len(BIG) // 2
    command = [sys.executable, ROOT / "jobscripts/sftp_exchange.py", "client"]
    ran = subprocess.run(command, env=job_env, capture_output=True, text=True)
    said = (ran.stdout + ran.stderr).splitlines()
    assert ran.returncode == 1 and len(said) == 1 and "the next run goes on there" in said[0], said
