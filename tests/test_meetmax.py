"""MeetMax from the page to the table: the jobs against a site that behaves like it."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest

from conftest import ROOT
from schema_rows import autocommit, insert, one, rows, run
from web_server import HTML, add_downloadable, add_listed, export, html, invalid, old, reset, serve, workbook


@pytest.fixture
def site():
    with serve() as running:
        yield running


@pytest.fixture
def admin(connect_as):
    return autocommit(connect_as("etl_admin"))


@pytest.fixture
def files(settings):
    """files('file_watcher') is the names in a folder of ETL_HOME, sorted, without the time."""
    return lambda folder: sorted(path.name for path in (settings.home / folder).glob("*")) if (settings.home / folder).exists() else []


@pytest.fixture
def job(job_env):
    """job(script, *arguments) runs one to its end; returns (exit code, what it printed)."""

    def start(script, *arguments, wanted=0):
        done = subprocess.run(
            [sys.executable, ROOT / "jobscripts" / script, *arguments], env=job_env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == wanted, done.stdout + done.stderr
        return done.stdout + done.stderr

    return start


def configure(admin, site, events, **changes):
    insert(admin, "tmeetmaxconfig", **({"base_url": site.url, "event_ids": events, "delay_seconds": 0, "max_retries": 1} | changes))
    run(admin, "UPDATE dba.timportconfig SET is_active = true")


def the_file(settings, ending, folder="file_watcher"):
    (path,) = [path for path in (settings.home / folder).iterdir() if path.name.endswith(ending)]
    return path


def test_a_check_tells_every_state(site, admin, settings, job):
    configure(admin, site, "1-9")
    add_downloadable(site, 1)
    add_listed(site, 2, 31)
    site.pages[old(3)] = invalid(3)
    site.pages[old(4)] = html("No companies found")
    site.pages[old(5)] = (403, HTML, b"<h1>Access denied</h1>")
    site.pages[old(6)] = html('<a href="__private-co-list_cp.html">private</a>')
    site.pages["/sched/event_6/__private-co-list_cp.html"] = html('<button id="export">Download Company List</button>', "Private")
    newer = "/sched/event_7/~public/__co-list_cp.html?event_id=7"
    site.pages[newer] = html('<a href="/sched/event_7/__co-list_cp.xls?event_id=7;x=1">x</a>', "New")
    site.pages[old(9)] = html("Access denied")
    said = job("meetmax_url_check.py")
    assert "9 events checked, 6 exist, 3 downloadable; 0 without an answer" in said
    path = the_file(settings, "_MeetMaxURLCheck.csv")
    with path.open(newline="") as file:
        found = {int(row["EventID"]): row for row in csv.DictReader(file)}
    facts = {event: (row["IfExists"], row["InvalidEventID"], row["IsDownloadable"], row["StatusCode"]) for event, row in found.items()}
    assert facts == {
        1: ("True", "False", "True", "200"),
        2: ("True", "False", "False", "200"),
        3: ("False", "True", "False", "200"),
        4: ("True", "False", "False", "200"),
        5: ("False", "False", "False", "403"),
        6: ("True", "False", "True", "200"),
        7: ("True", "False", "True", "200"),
        8: ("False", "False", "False", "404"),
        9: ("True", "False", "False", "200"),
    }
    assert [found[event]["DownloadLink"] for event in (1, 2, 6, 7)] == [
        site.url + export(1),
        "",
        site.url + export(6),
        site.url + export(7),
    ]
    assert found[7]["URL"] == site.url + newer
    assert found[1]["Title"] == "Event 1"
    assert len(site.asked) == len(set(site.asked)), "nothing is asked twice"


def test_from_the_check_to_the_tables(site, admin, settings, job, files):
    configure(admin, site, "1-4")
    add_downloadable(site, 1, 3, ETag='"v1"')
    add_listed(site, 2, 330)
    site.pages[old(3)] = invalid(3)
    site.pages[old(4)] = html("No companies found")
    job("meetmax_url_check.py")
    job("run_import_job.py", "MeetMaxURLCheck")
    assert "would ask for 3 of 4 events: 1, 2, 4" in job("meetmax_url_download.py", "--dry-run")
    said = job("meetmax_url_download.py")
    assert "MeetMax: 3 events, 3 done, 0 failed" in said
    assert [name.split("_", 1)[1] for name in files("file_watcher")] == ["MeetMax_1.xls", "MeetMax_2.csv"]
    assert the_file(settings, "_MeetMax_1.xls").read_bytes() == workbook(3)
    job("run_import_job.py", "MeetMaxEvent")
    counts = "SELECT label, row_count FROM dba.tdataset JOIN dba.tdatasettype USING (datasettypeid) WHERE datasettypename = 'MeetMaxEvent'"
    assert rows(admin, counts + " AND isactive ORDER BY 1") == [("1", 3), ("2", 330)]
    assert one(admin, "SELECT count(DISTINCT company_name) FROM feeds.tmeetmaxevent WHERE custom_123 IS NOT NULL") == 330
    assert one(admin, "SELECT count(*) FROM feeds.tmeetmaxevent WHERE company_organization = 'v1-0' AND company_ticker = 'v1-1'") == 1
    assert [name.split("_", 1)[1] for name in files("archive/meetmaxevents")] == ["MeetMax_1.xls", "MeetMax_2.csv"]

    asked = site.count(export(1))
    job("meetmax_url_download.py")
    assert site.count(export(1)) == asked + 1
    assert [name.split("_", 1)[1] for name in files("file_watcher")] == ["MeetMax_2.csv"], "an unchanged export is not sent again"
    assert one(admin, "SELECT status FROM dba.twebdownload WHERE kind = 'event' AND item = '1' ORDER BY 1 DESC LIMIT 1") == "unchanged"


def test_one_command_downloads_and_imports(site, admin, settings, job, job_env, files):
    configure(admin, site, "1-2")
    command = ["bash", ROOT / "jobscripts/run_download_and_import.sh"]
    env = job_env | {"ETL_VENV": sys.prefix, "ETL_PGDATA": ""}
    first = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert first.returncode == 2, first.stderr
    assert "no MeetMax check was imported yet; run meetmax_url_check.py" in first.stderr + first.stdout
    assert "run_import_job" not in one(admin, "SELECT string_agg(job, ' ') FROM dba.tjobrun"), "it stops where it should"

    add_downloadable(site, 1)
    add_downloadable(site, 2)
    job("meetmax_url_check.py")
    job("run_import_job.py", "MeetMaxURLCheck")
    asked = len(site.asked)
    dry = subprocess.run([*command, "--dry-run"], env=env, capture_output=True, text=True, timeout=120)
    assert dry.returncode == 0 and "would ask for 2 of 2 events: 1, 2" in dry.stdout + dry.stderr
    assert len(site.asked) == asked and files("file_watcher") == []
    site.pages[export(2)] = html('<input type="password">')
    second = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert second.returncode == 1, second.stderr
    assert one(admin, "SELECT count(*) FROM feeds.tmeetmaxevent") == 3
    assert one(admin, "SELECT string_agg(job, ' ' ORDER BY started_at) FROM dba.tjobrun").endswith(
        "meetmax_url_download run_import_job run_import_job"
    )


NO_WORKBOOKS = [
    (200, html('<form><input type="password"></form>')[2], "is a login page"),
    (200, invalid(1)[2], "Invalid Event ID: 1"),
    (200, b"", "is empty"),
    (200, b"company,ticker\r\nAcme,ACM\r\n", "is no workbook"),
    (200, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "MeetMax_1.xls"),
    (403, b"<h1>Access denied</h1>", "the site answers 403"),
]


@pytest.mark.parametrize(("status", "body", "reason"), NO_WORKBOOKS)
def test_what_is_no_workbook_goes_to_quarantine(site, admin, settings, job, files, status, body, reason):
    configure(admin, site, "1")
    add_downloadable(site, 1)
    job("meetmax_url_check.py")
    job("run_import_job.py", "MeetMaxURLCheck")
    site.pages[export(1)] = (status, {"Content-Type": "application/vnd.ms-excel"}, body)
    said = job("meetmax_url_download.py", wanted=1)
    assert reason in said
    assert files("file_watcher") == []
    kept = the_file(settings, "_MeetMax_1.xls", "archive/quarantine")
    assert kept.read_bytes() == body
    assert reason in kept.with_name(kept.name + ".error.txt").read_text()
    assert one(admin, "SELECT status FROM dba.twebdownload WHERE kind = 'event'") == "refused"


def test_a_list_that_shrank_is_shape_changed_until_accepted(site, admin, settings, job, files):
    configure(admin, site, "1")
    add_downloadable(site, 1, 40)
    job("meetmax_url_check.py")
    job("run_import_job.py", "MeetMaxURLCheck")
    job("meetmax_url_download.py")
    for few in (5, 0):
        site.pages[export(1)] = (200, {}, workbook(few))
        said = job("meetmax_url_download.py", wanted=1)
        assert f"event 1: shape changed: {few} companies found where 40 are usual" in said
    assert len(files("file_watcher")) == 1
    job("meetmax_url_download.py", "--accept-fewer")
    assert len(files("file_watcher")) == 2
    site.pages[export(1)] = (200, {}, workbook(1))
    job("meetmax_url_download.py")
    assert len(files("file_watcher")) == 3, "what was accepted is the new measure"


def test_a_page_that_changed_since_its_check(site, admin, settings, job, files):
    configure(admin, site, "1-2")
    add_listed(site, 1, 3)
    add_listed(site, 2, 3)
    job("meetmax_url_check.py")
    job("run_import_job.py", "MeetMaxURLCheck")
    add_downloadable(site, 1, 4)
    site.pages[old(2)] = html("<table><tr><td>Our</td></tr><tr><td>new look</td></tr></table>")
    assert "event 2: shape changed: the page is unknown, no list" in job("meetmax_url_download.py", wanted=1)
    assert [name.split("_", 1)[1] for name in files("file_watcher")] == ["MeetMax_1.xls"]


def test_a_check_that_finds_far_fewer_events_writes_nothing(site, admin, job, files):
    configure(admin, site, "1-5")
    for event in range(1, 6):
        add_downloadable(site, event)
    job("meetmax_url_check.py")
    for event in range(1, 6):
        site.pages[old(event)] = invalid(event)
    for _ in range(2):  # what was refused does not become what is usual
        assert "shape changed: 0 events found where 5 are usual" in job("meetmax_url_check.py", wanted=1)
    for event in range(1, 6):
        site.pages[old(event)] = html("Our new look")
    assert "shape changed: the page of event 5 says nothing we know" in job("meetmax_url_check.py", wanted=1)
    assert len(files("file_watcher")) == 1
    assert len(files("archive/quarantine")) == 10
    for event in range(1, 6):
        site.pages[old(event)] = invalid(event)
    assert "0 exist" in job("meetmax_url_check.py", "--accept-fewer")
    assert "0 exist" in job("meetmax_url_check.py")  # what a person accepted is usual from then on
    assert len(files("file_watcher")) == 3


def test_a_killed_run_goes_on_where_it_was(site, admin, settings, job, job_env):
    configure(admin, site, "1-40", delay_seconds=0.05)
    for event in range(1, 41):
        site.pages[old(event)] = invalid(event)
    command = [sys.executable, ROOT / "jobscripts/meetmax_url_check.py"]
    process = subprocess.Popen(command, env=job_env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while site.count(old(10)) == 0 and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert "a run that was cut off is gone on with" in job("meetmax_url_check.py")
    assert max(site.count(old(event)) for event in range(1, 10)) == 1, "what was done is not asked again"
    assert len(the_file(settings, ".csv").read_text().splitlines()) == 41


def test_a_download_that_was_cut_off_goes_on(site, admin, job, files):
    configure(admin, site, "1-3")
    for event in (1, 2, 3):
        add_downloadable(site, event)
    job("meetmax_url_check.py")
    job("run_import_job.py", "MeetMaxURLCheck")
    site.pages[export(2)] = (429, {"Retry-After": "3600"}, b"")
    job("meetmax_url_download.py", wanted=1)
    assert len(files("file_watcher")) == 1
    add_downloadable(site, 2)
    job("meetmax_url_download.py")
    assert [name.split("_", 1)[1] for name in files("file_watcher")] == ["MeetMax_1.xls", "MeetMax_2.xls", "MeetMax_3.xls"]
    assert site.count(export(1)) == 1, "what is there is not asked for again"


def test_left_overs_of_the_morning_come_first_and_then_all(site, admin, database, job):
    configure(admin, site, "1-2")
    for event in (1, 2):
        add_downloadable(site, event)
    job("meetmax_url_check.py")
    job("run_import_job.py", "MeetMaxURLCheck")
    site.pages[export(2)] = (429, {"Retry-After": "3600"}, b"")
    job("meetmax_url_download.py", wanted=1)
    run(autocommit(database), "UPDATE dba.twebdownload SET planned_at = now() - interval '12 hours' WHERE kind = 'event'")
    add_downloadable(site, 2)
    del site.asked[:]
    assert "3 done, 0 failed" in job("meetmax_url_download.py")
    assert [path for path in site.asked if "xls" in path] == [export(2), export(1), export(2)]


def test_a_site_that_wants_rest_ends_the_run_and_the_next_goes_on(site, admin, settings, job):
    configure(admin, site, "1-3")
    site.pages[old(1)] = invalid(1)
    site.pages[old(2)] = (429, {"Retry-After": "3600"}, b"")
    site.pages[old(3)] = invalid(3)
    assert "the site asks to wait 3,600 seconds" in job("meetmax_url_check.py", wanted=1)
    assert site.count(old(3)) == 0
    site.pages[old(2)] = invalid(2)
    job("meetmax_url_check.py")
    assert site.count(old(1)) == 1
    assert len(the_file(settings, ".csv").read_text().splitlines()) == 4


def test_one_event_without_an_answer_does_not_stop_the_others(site, admin, settings, job):
    configure(admin, site, "1-3")
    site.pages |= {old(1): invalid(1), old(2): reset, old(3): invalid(3)}
    assert "event 2: " in job("meetmax_url_check.py", wanted=1)
    assert [line.split(",")[0] for line in the_file(settings, ".csv").read_text().splitlines()] == ["EventID", "1", "3"]


def test_a_site_that_is_down_is_not_asked_a_thousand_times(site, admin, job, files):
    configure(admin, site, "1-1000", max_retries=0)
    site.pages["/robots.txt"] = reset
    assert "5 events one after another failed" in job("meetmax_url_check.py", wanted=1)
    assert len(site.asked) == 5
    assert files("file_watcher") == []


def test_events_by_hand_and_a_dry_run(site, admin, settings, job, files):
    configure(admin, site, "1-3")
    assert "would look at 2 events" in job("meetmax_url_check.py", "--events", "8-9", "--dry-run")
    assert site.asked == []
    site.pages |= {old(8): invalid(8), old(9): invalid(9)}
    job("meetmax_url_check.py", "--events", "8-9")
    assert len(the_file(settings, ".csv").read_text().splitlines()) == 3
    assert "'x' is not an event number" in job("meetmax_url_check.py", "--events", "x", wanted=2)
    assert "no active row of dba.tmeetmaxconfig is called 'other'; there are: 1 'events'" in job(
        "meetmax_url_check.py", "--config", "other", wanted=2
    )


# --- any page ---------------------------------------------------------------------------------------------------------------


def test_files_of_any_page(site, admin, settings, job, files):
    insert(admin, "twebconfig", url=f"{site.url}/prices/", link_selector='a[href$=".csv"]', delay_seconds=0)
    site.pages["/prices/"] = html('<a href="a.csv">a</a><a href="/other/b.csv">b</a><a href="login.csv">c</a><a href="d.pdf">d</a>')
    site.pages["/prices/a.csv"] = (200, {"ETag": '"1"'}, b"x,y\n1,2\n")
    site.pages["/other/b.csv"] = (200, {"Content-Disposition": 'attachment; filename="../../up to date.csv"'}, b"x\n1\n")
    site.pages["/prices/login.csv"] = html('<input type="password">')
    assert "would look at" in job("web_download.py", "--config", "prices", "--dry-run")
    assert "2 done, 0 unchanged, 1 refused, 0 failed" in job("web_download.py", "--config", "prices", wanted=1)
    names = [name.split("_", 1)[1] for name in files("file_watcher")]
    assert sorted(names) == ["a.csv", "up to date.csv"]
    assert "is a login page" in the_file(settings, ".error.txt", "archive/quarantine").read_text()

    site.pages["/prices/login.csv"] = (200, {}, b"x\n2\n")
    assert "1 done, 2 unchanged, 0 refused, 0 failed" in job("web_download.py", "--config", "prices")
    site.pages["/prices/"] = html("we moved")
    assert "shape changed: no link fits" in job("web_download.py", "--config", "prices", wanted=1)


def test_one_file_by_its_address(site, admin, job, files):
    insert(admin, "twebconfig", url=f"{site.url}/latest?kind=csv", delay_seconds=0)
    site.pages["/latest?kind=csv"] = (200, {}, b"x\n1\n")
    job("web_download.py", "--config", "prices")
    assert [name.split("_", 1)[1] for name in files("file_watcher")] == ["latest"]
