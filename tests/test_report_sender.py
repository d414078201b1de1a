"""Reports on a real database: one mail per due time whatever happens, and never a wrong one."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from errors import ConfigError
from report_queries import plan_query, report_session
from report_sender import SendOrder, check_reports, due_time, preview_reports, send_reports
from settings import Settings
from smtp_server import smtp_server

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 11, 20, 1, 500, tzinfo=ZONE)
DUE = datetime(2026, 11, 23, 11, 20, tzinfo=ZONE)
ORDERS = "SELECT id, client, amount FROM sales.orders ORDER BY id"
REPORT = {
    "reportname": "Client orders",
    "frequency": "20 11 * * 1-5",
    "subjectheader": "Orders of {{today}}",
    "toheader": "anna@example.com, bob@example.com",
    "bcc": "carl@example.com",
    "emailbodytemplate": "<h1>Orders</h1>{{grid1}}",
    "emailbodyqueries": {"grid1": ORDERS},
    "attachmentqueries": [{"name": "orders {{today}}", "query": ORDERS, "format": "xlsx"}],
}


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr(Settings, "now", lambda self: NOW)


@pytest.fixture
def job(connect_as):
    """The job's own connection, with the target table that the reports read."""
    connection = connect_as("etl_user")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """CREATE SCHEMA sales; CREATE TABLE sales.orders (id int, client text, amount numeric);
               INSERT INTO sales.orders VALUES (1, 'Müller {{grid2}} <b>', 1234.50), (2, '=1+1', NULL)"""
        )
    return connection


@pytest.fixture
def add_report(database):
    def add(**changes) -> int:
        with database, database.cursor() as cursor:
            cursor.execute("SELECT dba.f_insert_treportmanager(%s)", (json.dumps(REPORT | changes),))
            return cursor.fetchone()[0]

    return add


@pytest.fixture
def change_report(database):
    def change(report_id: int, **changes) -> None:
        with database, database.cursor() as cursor:
            cursor.execute("SELECT dba.f_update_treportmanager(%s, %s)", (report_id, json.dumps(changes)))

    return change


@pytest.fixture
def order(settings, job) -> SendOrder:
    return SendOrder(settings, job, str(uuid4()))


@pytest.fixture
def runs(database):
    def read(column: str = "status") -> list:
        with database, database.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM dba.treportrun ORDER BY reportrunid")
            return [value for (value,) in cursor]

    return read


def outbox(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.path("outbox").iterdir())


def mail_in(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


def with_server(order: SendOrder, room) -> SendOrder:
    settings = replace(order.settings, smtp_host="localhost", smtp_port=room.port, ca_bundle=room.ca_file)
    return replace(order, settings=settings)


# --- due times --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "now", "due"),
    [
        ("20 11 * * 1-5", "2026-11-23T11:20:00", "2026-11-23T11:20:00"),
        ("20 11 * * 1-5", "2026-11-23T11:19:59.999", "2026-11-20T11:20:00"),
        ("20 11 * * 1-5", "2026-11-23T18:00:00", "2026-11-23T11:20:00"),
        ("0 9 1 * *", "2026-11-23T18:00:00", "2026-11-01T09:00:00"),
        ("*/10 * * * *", "2026-11-23T11:29:30", "2026-11-23T11:20:00"),
        ("30 2 * * *", "2026-03-08T03:10:00", "2026-03-08T03:00:00"),  # 02:30 does not exist that day: cron runs it at 03:00
        (None, "2026-11-23T11:29:30", "2026-11-23T11:29:30"),
    ],
)
def test_the_due_time_is_the_latest_one_that_has_come(frequency, now, due):
    at = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    assert due_time(frequency, at).replace(tzinfo=None) == datetime.fromisoformat(due)


