"""The Gmail login: consent by pasted address and by port, the token file, its refresh, and a login that Google has ended."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import trustme

import gmail_calls
from conftest import ROOT, free_port
from errors import AuthError, ConfigError, SourceError
from gmail_inbox_processor import open_mailbox
from gmail_login import accept_answer, ask_consent, load_login
from gmail_server import ACCOUNT, MODIFY, READONLY, FakeGmail
from mail_builders import add_rule, mail

COMMAND = "run_python_etl_script.sh test_oauth_gmail_headless.py"
SCRIPT = ROOT / "jobscripts" / "test_oauth_gmail_headless.py"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def gmail(authority) -> Iterator[FakeGmail]:
    """Over TLS, as OAuth demands; only ETL_CA_BUNDLE makes it trusted."""
    with contextlib.closing(FakeGmail(authority.issue_cert("localhost"))) as fake:
        yield fake


@pytest.fixture
def settings(settings, gmail, authority):
    bundle = settings.home / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    gmail.write_client(settings.gmail_credentials)
    return replace(settings, mailbox="gmail", gmail_api_endpoint=gmail.url, ca_bundle=str(bundle))


@pytest.fixture
def env(job_env, settings) -> dict[str, str]:
    return job_env | {
        "ETL_MAILBOX": "gmail", "ETL_GMAIL_API_ENDPOINT": settings.gmail_api_endpoint, "ETL_CA_BUNDLE": settings.ca_bundle,
        "ETL_GMAIL_CREDENTIALS": str(settings.gmail_credentials), "ETL_GMAIL_TOKEN": str(settings.gmail_token),
        "BROWSER": "/bin/false",
    }  # fmt: skip


def started(env, *arguments: str) -> subprocess.Popen:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, SCRIPT, *arguments], env=env, **pipes)


def shown_url(process: subprocess.Popen) -> str:
    for line in process.stdout:
        if line.startswith("https://"):
            return line.strip()
    raise AssertionError(process.stderr.read())


def test_consent_by_a_pasted_address_makes_a_login_that_works(env, settings, gmail):
    gmail.refresh_expires_in = 604_799
    process = started(env)
    url = shown_url(process)
    assert "gmail.modify" in url and "access_type=offline" in url and "code_challenge" in url
    out, err = process.communicate(gmail.allow(url) + "\n", timeout=60)
    assert (process.returncode, err) == (0, "")
    assert f"logged in to Gmail as {ACCOUNT}; the login ends in 7.0 days: publish the OAuth client" in out
    assert settings.gmail_token.stat().st_mode & 0o777 == 0o600
    assert json.loads(settings.gmail_token.read_text())["scopes"] == [MODIFY]
    assert not re.search("client_secret|secret", out + err)


def test_consent_by_port_takes_the_browsers_answer_and_the_same_port_serves_again_at_once(env, gmail):
    port = free_port()
    for _ in range(2):
        process = started(env, "--listen", str(port))
        answer = gmail.allow(shown_url(process))
        for _ in range(200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/favicon.ico", timeout=5).read()
                break
            time.sleep(0.05)
        assert b"Done" in urllib.request.urlopen(answer.replace("localhost", "127.0.0.1"), timeout=30).read()
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0 and ACCOUNT in out, err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda answer: answer.replace("state=", "state=x"), "its state differs"),
        (lambda answer: answer.partition("?")[0], "its state differs"),
        (lambda answer: answer.replace("code=", "code=x"), "did not take the code (invalid_grant)"),
        (lambda answer: re.sub("code=[^&]*", "error=access_denied", answer), "did not give access: access_denied"),
    ],
)
def test_a_wrong_answer_is_refused_and_the_old_token_stays(settings, gmail, change, message):
    settings.gmail_token.write_text("old")
    consent = ask_consent(settings, 8765)
    with pytest.raises(AuthError, match=re.escape(message)):
        accept_answer(settings, consent, change(gmail.allow(consent.url)))
    assert settings.gmail_token.read_text() == "old"


def test_less_than_was_asked_for_is_said_and_not_saved(settings, gmail):
    gmail.granted = READONLY
    consent = ask_consent(settings, 8765)
    with pytest.raises(AuthError, match=r"too little was granted \(.*readonly\).*tick the box"):
        accept_answer(settings, consent, gmail.allow(consent.url))
    assert not settings.gmail_token.exists()


def test_more_than_was_asked_for_is_fine(settings, gmail):
    gmail.granted = f"{MODIFY} {READONLY}"
    consent = ask_consent(settings, 8765)
    accept_answer(settings, consent, gmail.allow(consent.url))
    assert load_login(settings).valid


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no OAuth client"),
        ("{", "is not an OAuth client"),
        ('{"web": {}}', "is not an OAuth client"),
        ((ROOT / "systemscripts" / "credentials.json.template").read_text(), "still holds placeholders"),
    ],
)
def test_a_missing_or_wrong_client_is_named_with_the_fix(settings, text, message):
    settings.gmail_credentials.unlink()
    if text is not None:
        settings.gmail_credentials.write_text(text)
    with pytest.raises(ConfigError, match=message):
        ask_consent(settings, 8765)


EMPTY = json.dumps(dict.fromkeys(["refresh_token", "token_uri", "client_id", "client_secret"], ""))


@pytest.mark.parametrize("text", [None, "", "[]", '{"token": "x"}', "\0\xff", EMPTY])
def test_a_missing_or_corrupt_token_says_which_command_makes_one(settings, text):
    if text is not None:
        settings.gmail_token.write_text(text)
        settings.gmail_token.chmod(0o600)
    with pytest.raises(AuthError, match=re.escape(COMMAND)):
        load_login(settings)


def test_a_token_that_others_may_read_is_refused_with_the_fix(settings, gmail):
    gmail.write_login(settings.gmail_token)
    settings.gmail_token.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_login(settings)


def test_a_login_that_cannot_be_saved_is_not_taken_for_a_network_fault(settings, gmail):
    gmail.write_login(settings.gmail_token)
    expired(settings)
    login = load_login(settings)
    settings.gmail_token.unlink()
    settings.gmail_token.mkdir()
    with pytest.raises(ConfigError, match="cannot be written to"):
        login.refresh(None)


def expired(settings) -> None:
    fields = json.loads(settings.gmail_token.read_text())
    settings.gmail_token.write_text(json.dumps(fields | {"expiry": "2026-01-01T00:00:00+00:00"}))


def inbox_job(env) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "jobscripts" / "run_gmail_inbox_processor.py"]
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, start_new_session=True)


def test_an_old_access_token_is_renewed_and_saved_by_rename(env, settings, gmail, connect_as):
    add_rule(connect_as("etl_admin"))
    gmail.write_login(settings.gmail_token)
    expired(settings)
    before = settings.gmail_token.stat().st_ino
    assert inbox_job(env).returncode == 0
    assert settings.gmail_token.stat().st_ino != before and settings.gmail_token.stat().st_mode & 0o777 == 0o600
    assert load_login(settings).valid
    assert len(gmail.calls("POST .*token$")) == 1
    assert inbox_job(env).returncode == 0
    assert len(gmail.calls("POST .*token$")) == 1


def test_invalid_grant_without_a_terminal_ends_soon_with_its_own_exit_code(env, settings, gmail, connect_as, database):
    add_rule(connect_as("etl_admin"))
    gmail.write_login(settings.gmail_token)
    expired(settings)
    gmail.refresh_tokens.clear()
    mail_id, token = gmail.add(mail(("orders.csv", b"1"))), settings.gmail_token.read_bytes()
    start = time.monotonic()
    result = inbox_job(env)
    assert result.returncode == 77 and time.monotonic() - start < 10
    assert "invalid_grant" in result.stderr and "Testing mode" in result.stderr and COMMAND in result.stderr
    assert "7 days" in result.stderr and "Traceback" not in result.stderr
    assert settings.gmail_token.read_bytes() == token
    assert gmail.names_of(mail_id) == {"INBOX"} and len(gmail.calls("token")) == 1
    with database, database.cursor() as cursor:
        cursor.execute("SELECT status, exit_code, message FROM dba.tjobrun")
        ((status, code, message),) = cursor.fetchall()
    assert (status, code) == ("failed", 77) and COMMAND in message
    logged = "".join(path.read_text() for path in (settings.home / "logs").rglob("*") if path.is_file())
    fields = json.loads(token)
    assert "invalid_grant" in logged and not any(fields[name] in logged for name in ("token", "refresh_token"))


def test_a_login_server_that_is_down_is_no_lost_login(settings, gmail, monkeypatch):
    gmail.write_login(settings.gmail_token)
    expired(settings)
    fields = json.loads(settings.gmail_token.read_text())
    settings.gmail_token.write_text(json.dumps(fields | {"token_uri": f"http://127.0.0.1:{free_port()}/token"}))
    monkeypatch.setattr(gmail_calls.time, "sleep", lambda seconds: None)
    with pytest.raises(SourceError, match="Gmail cannot be reached") as caught:
        open_mailbox(settings)
    assert caught.value.exit_code == 1


def test_dry_run_tells_whether_the_login_works_and_changes_nothing(env, settings, gmail):
    gmail.write_login(settings.gmail_token)
    before = settings.gmail_token.read_bytes()
    process = started(env, "--dry-run")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "") and f"{ACCOUNT}; the login does not end by itself" in out
    assert settings.gmail_token.read_bytes() == before
    settings.gmail_token.unlink()
    process = started(env, "--dry-run")
    assert "there is no Gmail login yet" in process.communicate(timeout=60)[1] and process.returncode == 77


@pytest.mark.parametrize(("days", "warned"), [(6, False), (2.5, True), (-1, True)])
def test_the_days_until_a_testing_login_dies_are_warned_of(settings, gmail, days, warned):
    gmail.write_login(settings.gmail_token)
    fields = json.loads(settings.gmail_token.read_text())
    ends = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    settings.gmail_token.write_text(json.dumps(fields | {"refresh_token_expires_at": ends}))
    warning = load_login(settings).warning
    assert (f"ends in {max(days, 0):.1f} days" in warning and COMMAND in warning) if warned else warning is None


def test_many_threads_renew_a_login_once(settings, gmail):
    gmail.write_login(settings.gmail_token)
    expired(settings)
    login = load_login(settings)
    threads = [threading.Thread(target=login.refresh, args=(None,)) for _ in range(8)]
    stale = login.token
    with login._lock:
        for thread in threads:
            thread.start()
        time.sleep(0.2)
    for thread in threads:
        thread.join()
    assert login.token != stale and len(gmail.calls("token")) == 1


def test_git_ignores_the_real_files_and_keeps_the_template():
    names = ["systemscripts/credentials.json", "systemscripts/token.json", "systemscripts/credentials.json.template"]
    ignored = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert ignored.stdout.split() == names[:2]


def test_the_set_up_script_leads_from_nothing_to_a_working_login(env, settings, gmail):
    command = ["bash", ROOT / "onboarding/sh/gmail_api.sh"]

    def step(*arguments: str) -> tuple[int, str]:
        there = env | {"ETL_VENV": sys.prefix}
        done = subprocess.run([*command, *arguments], env=there, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    credentials = settings.gmail_credentials
    credentials.unlink()
    assert step("--dry-run")[0] == 1 and not credentials.exists()
    code, said = step()
    assert code == 1 and str(credentials) in said and credentials.stat().st_mode & 0o777 == 0o600
    assert step()[0] == 1, "the template is no login"
    gmail.write_client(credentials)
    credentials.chmod(0o644)
    code, said = step()
    assert code == 1 and "readable by its owner only" in said and credentials.stat().st_mode & 0o777 == 0o600
    assert "Next, in a terminal: bash " in said and COMMAND.split()[1] in said
    gmail.write_login(settings.gmail_token)
    code, said = step()
    assert code == 0 and f"logged in to Gmail as {ACCOUNT}" in said
