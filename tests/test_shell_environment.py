"""env.sh: what it exports, what it refuses, what it keeps apart."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATH = "/usr/local/bin:/usr/bin:/bin"


def bash(script: str, cwd: Path | str = "/", **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", "-c", script], cwd=cwd, env={"PATH": PATH, **env}, capture_output=True, text=True, check=False)


def write_local(home: Path, text: str, mode: int = 0o600) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "env.local.sh").write_text(text)
    (home / "env.local.sh").chmod(mode)


def source(home: Path | str, then: str) -> str:
    return f"set -euo pipefail; export ETL_HOME='{home}'; source '{ROOT}/env.sh'; {then}"


def test_finds_its_own_folder_from_anywhere_under_strict_shell_settings(tmp_path):
    link = tmp_path / "link to env.sh"
    link.symlink_to(ROOT / "env.sh")
    for file in (ROOT / "env.sh", link):
        result = bash(f'set -euo pipefail; source "{file}"; echo "$ETL_ROOT"', cwd=tmp_path, ETL_HOME=str(tmp_path))
        assert (result.stdout.strip(), result.stderr) == (str(ROOT), "")


def test_etl_home_given_in_front_of_source_stays(tmp_path):
    home = tmp_path / "a home"
    result = bash(f'ETL_HOME="{home}" source "{ROOT}/env.sh"; bash -c \'echo "$ETL_HOME $ETL_VENV"\'')
    assert result.stdout.strip() == f"{home} {home}/.venv"


def test_local_settings_win_over_the_callers_and_are_exported_even_without_the_word(tmp_path):
    write_local(tmp_path, "PGHOST='10.0.0.9'\nHTTPS_PROXY=http://proxy:1\n")
    result = bash(source(tmp_path, "env"), PGHOST="elsewhere", ETL_SMTP_HOST="mail")
    assert {"PGHOST=10.0.0.9", "HTTPS_PROXY=http://proxy:1", "ETL_SMTP_HOST=mail"} <= set(result.stdout.splitlines())


def test_leaves_allexport_as_it_was(tmp_path):
    write_local(tmp_path, "A=1\n")
    assert "LATER" not in bash(source(tmp_path, "LATER=1; env")).stdout
    assert "LATER=1" in bash("set -a; " + source(tmp_path, "LATER=1; env")).stdout


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_refuses_passwords_that_others_may_read_and_says_the_fix(tmp_path, mode):
    write_local(tmp_path, "PGPASSWORD='hidden-one'\n", mode)
    result = bash(source(tmp_path, "echo reached"))
    assert result.returncode == 2
    assert f"chmod 600 '{tmp_path}/env.local.sh'" in result.stderr
    assert "hidden-one" not in result.stdout + result.stderr
    assert "reached" not in result.stdout


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")
def test_refuses_a_file_of_another_user(tmp_path):
    write_local(tmp_path, "echo ran-by-root\n")
    os.chown(tmp_path / "env.local.sh", 65534, -1)
    result = bash(source(tmp_path, "echo reached"))
    assert (result.returncode, result.stdout) == (2, "")
    assert "belongs to nobody, not to root" in result.stderr


def test_the_set_up_password_reaches_the_sourcing_script_but_no_job(tmp_path):
    write_local(tmp_path, "ETL_OWNER_PASSWORD='set up'\n")
    result = bash(source(tmp_path, 'echo "[$ETL_OWNER_PASSWORD]"; env'))
    assert "[set up]" in result.stdout
    assert "ETL_OWNER_PASSWORD" not in result.stdout


def test_one_home_does_not_leak_into_the_next(tmp_path):
    write_local(tmp_path / "a", "PGHOST='a'\nETL_MAILBOX='folder:a'\n")
    (tmp_path / "b").mkdir()
    result = bash(source(tmp_path / "a", f"export ETL_HOME='{tmp_path}/b'; source '{ROOT}/env.sh'; env"))
    assert f"ETL_HOME={tmp_path}/b" in result.stdout
    assert "PGHOST" not in result.stdout
    assert "ETL_MAILBOX" not in result.stdout


def test_another_checkout_in_the_same_shell_gets_its_own_home(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "env.sh").write_text((ROOT / "env.sh").read_text())
    write_local(other, "PGHOST='other'\n")
    result = bash(f"source '{other}/env.sh'; echo $PGHOST; source '{ROOT}/env.sh'; echo $ETL_HOME")
    assert result.stdout.split() == ["other", str(ROOT)]


def test_the_chosen_postgresql_comes_first_on_path_once(tmp_path):
    write_local(tmp_path, "ETL_PG_BIN='/opt/my pg/bin'\n")
    result = bash(source(tmp_path, f"source '{ROOT}/env.sh'; echo \"$PATH\""))
    assert result.stdout.strip() == f"/opt/my pg/bin:{PATH}"


def test_a_service_name_of_the_callers_does_not_override_the_local_server(tmp_path):
    write_local(tmp_path, "PGHOST='127.0.0.1'\n")
    assert "PGSERVICE" not in bash(source(tmp_path, "env"), PGSERVICE="production").stdout


def test_works_in_a_plain_posix_shell_from_its_own_folder(tmp_path):
    result = subprocess.run(
        ["sh", "-euc", '. ./env.sh; echo "$ETL_ROOT"'],
        cwd=ROOT,
        env={"PATH": PATH, "ETL_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout.strip(), result.stderr) == (str(ROOT), "")


def put_settings(home: Path, *pairs: str) -> None:
    quoted = " ".join(f"'{part}'" for part in pairs)
    result = bash(source(home, f"source '{ROOT}/onboarding/sh/lib.sh'; put_settings {quoted}"))
    assert result.returncode == 0, result.stderr


def test_put_settings_changes_its_own_lines_only_and_keeps_the_file_private(tmp_path):
    write_local(tmp_path, "# my note: PGPORT=1\nETL_SMTP_HOST='mail'\nPGPORT='1'\nexport PGUSER=old\n")
    put_settings(tmp_path, "PGPORT", "2", "PGUSER", 'new "$x" \\ `y`')
    text = (tmp_path / "env.local.sh").read_text()
    assert text == "# my note: PGPORT=1\nETL_SMTP_HOST='mail'\nPGPORT='2'\nPGUSER='new \"$x\" \\ `y`'\n"
    assert (tmp_path / "env.local.sh").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["env.local.sh"]


def test_put_settings_quotes_a_quote(tmp_path):
    script = source(tmp_path, f"source '{ROOT}/onboarding/sh/lib.sh'; put_settings PGPASSWORD \"it's\"; echo $PGPASSWORD")
    assert bash(script).stdout.strip() == "it's"
