"""The optional workstation script: asks before each tool, installs only what it was told to, and goes on past one that fails."""

import os
import subprocess

import pytest

from conftest import ROOT

SCRIPT = ROOT / "onboarding/sh/CL_onboarding.sh"
THERE = ("git", "jq")


@pytest.fixture
def apt(tmp_path):
    """apt-get and dpkg-query that know THERE and write down what they are asked; tmux cannot be had."""
    log = tmp_path / "asked"
    scripts = {
        "dpkg-query": f"for last; do :; done; case $last in {'|'.join(THERE)}) printf installed ;; *) exit 1 ;; esac",
        "apt-get": f"for last; do :; done; echo \"$last\" >>'{log}'; [[ $last != tmux ]]",
    }
    for name, text in scripts.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o755)

    def run(*arguments: str, answers: str = "") -> tuple[int, str, list[str]]:
        env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        done = subprocess.run(["bash", SCRIPT, *arguments], env=env, input=answers, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr, log.read_text().split() if log.exists() else []

    return run


def test_a_dry_run_lists_and_installs_nothing(apt):
    code, said, asked = apt("--dry-run")
    assert (code, asked) == (0, []) and "git: is there" in said and "tmux: a session on the box that outlives the line (missing)" in said


def test_no_answer_is_no(apt):
    assert apt()[::2] == (0, [])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as apt does")
def test_only_what_was_answered_with_yes_is_installed_and_one_that_fails_stops_no_other(apt):
    code, said, asked = apt(answers="n\nn\nn\ny\ny\nn\n")
    assert code == 0 and asked == ["-qq", "tmux", "ncdu"]
    assert "tmux could not be installed" in said and "installed: ncdu" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as apt does")
def test_yes_installs_all_that_is_missing(apt):
    _, said, asked = apt("--yes")
    missing = {"postgresql-client", "openssh-client", "libreoffice-calc", "tmux", "ncdu", "shellcheck"}
    assert "Install it?" not in said and set(asked) == {"-qq"} | missing