@given(st.integers(0, 3 * 3600))
@example(1800)
@example(0)
def test_both_hours_of_the_day_the_clocks_go_back_have_one_due_time(seconds):
    one_thirty = datetime(2026, 11, 1, 1, 30, tzinfo=ZONE)
    later = (one_thirty.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(ZONE)
    assert due_time("30 1 * * *", later).astimezone(UTC) == one_thirty.astimezone(UTC)


def test_a_frequency_that_names_no_time_is_refused():
    with pytest.raises(ConfigError, match="names no time"):
        due_time("99 * * * *", NOW)


# --- what goes out ----------------------------------------------------------------------------------------------


def test_a_report_goes_to_the_outbox_when_no_server_is_set(order, add_report, runs, at_noon, caplog):
    caplog.set_level(logging.INFO)
    report_id = add_report()
    outcome = send_reports(order, [str(report_id)])
    assert (outcome.done, outcome.failed, outcome.message) == (1, 0, "reports: 1 written to the outbox")
    assert outbox(order.settings) == ["Client_orders_20261123T112000.eml", "Client_orders_20261123T112000.html"]
    mail = mail_in((order.settings.path("outbox") / "Client_orders_20261123T112000.eml").read_bytes())
    assert mail["Subject"] == "Orders of 2026-11-23" and "carl" not in mail.as_string()
    html = mail.get_body(("html",)).get_content()
    assert "Müller {{grid2}} &lt;b&gt;" in html and "1,234.50" in html
    assert "Data as of 2026-11-23 11:20 EST, 2 rows, attached: orders 2026-11-23.xlsx (2 rows)" in html
    assert "Müller {{grid2}} <b>" in mail.get_body(("plain",)).get_content()
    [attachment] = mail.iter_attachments()
    file = order.settings.home / "back.xlsx"
    file.write_bytes(attachment.get_content())
    assert attachment.get_filename() == "orders 2026-11-23.xlsx"
    assert list(openpyxl.load_workbook(file).active.values) == [
        ("id", "client", "amount"),
        (1, "Müller {{grid2}} <b>", 1234.5),
        (2, "=1+1", None),
    ]
    assert "Client orders: written to " in caplog.text and "grid1 2 rows, orders 2026-11-23.xlsx 2 rows" in caplog.text
    assert runs("(status, recipients::text, row_counts->>'grid1', error)") == [
        '(sent,"{anna@example.com,bob@example.com,carl@example.com}",2,)'
    ]


def test_a_report_is_sent_once_per_due_time(order, add_report, runs, at_noon, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    add_report()
    with smtp_server(tmp_path) as room:
        order = with_server(order, room)
        send_reports(order, ["Client orders"])
        again = send_reports(order, ["Client orders"])
        assert len(room.mails) == 1 and (again.done, again.failed) == (1, 0)
        assert "already sent for 2026-11-23 11:20; use --resend" in caplog.text
        send_reports(replace(order, resend=True), ["Client orders"])
    first, second = (mail_in(raw) for _, raw in room.mails)
    assert first["Message-ID"] == "<report-3.20261123T162000Z@example.com>" != second["Message-ID"]
    assert runs() == ["sent", "sent"] and len(set(runs("due_at"))) == 1
    assert room.mails[0][0] == ["anna@example.com", "bob@example.com", "carl@example.com"]


def test_a_dry_run_builds_and_says_and_leaves_nothing(order, add_report, runs, at_noon, caplog):
    caplog.set_level(logging.INFO)
    add_report()
    order.connection.set_session(readonly=True)
    outcome = send_reports(replace(order, dry_run=True), ["Client orders"])
    assert (outcome.done, outcome.failed) == (1, 0) and runs() == [] and outbox(order.settings) == []
    assert "would go to anna@example.com, bob@example.com, carl@example.com; grid1 2 rows" in caplog.text


@pytest.mark.parametrize(
    ("when_empty", "status", "said"), [("send", "sent", "No rows."), ("note", "sent", "There are no rows"), ("skip", "skipped", None)]
)
def test_an_empty_report_does_what_its_row_says(order, add_report, runs, at_noon, when_empty, status, said):
    nothing = "SELECT 1 AS n WHERE false"
    add_report(when_empty=when_empty, emailbodyqueries={"grid1": nothing}, attachmentqueries=[])
    assert send_reports(order, ["Client orders"]).failed == 0
    assert runs() == [status] and len(outbox(order.settings)) == (2 if said else 0)
    assert said is None or said in next(order.settings.path("outbox").glob("*.html")).read_text()


def test_a_skipped_report_is_sent_when_rows_come(order, add_report, change_report, runs, at_noon):
    query = {"grid1": "SELECT 1 AS n WHERE false"}
    report = add_report(when_empty="skip", emailbodyqueries=query, attachmentqueries=[])
    send_reports(order, [str(report)])
    change_report(report, emailbodyqueries={"grid1": "SELECT 1 AS n"})
    send_reports(order, [str(report)])
    assert runs() == ["sent"]


# --- what is held -----------------------------------------------------------------------------------------------


def test_a_failing_query_holds_the_mail_and_is_told_to_the_operator_only(order, add_report, change_report, runs, at_noon, caplog):
    report = add_report(emailbodytemplate="{{a}}{{b}}", emailbodyqueries={"a": ORDERS, "b": "SELECT * FROM sales.secret_table"})
    outcome = send_reports(order, [str(report)])
    assert (outcome.done, outcome.failed) == (0, 1) and runs() == ["held"] and outbox(order.settings) == []
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert line.startswith('Client orders: held, nothing was sent: query b failed: relation "sales.secret_table" does not')
    change_report(report, emailbodyqueries={"a": ORDERS, "b": ORDERS})
    assert send_reports(order, [str(report)]).failed == 0
    assert runs() == ["sent"] and runs("error") == [None]


def test_on_error_note_sends_the_rest_without_a_word_of_sql(order, add_report, runs, at_noon, caplog):
    bad = "SELECT * FROM sales.secret_table"
    add_report(
        on_error="note",
        emailbodytemplate="{{a}}{{b}}",
        emailbodyqueries={"a": ORDERS, "b": bad},
        attachmentqueries=[{"name": "x", "query": bad}],
    )
    outcome = send_reports(order, ["Client orders"])
    assert outcome.failed == 1 and runs() == ["sent"]
    eml = next(order.settings.path("outbox").glob("*.eml")).read_bytes()
    text = mail_in(eml).get_body(("html",)).get_content()
    assert "1,234.50" in text and "not available today. We are looking into it." in text
    assert "1 of the attachments is not available today." in text
    assert b"secret_table" not in eml and "secret_table" in caplog.text


def test_one_failing_report_does_not_stop_the_others(order, add_report, runs, at_noon, tmp_path):
    names = [f"Report {letter}" for letter in "abcde"]
    for name in names:
        query = {"grid1": "SELECT 1 / 0"} if name == "Report c" else {"grid1": ORDERS}
        add_report(reportname=name, emailbodyqueries=query)
    with smtp_server(tmp_path) as room:
        outcome = send_reports(with_server(order, room), [*names, "no such report"])
    assert (outcome.done, outcome.failed) == (4, 2) and len(room.mails) == 4
    assert sorted(runs()) == ["held", "sent", "sent", "sent", "sent"]


def test_a_chart_that_cannot_be_drawn_holds_its_report_and_no_other(order, add_report, runs, at_noon, tmp_path, caplog):
    add_report()
    bad = [CHART | {"query": "SELECT client, client AS amount FROM sales.orders"}]
    add_report(reportname="Bad chart", emailbodytemplate="{{grid1}}{{chart1}}", charts=bad)
    add_report(reportname="Good chart", emailbodytemplate="{{grid1}}{{chart1}}", charts=[CHART])
    with smtp_server(tmp_path) as room:
        outcome = send_reports(with_server(order, room), ["Client orders", "Bad chart", "Good chart"])
    assert (outcome.done, outcome.failed, len(room.mails)) == (2, 1, 2) and runs() == ["sent", "held", "sent"]
    assert "Bad chart: held, nothing was sent: charts chart1: column 'amount'" in caplog.text


def test_xls_in_a_row_is_a_true_xlsx_with_typed_cells(order, add_report, at_noon):
    query = "SELECT id, client, amount, date '2026-11-23' AS day, amount > 0 AS positive FROM sales.orders ORDER BY id"
    add_report(attachmentqueries=[{"name": "orders.xls", "query": query, "format": "XLS"}])
    assert send_reports(order, ["Client orders"]).failed == 0
    (path,) = order.settings.path("outbox").glob("*.eml")
    (part,) = mail_in(path.read_bytes()).iter_attachments()
    assert part.get_filename() == "orders.xlsx"
    sheet = openpyxl.load_workbook(BytesIO(part.get_content())).active
    assert [cell.value for cell in sheet[1]] == ["id", "client", "amount", "day", "positive"]
    assert [type(cell.value) for cell in sheet[2]][1:] == [str, float, datetime, bool] and sheet["A2"].value == 1
    assert (sheet.freeze_panes, sheet["D2"].number_format) == ("A2", "yyyy-mm-dd")


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        ({"to_data": ["552 too large"]}, "was not sent"),
        ({"to_data": ["drop"]}, "may not have arrived"),
        ({"to_rcpt": {"bob@example.com": ["550 no such user"]}}, "was sent in part"),
    ],
)
def test_the_operator_hears_of_every_delivery_that_did_not_go_well(order, add_report, at_noon, tmp_path, trouble, word):
    add_report()
    order = replace(order, settings=replace(order.settings, operator_email="ops@example.com"))
    with smtp_server(tmp_path) as room:
        for name, answers in trouble.items():
            setattr(room, name, answers)
        assert send_reports(with_server(order, room), ["Client orders"]).failed == 1
        (notice,) = (mail for to, mail in room.mails if to == ["ops@example.com"])
    notice = mail_in(notice)
    assert notice["Subject"] == f"Report Client orders {word}"
    assert order.run_uuid in notice.get_body(("plain",)).get_content() and "SELECT" not in notice.as_string()


