"""The benchmarks run and print what they promise; how fast anything is, no test says."""

import os
import re
import subprocess

import pytest

from conftest import ROOT


@pytest.mark.slow
def test_two_benchmarks_give_a_table_with_ratios(tmp_path):
    command = ["bash", ROOT / "tests/benchmarks/run_benchmarks.sh", "new", "help", "--rows", "2000"]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": "/tmp", "LANG": "C.UTF-8"}
    result = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert "fsync on, 2,000 rows" in lines[0]
    for work in ("CSV, new text table", "--help"):
        (line,) = (line for line in lines if line.startswith(work))
        floor, ours, ratio = (float(number) for number in re.findall(r"\d+\.\d\d", line)[:3])
        assert floor > 0 and ours > 0 and ratio > 0
