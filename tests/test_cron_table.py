"""Rows to a cron table and back, as pure text."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cron_table import (
    CronJob,
    CronRow,
    Place,
    changes,
    check_rows,
    cron_file,
    in_words,
    next_runs,
    parse_jobs,
    split_crontab,
    user_block,
)
from errors import ConfigError

SCRIPTS = frozenset({"run_scheduled_task.py", "send_reports.py", "run_import_job.py", "daily_backup.sh"})
PLACE = Place("/opt/etl", "/opt/etl", "etl")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("America/New_York"))
TASK = CronRow("tscheduler", 4, "Daily backup", "0 3 * * *", "daily_backup.sh", "")
REPORT = CronRow("treportmanager", 3, "Files received", "25 11 * * 1-5")

GOOD_TIMES = [
    "0 5,17 * * 1-5", "20 11 * * 1-5", "0 19 * * 5", "0 2 * * 0", "0 2 * * 7", "*/10 * * * *", "0-30/5,45 8-18 1,15 * *",
    "0 0 29 2 *", "0 0 31 * 1", "00 03 * JAN-mar sun", "0 0 * * mon,wed-fri", "59 23 31 12 *", "* * * * *", "*,5 * * * *",
]  # fmt: skip
BAD_TIMES = [
    "", " ", "0 0 * *", "0 0 * * * *", "0 0 * * 1 root", "60 * * * *", "99 0 * * *", "* 24 * * *", "0 0 0 * *", "0 0 32 * *",
    "0 0 * 13 *", "0 0 * * 8", "0 0 31 2 *", "0 0 30 feb *", "0 0 31 4,6 */2", "5/15 * * * *", "*/0 * * * *", "*/75 * * * *",
    "0 0 L * *", "0 0 * * 5L", "0 0 * * 1#2", "0 0 15W * *", "5-1 * * * *", "0 0 * * fri-mon", "-5 * * * *", "1,,2 * * * *",
    "? * * * *", "0 0 * foo *", "H * * * *", "@reboot", "@daily", " @hourly", "@reboot * * * *", "0\t0 * * *", "0 0 * * 1\n",
    "0 0 * * 1\n* * * * * root sh", "0 0 * * 1\r", "0 0 * * 1 %", "% 0 * * *", "$(id) 0 * * *", "`id` * * * *", "0;id * * * *",
    "# 0 * * *", "'0' 0 * * *", "0 0 * * 1\u2028", "\u0663 * * * *", "0 0 * * \u00b2", "1" * 200 + " * * * *", "~ * * * *",
]  # fmt: skip


@pytest.mark.parametrize("time", GOOD_TIMES)
def test_a_good_time_is_taken_as_it_is(time):
    row = replace(TASK, frequency=time)
    assert check_rows([row], SCRIPTS) == ([row], [])
    assert parse_jobs(cron_file([row], PLACE, NOW)) == [CronJob(time, "etl", "run_scheduled_task.py", 4)]
    assert in_words(time).isprintable()


@pytest.mark.parametrize("time", BAD_TIMES)
def test_a_bad_time_is_refused_with_row_and_column_named_on_one_line(time):
    good, (problem,) = check_rows([replace(TASK, frequency=time)], SCRIPTS)
    assert good == []
    assert problem.startswith("dba.tscheduler 'Daily backup' (schedulerid 4): frequency ")
    assert problem.isascii() and problem.isprintable() and len(problem) < 400


@pytest.mark.parametrize(
    "column, value",
    [
        *(("scriptpath", path) for path in (
            "", "no_such.py", "../systemscripts/settings.py", "/bin/sh", "sub/run_import_job.py", "run_import_job.py 5",
            "run_import_job.py\n", "run_scheduled_task.py", "$(id).py", "x" * 200,
        )),
        *(("scriptargs", text) for text in ("'open", 'a "b', "end\\", "a\nb", "a\tb", "a\0b", "a\x85b")),
        *(("taskname", name) for name in ("", "  ", "a\nb", "a\r", "a\tb", "\0", "a\u2028b", "a\x9bb")),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_with_its_column(column, value):
    good, (problem,) = check_rows([replace(TASK, **{"name" if column == "taskname" else column: value})], SCRIPTS)
    assert good == [] and f"(schedulerid 4): {column} " in problem and "\n" not in problem


@pytest.mark.parametrize("row_id", [0, -1, True, "4", "4; id", 4.0, None])
def test_only_a_positive_whole_number_reaches_a_line(row_id):
    assert check_rows([replace(TASK, row_id=row_id)], SCRIPTS)[0] == []


def test_a_report_is_sent_by_its_number_and_needs_the_script_that_sends():
    assert check_rows([REPORT], SCRIPTS) == ([REPORT], [])
    assert "send_reports.py" in check_rows([REPORT], SCRIPTS - {"send_reports.py"})[1][0]
    assert parse_jobs(cron_file([REPORT], PLACE, NOW)) == [CronJob("25 11 * * 1-5", "etl", "send_reports.py", 3)]


def test_the_file_is_what_cron_needs():
    text = cron_file([TASK, REPORT], PLACE, NOW)
    assert text.endswith("\n") and "\r" not in text and "ETL_HOME" not in text
    assert text.splitlines()[-4:] == [
        "# Daily backup: at 03:00; next run Tue 2026-11-24 03:00 EST",
        "0 3 * * * etl /opt/etl/jobscripts/run_python_etl_script.sh run_scheduled_task.py 4 >> /opt/etl/logs/cron.log 2>&1",
        "# Files received: at 11:25, Monday through Friday; next run Tue 2026-11-24 11:25 EST",
        "25 11 * * 1-5 etl /opt/etl/jobscripts/run_python_etl_script.sh send_reports.py 3 >> /opt/etl/logs/cron.log 2>&1",
    ]
    assert 'ETL_HOME="/srv/etl home"\n' in cron_file([TASK], replace(PLACE, home="/srv/etl home"), NOW)


@pytest.mark.parametrize("user", ["root", "", "a b", "Root\n", "a;id", "%", "x" * 40])
def test_no_file_is_made_for_root_or_for_something_that_is_no_user_name(user):
    with pytest.raises(ConfigError, match="jobs never run as"):
        cron_file([TASK], replace(PLACE, user=user), NOW)


@pytest.mark.parametrize("folder", ["/a%b", "/a\nb", "/a'b", '/a"b', "/a\\b", "/a$b", "relative", "/" + "x" * 1000])
def test_a_folder_that_cron_or_sh_reads_differently_is_refused(folder):
    for place in (replace(PLACE, root=folder), replace(PLACE, home=folder)):
        with pytest.raises(ConfigError):
            cron_file([TASK], place, NOW)


def test_more_jobs_than_cron_reads_are_refused():
    with pytest.raises(ConfigError, match="10000"):
        cron_file([TASK] * 5000, PLACE, NOW)


def test_next_runs_are_those_of_all_rows_soonest_first():
    runs = next_runs([TASK, REPORT], NOW, 3)
    assert [(f"{moment:%a %H:%M}", row.name) for moment, row in runs] == [
        ("Tue 03:00", "Daily backup"), ("Tue 11:25", "Files received"), ("Wed 03:00", "Daily backup"),
    ]  # fmt: skip


def test_a_diff_shows_what_changes_and_not_that_time_has_passed():
    old = cron_file([TASK, REPORT], PLACE, NOW)
    assert changes(old, cron_file([TASK, REPORT], PLACE, NOW.replace(month=12)), "x") == ""
    diff = changes(old, cron_file([replace(TASK, frequency="0 4 * * *"), REPORT], PLACE, NOW), "etl_jobs")
    assert diff.startswith("--- etl_jobs") and "\n-0 3 * * * etl " in diff and "\n+0 4 * * * etl " in diff
    assert changes(old, old.rstrip("\n") + " \n", "x"), "even a blank more is a hand edit"


@pytest.mark.parametrize(
    "line",
    [
        "* * * * * etl rm -rf /",
        "* * * * * etl /opt/etl/jobscripts/run_python_etl_script.sh send_reports.py 3; id >> /l 2>&1",
        "* * * * * etl /opt/etl/jobscripts/run_python_etl_script.sh send_reports.py x >> /l 2>&1",
        "@reboot etl /opt/etl/jobscripts/run_python_etl_script.sh send_reports.py 3 >> /l 2>&1 'open",
        "hello",
    ],
)
def test_a_line_that_is_not_ours_does_not_read_back(line):
    with pytest.raises(ConfigError, match="not a line that"):
        parse_jobs(f"# comment\nPATH=/bin\n{line}\n")


# ---- a user's own crontab ----

OWN = "MAILTO=me@example.com\n# mine\n0 0 * * * echo 100\\% done\n"


def test_a_users_own_lines_stay_as_they_are_and_the_block_is_replaced_in_place():
    first, second = (user_block(rows, PLACE, NOW) for rows in ([TASK], [TASK, REPORT]))
    before, block, after = split_crontab(OWN, PLACE.home)
    assert (before, block, after) == (OWN, "", "")
    assert split_crontab(OWN + first + "5 5 * * * mine\n", PLACE.home) == (OWN, first, "5 5 * * * mine\n")
    assert parse_jobs(second) == [
        CronJob("0 3 * * *", None, "run_scheduled_task.py", 4), CronJob("25 11 * * 1-5", None, "send_reports.py", 3),
    ]  # fmt: skip
    assert not re.search("^[A-Z]+=", second, re.MULTILINE), "a setting would act on the user's lines below"


def test_a_crontab_without_a_last_newline_gets_one_before_the_block():
    assert split_crontab("0 0 * * * x", PLACE.home) == ("0 0 * * * x\n", "", "")
    assert split_crontab("", PLACE.home) == ("", "", "")


def test_two_installations_keep_a_block_each():
    other = replace(PLACE, home="/srv/other")
    both = user_block([TASK], PLACE, NOW) + user_block([REPORT], other, NOW)
    assert split_crontab(both, other.home)[:2] == (user_block([TASK], PLACE, NOW), user_block([REPORT], other, NOW))
    assert parse_jobs(split_crontab(both, other.home)[1])[0].script == "send_reports.py"


@pytest.mark.parametrize("damage", ["no end", "no begin", "twice", "swapped"])
def test_a_damaged_block_is_refused_because_own_lines_could_be_lost(damage):
    lines = user_block([TASK], PLACE, NOW).splitlines(keepends=True)
    crontab = {"no end": lines[:-1], "no begin": lines[1:], "twice": lines * 2, "swapped": lines[::-1]}[damage]
    with pytest.raises(ConfigError, match="crontab -e"):
        split_crontab(OWN + "".join(crontab), PLACE.home)


# ---- any row at all ----

HOSTILE = st.sampled_from(
    ["x\n* * * * * root id", "%", ";id", "$(id)", "`id`", "#", "'", '"', "../x.py", "@reboot", "y" * 200, "\t", "\r\n", "\0",
     "\u202e", "\ud800", "; next run never", "Файл", "name"]
)  # fmt: skip
TEXT = st.one_of(HOSTILE, st.text(max_size=30), st.builds("".join, st.lists(HOSTILE, max_size=3)))
FIELD = st.sampled_from(["*", "0", "5,17", "1-5", "*/10", "7", "31", "2", "61", "5/15", "mon", "L", "\n", "%", "*/99", "1-3/2"])
TIME = st.one_of(st.sampled_from(GOOD_TIMES), st.builds(" ".join, st.lists(FIELD, min_size=4, max_size=6)), TEXT)
ROWS = st.lists(
    st.one_of(
        st.builds(
            CronRow, st.just("tscheduler"), st.integers(-2, 10**9), TEXT, TIME,
            st.one_of(st.sampled_from(sorted(SCRIPTS)), TEXT), st.one_of(st.just("--all 'a b'"), TEXT),
        ),
        st.builds(CronRow, st.just("treportmanager"), st.integers(-2, 10**9), TEXT, TIME),
    ),
    min_size=10,
    max_size=20,
)  # fmt: skip


@settings(max_examples=1_000, deadline=None)  # of ten rows at least
@given(ROWS)
def test_hostile_rows_give_a_file_that_holds_the_valid_ones_and_no_byte_of_a_row_but_the_times(rows):
    good, problems = check_rows(rows, SCRIPTS)
    assert len(good) + len(problems) == len(rows)
    for row in good:
        assert re.fullmatch("[0-9A-Za-z*/, -]+", row.frequency) and row.name.strip()
        assert row.scriptpath is None or row.scriptpath in SCRIPTS
    text = cron_file(good, PLACE, NOW)
    text.encode()
    starter = {"tscheduler": "run_scheduled_task.py", "treportmanager": "send_reports.py"}
    fields = [" ".join(row.frequency.split(" ")).strip() for row in good]
    fields = [re.sub(" +", " ", field) for field in fields]
    jobs = [line for line in text.split("\n")[6:-1] if not line.startswith("# ")]
    assert jobs == [
        f"{field} etl /opt/etl/jobscripts/run_python_etl_script.sh {starter[row.table]} {row.row_id} >> /opt/etl/logs/cron.log 2>&1"
        for field, row in zip(fields, good, strict=True)
    ]
    assert all(line.isprintable() for line in text.split("\n"))
    assert parse_jobs(text) == [CronJob(field, "etl", starter[row.table], row.row_id) for field, row in zip(fields, good, strict=True)]


@pytest.mark.skipif(not shutil.which("crontab"), reason="needs Debian's cron: apt-get install cron")
@settings(max_examples=25, deadline=None)
@given(times=st.lists(TIME, min_size=40, max_size=200))
def test_debians_cron_takes_every_time_that_we_take(times, tmp_path_factory):
    good, _ = check_rows([replace(TASK, frequency=time) for time in [*GOOD_TIMES, *times]], SCRIPTS)
    file = Path(tmp_path_factory.getbasetemp()) / "crontab"
    file.write_text(user_block(good, PLACE, NOW))
    answer = subprocess.run(["crontab", "-n", file], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