def test_only_unknown_names_are_a_usage_error(order, add_report):
    with pytest.raises(ConfigError, match=r"no report is called Orders; there are: 1 .*; 3 Client orders"):
        add_report()
        send_reports(order, ["Orders"])


# hex of noise: half of it is left when it is zipped
NOISE = "SELECT string_agg(encode(sha256(n::text::bytea), 'hex'), '') FROM generate_series(1, 520000) AS n"


def test_a_large_attachment_is_zipped(order, add_report, runs, at_noon):
    add_report(attachmentqueries=[{"name": "x", "query": "SELECT repeat('x', 20000000) AS c", "format": "csv"}])
    assert send_reports(order, ["Client orders"]).failed == 0
    (path,) = (order.settings.home / "outbox").glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    (part,) = mail.iter_attachments()
    assert part.get_filename() == "x.csv.zip" and part.get_content_type() == "application/zip"
    with ZipFile(BytesIO(part.get_content())) as archive:
        assert archive.read("x.csv").decode("utf-8-sig") == "c\n" + "x" * 20_000_000 + "\n"
    assert "attached: x.csv.zip (1 row)" in mail.get_body(("plain",)).get_content().replace("\n", " ")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"datastatusid": 2}, "switched off"),
        ({"max_data_age": "26 hours"}, "no active dataset is behind its queries"),
        ({"subjectheader": "{{nothing}}"}, "template cannot be filled"),
        ({"emailbodyqueries": {"grid1": "SELECT 1; DELETE FROM sales.orders"}}, "is not one SELECT"),
        (
            {"attachmentqueries": [{"name": "x", "query": NOISE, "format": "csv"}]},
            "MB (x.csv.zip 1",
        ),
        ({"attachmentqueries": [{"name": "x", "query": "SELECT repeat('x', 40000)", "format": "xlsx"}]}, "holds 32,767"),
    ],
)
def test_what_cannot_be_sent_right_is_not_sent(order, add_report, runs, at_noon, caplog, changes, reason):
    add_report(**changes)
    assert send_reports(order, ["Client orders"]).failed == 1
    assert runs() in ([], ["held"]) and outbox(order.settings) == [] and reason in caplog.text


# --- the mail server's part -------------------------------------------------------------------------------------


def test_a_refused_recipient_is_on_record_and_in_the_exit_code(order, add_report, runs, at_noon, tmp_path, caplog):
    add_report()
    with smtp_server(tmp_path) as room:
        room.to_rcpt = {"bob@example.com": ["550 no such user"]}
        outcome = send_reports(with_server(order, room), ["Client orders"])
    assert outcome.failed == 1 and runs() == ["sent"] and runs("refused_recipients") == [{"bob@example.com": "550 no such user"}]
    assert "did not take it for bob@example.com: 550 no such user" in caplog.text


def test_a_server_that_refuses_leaves_the_report_to_be_sent_again(order, add_report, runs, at_noon, tmp_path):
    add_report()
    with smtp_server(tmp_path) as room:
        room.to_data = ["552 too large"]
        assert send_reports(with_server(order, room), ["Client orders"]).failed == 1
        assert runs() == ["failed"]
        assert send_reports(with_server(order, room), ["Client orders"]).failed == 0
    assert runs() == ["sent"] and len(room.mails) == 1


def test_a_connection_lost_after_the_data_is_never_resent_by_itself(order, add_report, runs, at_noon, tmp_path, caplog):
    add_report()
    with smtp_server(tmp_path) as room:
        order = with_server(order, room)
        room.to_data = ["drop"]
        assert send_reports(order, ["Client orders"]).failed == 1
        assert runs() == ["unknown"]
        assert send_reports(order, ["Client orders"]).failed == 1
        assert room.mails == [] and "nobody knows whether the mail of 2026-11-23 11:20 arrived" in caplog.text
        assert send_reports(replace(order, resend=True), ["Client orders"]).failed == 0
    # should the first one have arrived after all, mail programs show both as one
    assert mail_in(room.mails[0][1])["Message-ID"] == "<report-3.20261123T162000Z@example.com>"


def test_a_correction_whose_delivery_is_unknown_keeps_its_own_id(order, add_report, runs, at_noon, tmp_path):
    add_report()
    with smtp_server(tmp_path) as room:
        again = replace(with_server(order, room), resend=True)
        send_reports(again, ["Client orders"])
        room.to_data = ["drop"]
        send_reports(again, ["Client orders"])
        [_, correction] = runs("message_id")
        send_reports(replace(again, run_uuid=str(uuid4())), ["Client orders"])
    first, second = (mail_in(raw)["Message-ID"] for _, raw in room.mails)
    assert first != second == correction


def test_a_resend_that_fails_leaves_the_first_delivery_on_record_and_is_not_repeated_by_itself(order, add_report, runs, at_noon, tmp_path):
    add_report()
    with smtp_server(tmp_path) as room:
        order = with_server(order, room)
        send_reports(order, ["Client orders"])
        room.to_data = ["550 no"]
        send_reports(replace(order, resend=True), ["Client orders"])
        assert runs()[0] == "sent" and runs()[1] != "sent"
        room.to_data = []
        send_reports(order, ["Client orders"])
        assert len(room.mails) == 1


def test_an_outbox_that_cannot_be_written_is_a_failure_to_try_again(order, add_report, runs, at_noon, caplog):
    add_report()
    order.settings.path("outbox").rmdir()
    order.settings.path("outbox").write_text("a file in the way")
    assert send_reports(order, ["Client orders"]).failed == 1 and runs() == ["failed"]
    order.settings.path("outbox").unlink()
    assert send_reports(order, ["Client orders"]).failed == 0 and runs() == ["sent"]


# --- processes --------------------------------------------------------------------------------------------------


@pytest.fixture
def start(job_env, job, tmp_path):
    """start('Client orders', ETL_SMTP_HOST=...) runs send_reports.py as a process of its own."""
    script = Path(job_env["ETL_ROOT"]) / "jobscripts" / "send_reports.py"

    def run(*arguments: str, **env: str) -> subprocess.Popen:
        command = [sys.executable, str(script), *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, env={**job_env, **env}, cwd=tmp_path, **pipes)

    return run


def server_env(room) -> dict[str, str]:
    return {
        "ETL_SMTP_HOST": "localhost", "ETL_SMTP_PORT": str(room.port), "ETL_CA_BUNDLE": room.ca_file,
        "ETL_EMAIL": "etl@example.com", "ETL_EMAIL_PASSWORD": "c4nary-smtp",
    }  # fmt: skip


@contextmanager
def killed_when(process: subprocess.Popen, ready):
    deadline = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < deadline and process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    yield


def test_two_processes_at_once_send_one_mail(start, add_report, runs, tmp_path):
    add_report()
    with smtp_server(tmp_path) as room:
        processes = [start("Client orders", **server_env(room)) for _ in range(3)]
        said = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert len(room.mails) == 1 and runs() == ["sent"]
    assert sum("sent to anna@example.com" in text for text in said) == 1
    assert not any("c4nary-smtp" in text for text in said)


def test_a_kill_before_the_mail_leaves_it_for_the_next_run(start, add_report, change_report, runs, tmp_path):
    report = add_report(emailbodyqueries={"grid1": "SELECT pg_sleep(20), 1 AS n"})
    with smtp_server(tmp_path) as room:
        process = start("Client orders", **server_env(room))
        with killed_when(process, lambda: runs() == ["claimed"]):
            change_report(report, emailbodyqueries={"grid1": ORDERS})
        assert start_until_free(start, room)[0] == 0
    assert len(room.mails) == 1 and runs() == ["sent"]


def test_a_kill_while_the_server_takes_the_mail_is_unknown_and_not_resent(start, add_report, runs, tmp_path):
    add_report()
    with smtp_server(tmp_path) as room:
        room.to_data = ["hang"]
        process = start("Client orders", **server_env(room))
        with killed_when(process, lambda: room.to_data == []):
            pass
        code, said = start_until_free(start, room)
    assert code == 1 and "nobody knows whether the mail" in said and "--resend" in said
    assert room.mails == [] and runs() == ["unknown"]


def start_until_free(start, room) -> tuple[int, str]:
    """The first run after PostgreSQL noticed that the killed one is gone."""
    while True:
        process = start("Client orders", **server_env(room))
        said = process.communicate(timeout=60)[0]
        if "another run" not in said:
            return process.returncode, said


# --- what is behind a report ------------------------------------------------------------------------------------


@pytest.fixture
def import_orders(database):
    """import_orders(hours) puts on record that sales.orders was filled from a file that many hours before NOW."""

    def load(hours: float) -> None:
        when = NOW - timedelta(hours=hours)
        with database, database.cursor() as cursor:
            cursor.execute("INSERT INTO dba.tdatasource (datasourcename) VALUES ('Acme') RETURNING datasourceid")
            source = cursor.fetchone()[0]
            cursor.execute("INSERT INTO dba.tdatasettype (datasettypename) VALUES ('Orders') RETURNING datasettypeid")
            kind = cursor.fetchone()[0]
            cursor.execute(
                """INSERT INTO dba.tdataset (datasetdate, label, datasettypeid, datasourceid, datastatusid, isactive, efffromdate)
                   VALUES ('2026-11-20', 'orders', %s, %s, 1, true, %s) RETURNING datasetid""",
                (kind, source, when),
            )
            dataset = cursor.fetchone()[0]
            cursor.execute(
                """CALL dba.pimportconfigi('{"config_name": "orders", "datasource": "Acme", "datasettype": "Orders",
                   "file_pattern": "x", "target_table": "sales.orders", "metadata_label_source": "static",
                   "metadata_label_location": "orders", "dateconfig": "mtime"}')"""
            )
            cursor.execute(
                """INSERT INTO dba.timportfile (config_id, file_name, sha256, size_bytes, target_table, datasetid, status, finished_at)
                   SELECT config_id, 'acme.csv', repeat('0', 64), 1, 'sales.orders', %s, 'Loaded', %s FROM dba.timportconfig
                   WHERE config_name = 'orders'""",
                (dataset, when),
            )

    return load


def test_the_footer_names_the_file_behind_the_rows(order, add_report, import_orders, at_noon):
    import_orders(2)
    add_report(max_data_age="26 hours")
    assert send_reports(order, ["Client orders"]).failed == 0
    html = next(order.settings.path("outbox").glob("*.html")).read_text()
    assert "from file acme.csv received 2026-11-23 09:20" in html


def test_a_report_on_old_data_is_held_and_the_operator_is_told(order, add_report, import_orders, runs, at_noon, tmp_path):
    import_orders(27)
    add_report(max_data_age="26 hours")
    with smtp_server(tmp_path) as room:
        order = with_server(order, room)
        order = replace(order, settings=replace(order.settings, operator_email="ops@example.com"))
        assert send_reports(order, ["Client orders"]).failed == 1
    [(recipients, raw)] = room.mails
    assert runs() == ["held"] and recipients == ["ops@example.com"]
    notice = mail_in(raw)
    assert notice["Subject"] == "Report Client orders was held, nothing was sent"
    assert "its newest data is acme.csv of 2026-11-22 08:20" in notice.get_body(("plain",)).get_content()


# --- trying a report --------------------------------------------------------------------------------------------

CHART = {"name": "chart1", "query": "SELECT client, amount FROM sales.orders ORDER BY id", "title": "Orders of $today$"}


def test_a_chart_is_inline_and_has_words_for_those_who_do_not_see_it(order, add_report, at_noon):
    add_report(emailbodytemplate="{{grid1}}{{chart1}}", charts=[CHART])
    assert send_reports(order, ["Client orders"]).failed == 0
    message = mail_in(next(order.settings.path("outbox").glob("*.eml")).read_bytes())
    html = message.get_body(("html",)).get_content()
    [picture] = [part for part in message.walk() if part["Content-ID"] == "<chart1>"]
    assert picture.get_content().startswith(b"\x89PNG") and picture.get_content_disposition() == "inline"
    words = "Orders of $today$: bar chart over client Müller {{grid2}} <b> to =1+1: amount from 1,234.5 to 1,234.5."
    assert words in message.get_body(("plain",)).get_content().replace("\n", " ")
    assert 'src="cid:chart1" alt="Orders of $today$: bar chart' in html and "Müller {{grid2}} &lt;b&gt;" in html
    assert "data:image/png;base64," in next(order.settings.path("outbox").glob("*.html")).read_text()


def test_a_preview_names_the_file_and_leaves_the_mail_unsent(order, add_report, runs, at_noon, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    add_report(emailbodytemplate="{{grid1}}{{chart1}}", charts=[CHART])
    with smtp_server(tmp_path) as room:
        assert preview_reports(with_server(order, room), ["Client orders"]).failed == 0
    assert room.mails == [] and runs() == [] and outbox(order.settings) == ["preview_Client_orders.html"]
    assert str(order.settings.path("outbox") / "preview_Client_orders.html") in caplog.text


def test_a_trial_goes_to_one_address_and_the_report_is_still_sent_when_due(order, add_report, runs, at_noon, tmp_path):
    add_report(cc="dora@example.com")
    with smtp_server(tmp_path) as room:
        order = with_server(order, room)
        assert send_reports(replace(order, trial_address="me@example.com"), ["Client orders"]).failed == 0
        assert [recipients for recipients, _ in room.mails] == [["me@example.com"]] and runs() == []
        assert b"anna" not in room.mails[0][1] and b"dora" not in room.mails[0][1]
        assert send_reports(order, ["Client orders"]).failed == 0
    assert len(room.mails) == 2 and runs() == ["sent"]


def test_a_check_finds_every_fault_and_runs_no_query(order, add_report, runs, caplog):
    add_report()
    add_report(reportname="Slow", emailbodyqueries={"grid1": "SELECT pg_sleep(600)"}, attachmentqueries=[])
    add_report(
        reportname="Bad",
        subjectheader="{{nothing}}",
        emailbodytemplate="{{grid1}}{{chart1}}",
        emailbodyqueries={"grid1": "SELECT * FROM sales.missing"},
        charts=[CHART | {"y": ["total"]}],
        attachmentqueries=[{"name": "x", "query": "SELECT 1; SELECT 2", "format": "XLS"}],
    )
    add_report(reportname="Off", emailbodyqueries={"grid1": "SELECT * FROM sales.missing"}, datastatusid=2)
    outcome = check_reports(order, ["Client orders", "Slow", "Bad"])
    assert (outcome.done, outcome.failed) == (2, 1) and runs() == [] and outbox(order.settings) == []
    for fault in (
        "'nothing' is undefined",
        'query grid1 failed: relation "sales.missing" does not exist',
        "attachment x is not one SELECT",
        "gives no column 'total', only client, amount",
    ):
        assert fault in caplog.text
    assert check_reports(order, ["Off"]).failed == 1  # checked before it is switched on


def test_the_seeded_report_mails_the_changes_of_meetmax_events(order, job, at_noon):
    assert check_reports(order, ["MeetMax event changes"]).failed == 0  # before the first import
    with job, job.cursor() as cursor:
        cursor.execute(
            """CREATE SCHEMA feeds; CREATE TABLE feeds.tmeetmaxevent (datasetid bigint, company_organization text);
               INSERT INTO feeds.tmeetmaxevent SELECT dba.f_dataset_iu('MeetMaxEvent', 'MeetMax', '119179',
                   CASE WHEN dba.f_is_business_day(current_date) THEN current_date
                   ELSE dba.f_previous_business_day(current_date) END), 'Acme'"""
        )
        cursor.execute("SELECT datasetid FROM feeds.tmeetmaxevent")
        cursor.execute("CALL dba.p_dataset_activate(%s)", cursor.fetchone())
    assert check_reports(order, ["MeetMax event changes"]).failed == 0
    assert send_reports(order, ["MeetMax event changes"]).message == "reports: 1 written to the outbox"
    page = next(order.settings.path("outbox").glob("*.html")).read_text()
    assert all(word in page for word in ("119179", "Acme", "added"))


@pytest.mark.parametrize(
    ("query", "columns"),
    [("SELECT id FROM sales.orders", ("id",)), ("WITH o AS (SELECT * FROM sales.orders) SELECT count(*) AS n FROM o", ("n",))],
)
def test_a_plan_knows_columns_and_tables(order, query, columns):
    with report_session(order.settings) as session:
        plan = plan_query(session, query)
    assert plan.columns == columns and plan.tables == {"sales.orders"}


def test_a_test_mail_says_each_step_and_no_secret(job_env, job, tmp_path):
    script = Path(job_env["ETL_ROOT"]) / "jobscripts" / "testemail.py"
    with smtp_server(tmp_path) as room:
        command = [sys.executable, str(script), "me@example.com"]
        done = subprocess.run(command, env={**job_env, **server_env(room)}, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        bad = subprocess.run(
            command,
            env={**job_env, **server_env(room), "ETL_EMAIL_PASSWORD": "wrong-one"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0 and len(room.mails) == 1, done.stderr
    steps = (
        "the database answers",
        "answers",
        "encrypted (TLS",
        "logged in as etl@example.com",
        "me@example.com: the server took the message",
    )
    assert all(step in done.stdout for step in steps) and "c4nary-smtp" not in done.stdout + done.stderr
    assert bad.returncode == 1 and "535" in bad.stderr and "wrong-one" not in bad.stdout + bad.stderr
