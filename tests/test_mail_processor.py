"""The inbox processor on a real database: every mail ends in one place, every file is saved once, and SQL can tell."""

import contextlib
import errno
import logging
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import mail_files
from conftest import ROOT
from errors import ConfigError, SourceError
from gmail_inbox_processor import open_mailbox, process_inbox
from mail_builders import add_rule, files_in, mail, put, rows

CSV = b"order_id,price\n007,1.50\n"


@pytest.fixture
def inbox(settings) -> Path:
    folder = settings.home / "mailbox"
    folder.mkdir()
    return folder


@pytest.fixture
def watcher(settings) -> Path:
    return settings.home / "file_watcher"


@pytest.fixture
def kept(settings) -> Path:
    """Where whole mails are kept."""
    return settings.home / "archive" / "mail"


@pytest.fixture
def handle(settings, connect_as, inbox):
    """Handles the inbox once, as the job does; returns the outcome."""
    connection = connect_as("etl_user")

    def run(only_config=None, *, dry_run=False):
        with contextlib.closing(open_mailbox(settings)) as mailbox:
            facts = {"run_uuid": str(uuid.uuid4()), "only_config": only_config, "dry_run": dry_run}
            return process_inbox(mailbox, settings, connection, **facts)

    return run


@pytest.fixture
def rule(connect_as):
    admin = connect_as("etl_admin")
    return lambda **columns: add_rule(admin, **columns)


MAILS = "SELECT subject, status, attempts, reason FROM dba.tinboxmessage ORDER BY inboxmessageid"
FILES = "SELECT original_name, saved_name, status, reason FROM dba.tinboxattachment ORDER BY inboxattachmentid"


def test_a_mail_becomes_dated_files_and_a_ledger_row_that_leads_to_them(handle, rule, inbox, watcher, kept, database):
    rule(save_eml=True)
    raw = mail(("orders.csv", CSV), message_id="<1@acme.example>", date="Fri, 20 Nov 2026 23:30:00 -0500")
    put(inbox, "a.eml", raw)
    outcome = handle()
    assert (outcome.done, outcome.failed) == (1, 0)
    assert "1 seen, 1 processed, 0 unmatched, 0 failed, 0 duplicate, 1 files, 24 bytes" in outcome.message
    assert files_in(watcher) == {"20261120_orders.csv": CSV} and files_in(kept) == {"20261120_Acme orders.eml": raw}
    assert files_in(inbox) == {"Processed/a.eml": raw}
    query = (
        "SELECT mailbox, message_key, sender, message.status, eml_path, saved_path, attachment.sha256, size_bytes"
        " FROM dba.tinboxmessage AS message JOIN dba.tinboxattachment AS attachment USING (inboxmessageid)"
    )
    (found,) = rows(database, query)
    assert found[:4] == (f"folder:{inbox}", "<1@acme.example>", "orders@acme.example", "processed")
    assert found[4:6] == (str(kept / "20261120_Acme orders.eml"), str(watcher / "20261120_orders.csv"))
    assert found[7] == len(CSV)


def test_the_day_is_the_configured_zones(handle, rule, inbox, watcher, settings):
    rule()
    put(inbox, "a.eml", mail(("late.csv", CSV), date="Sat, 21 Nov 2026 04:30:00 +0000"))
    handle()
    assert list(files_in(watcher)) == ["20261120_late.csv"]


def test_the_samples_end_as_the_readme_says(handle, inbox, watcher, database, server, database_name):
    sql = ROOT / "onboarding" / "samples" / "sample_config.sql"
    for _ in range(2):
        command = ["psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-U", "etl_admin", "-d", database_name, "-f", sql]
        subprocess.run(command, env=server.env, check=True)
    for path in (ROOT / "onboarding" / "samples" / "mail").glob("*.eml"):
        shutil.copy(path, inbox)
    outcome = handle()
    assert "5 seen, 4 processed, 1 unmatched, 0 failed, 1 duplicate, 3 files" in outcome.message
    assert list(files_in(watcher)) == ["20261120_acme_orders.csv", "20261120_birch_positions.xlsx", "20261120_cedar_invoices.xls"]
    assert [name for name in files_in(inbox) if name.startswith("ErrorFolder/")] == ["ErrorFolder/04_newsletter.eml"]
    assert rows(database, "SELECT count(*) FROM dba.timportconfig JOIN dba.timportcolumn USING (config_id)") == [(10,)]
    assert handle().message.startswith("no mail is waiting")


def test_an_unmatched_mail_goes_to_the_error_folder_with_the_reasons_and_is_no_failure(handle, rule, inbox, database):
    rule()
    put(inbox, "a.eml", mail(sender="news@digest.example", subject="Tricks"))
    assert handle().failed == 0
    assert list(files_in(inbox)) == ["ErrorFolder/a.eml"]
    ((_, status, _, reason),) = rows(database, MAILS)
    assert status == "unmatched" and "Acme: sender news@digest.example does not match sender_filter" in reason


def test_mails_of_one_subject_and_day_are_kept_side_by_side_for_rules_of_different_folders(handle, rule, inbox, settings, kept, database):
    rule(save_eml=True, local_repository_path="file_watcher/acme")
    rule(config_name="Birch", sender_filter="birch", save_eml=True, local_repository_path="archive/mail")
    raws = [mail(("orders.csv", CSV)), mail(("orders.csv", b"other")), mail(("b.csv", b"b"), sender="reports@birch.example")]
    for number, raw in enumerate(raws):
        put(inbox, f"{number}.eml", raw)
    handle()
    names = ["20261120_Acme orders.eml", "20261120_Acme orders_2.eml", "20261120_Acme orders_3.eml"]
    assert files_in(kept) == dict(zip(names, raws, strict=True)) | {"20261120_b.csv": b"b"}
    assert [path for (path,) in rows(database, "SELECT eml_path FROM dba.tinboxmessage ORDER BY 1")] == [str(kept / name) for name in names]
    assert list(files_in(settings.home / "file_watcher")) == ["acme/20261120_orders.csv", "acme/20261120_orders_2.csv"]


def test_same_name_other_bytes_gets_a_number_and_same_bytes_are_one_file(handle, rule, inbox, watcher, database):
    rule()
    for number, content in enumerate([CSV, b"other", CSV], start=1):
        put(inbox, f"{number}.eml", mail(("orders.csv", content), subject=f"mail {number}"))
    assert "2 files" in handle().message
    assert files_in(watcher) == {"20261120_orders.csv": CSV, "20261120_orders_2.csv": b"other"}
    assert rows(database, FILES)[2][2:] == (
        "duplicate", "the same bytes as 20261120_orders.csv from the mail 'mail 1' of 20 Nov 2026 09:00"
    )  # fmt: skip


def test_same_bytes_count_as_known_when_the_import_has_taken_the_file(handle, rule, inbox, watcher, database):
    rule()
    put(inbox, "1.eml", mail(("orders.csv", CSV), subject="first"))
    handle()
    imported(database, "Loaded")
    (watcher / "20261120_orders.csv").unlink()
    put(inbox, "2.eml", mail(("orders.csv", CSV), subject="again"))
    assert "1 duplicate" in handle().message
    assert files_in(watcher) == {}


def test_a_file_that_got_lost_or_was_refused_is_saved_when_it_comes_again(handle, rule, inbox, watcher, database):
    rule()
    for number, status in enumerate([None, "Failed"]):
        content = CSV + bytes([65 + number])
        put(inbox, "1.eml", mail(("orders.csv", content), subject="first"))
        handle()
        if status:
            imported(database, status)
        (watcher / "20261120_orders.csv").unlink()
        put(inbox, "2.eml", mail(("orders.csv", content), subject="again"))
        handle()
        assert files_in(watcher) == {"20261120_orders.csv": content}
        (watcher / "20261120_orders.csv").unlink()


def imported(database, status: str) -> None:
    """As if the import had taken every saved file."""
    with database, database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.timportconfig (config_name, datasource, datasettype, file_pattern, target_table)"
            " VALUES ('feed', 'a', 'b', 'x', 'feeds.x') ON CONFLICT DO NOTHING"
        )
        if status == "Loaded":
            cursor.execute("ALTER TABLE dba.timportfile DROP CONSTRAINT timportfile_dataset_ck")
        cursor.execute(
            "INSERT INTO dba.timportfile (config_id, file_name, sha256, size_bytes, inboxattachmentid, status)"
            " SELECT config_id, saved_name, sha256, attachment.size_bytes, inboxattachmentid, %s"
            " FROM dba.tinboxattachment AS attachment, dba.timportconfig"
            " WHERE config_name = 'feed' AND attachment.status = 'saved'",
            (status,),
        )


def test_equal_files_of_two_rules_are_both_saved(handle, rule, inbox, watcher):
    rule()
    rule(config_name="Birch", sender_filter="birch")
    put(inbox, "1.eml", mail(("acme.csv", CSV)))
    put(inbox, "2.eml", mail(("birch.csv", CSV), sender="reports@birch.example"))
    handle()
    assert list(files_in(watcher)) == ["20261120_acme.csv", "20261120_birch.csv"]


def test_a_mail_put_back_after_it_was_processed_is_moved_and_nothing_is_saved_twice(handle, rule, inbox, watcher, caplog):
    rule(processed_label="Done/Acme")
    put(inbox, "1.eml", mail(("orders.csv", CSV)))
    handle()
    (inbox / "Done" / "Acme" / "1.eml").rename(inbox / "1.eml")
    caplog.set_level(logging.INFO)
    outcome = handle()
    assert (outcome.done, outcome.failed) == (1, 0) and "1 handled before, 0 files" in outcome.message
    assert "nothing is saved twice" in caplog.text
    assert list(files_in(watcher)) == ["20261120_orders.csv"] and list(files_in(inbox)) == ["Done/Acme/1.eml"]


def test_another_mail_under_a_used_message_id_is_not_taken_for_the_first(handle, rule, inbox, watcher, database):
    rule()
    put(inbox, "1.eml", mail(("a.csv", b"1"), message_id="<1@x>"))
    second = mail(("b.csv", b"2"), message_id="<1@x>")
    put(inbox, "2.eml", second)
    handle()
    assert list(files_in(watcher)) == ["20261120_a.csv", "20261120_b.csv"]
    put(inbox, "3.eml", second)
    assert "1 handled before" in handle().message
    assert rows(database, "SELECT count(*) FROM dba.tinboxmessage") == [(2,)]


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("../../x.csv", "x.csv"), ("/etc/cron.d/x", "x"), ("..\\x", "x"), (".bashrc", "bashrc"), ("a\nb.csv", "a b.csv"),
        ("evil\u202evsc.exe", "evil vsc.exe"), ("", "attachment_3.bin"), ("...", "attachment_3.bin"), ("ä ö.csv", "ä ö.csv"),
    ],
)  # fmt: skip
def test_a_hostile_name_is_saved_safely_and_kept_on_record(handle, rule, inbox, watcher, database, name, saved):
    rule()
    encoded = "".join(f"%{byte:02X}" for byte in name.encode())
    raw = mail(("MARK", CSV)).replace(b'filename="MARK"', f"filename*=utf-8''{encoded}".encode())
    put(inbox, "a.eml", raw)
    assert handle().failed == 0
    assert files_in(watcher.parent / "file_watcher") == {f"20261120_{saved}": CSV}
    assert len(files_in(watcher.parent)) == 2
    ((original, *_),) = rows(database, FILES)
    assert original == name


def test_a_name_with_nul_and_300_bytes_is_cut_and_the_ledger_can_hold_it(handle, rule, inbox, watcher, database):
    rule()
    put(inbox, "a.eml", mail(("MARK", CSV)).replace(b'filename="MARK"', b'filename="' + b"n" * 300 + b'\0.csv"'))
    assert handle().failed == 0
    (name,) = files_in(watcher)
    assert len(name) <= 220 and name.endswith(".csv")
    assert rows(database, FILES)[0][0].endswith("n\\0.csv")


def test_only_the_names_that_fit_are_saved_the_others_are_on_record(handle, rule, inbox, watcher, database):
    rule(attachment_name_pattern=r"orders.*\.csv")
    put(inbox, "a.eml", mail(("orders_1.csv", b"1"), ("logo.png", b"2"), ("orders_2.csv", b"1")))
    handle()
    assert list(files_in(watcher)) == ["20261120_orders_1.csv"]
    assert [row[2] for row in rows(database, FILES)] == ["saved", "ignored", "duplicate"]


def test_a_rule_that_finds_no_attachment_by_name_is_a_failure_not_processed(handle, rule, inbox, watcher, database):
    rule(attachment_name_pattern=r"orders\.csv", error_label="Acme problems")
    put(inbox, "a.eml", mail(("orders.pdf", CSV)))
    outcome = handle()
    assert (outcome.done, outcome.failed) == (0, 1)
    assert list(files_in(inbox)) == ["Acme problems/a.eml"] and files_in(watcher) == {}
    ((_, status, _, reason),) = rows(database, MAILS)
    assert status == "failed" and reason.endswith("(attachments: orders.pdf)")


def test_an_attachment_over_the_cap_is_refused_at_once(handle, rule, inbox, watcher, monkeypatch):
    monkeypatch.setattr(mail_files, "MAX_ATTACHMENT_BYTES", 10)
    rule()
    put(inbox, "a.eml", mail(("orders.csv", CSV)))
    assert handle().failed == 1
    assert list(files_in(inbox)) == ["ErrorFolder/a.eml"] and files_in(watcher) == {}


def test_three_thousand_parts_are_three_thousand_files(handle, rule, inbox, watcher):
    rule()
    part = b"--M\r\nContent-Disposition: attachment; filename=a%d.csv\r\n\r\n%d\r\n"
    body = b"".join(part % (number, number) for number in range(3000))
    head = b"From: orders@acme.example\r\nDate: Fri, 20 Nov 2026 09:00:00 -0500\r\nContent-Type: multipart/mixed; boundary=M\r\n\r\n"
    put(inbox, "a.eml", head + body + b"--M--\r\n")
    assert "3000 files" in handle().message
    assert len(files_in(watcher)) == 3000


def test_a_mail_that_keeps_failing_goes_to_the_error_label_in_its_third_run(handle, rule, inbox, database):
    rule()
    put(inbox, "bad.eml", mail(("orders.csv", CSV))[:-10])
    put(inbox, "good.eml", mail(("good.csv", CSV)))
    for number in (1, 2):
        assert handle().failed == 1
        assert set(files_in(inbox)) == {"bad.eml", "Processed/good.eml"}
        assert rows(database, MAILS)[0][1:3] == ("failed", number)
    assert handle().failed == 1
    assert set(files_in(inbox)) == {"ErrorFolder/bad.eml", "Processed/good.eml"}
    assert rows(database, MAILS)[0][1:3] == ("failed", 3) and "cut off" in rows(database, MAILS)[0][3]
    (inbox / "ErrorFolder" / "bad.eml").rename(inbox / "bad.eml")  # a person wants it tried again
    handle()
    assert rows(database, MAILS)[0][1:3] == ("failed", 1) and (inbox / "bad.eml").exists()


def test_a_mail_that_stopped_three_runs_is_put_aside(handle, rule, inbox, database):
    rule()
    raw = mail(("orders.csv", CSV), message_id="<1@x>")
    put(inbox, "a.eml", raw)
    with database, database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.tinboxmessage (mailbox, message_key, sha256, attempts) VALUES (%s, '<1@x>', encode(sha256(%s), 'hex'), 3)",
            (f"folder:{inbox}", raw),
        )
    assert handle().failed == 1
    assert list(files_in(inbox)) == ["ErrorFolder/a.eml"]
    assert rows(database, MAILS)[0][1] == "failed" and "stopped in the middle" in rows(database, MAILS)[0][3]


def test_a_full_disk_ends_the_run_and_costs_no_try(handle, rule, inbox, watcher, database, monkeypatch):
    rule()
    for number in range(5):
        put(inbox, f"{number}.eml", mail(("orders.csv", b"%d" % number), message_id=f"<{number}@x>"))

    def full(path, *_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(mail_files, "write_whole", full)
        for _ in range(4):
            with pytest.raises(SourceError, match="No space left"):
                handle()
    assert rows(database, MAILS)[0][1:3] == ("failed", 0) and len(files_in(inbox)) == 5
    assert handle().done == 5
    assert len(files_in(watcher)) == 5


def test_zero_rules_or_an_unknown_one_touch_no_mail(handle, rule, inbox, database):
    put(inbox, "a.eml", mail(("orders.csv", CSV)))
    with pytest.raises(ConfigError, match="no active rule"):
        handle()
    rule(is_active=False)
    with pytest.raises(ConfigError, match="no active rule"):
        handle()
    rule(config_name="Birch")
    with pytest.raises(ConfigError, match=r"'Cedar' is not an active rule.*Birch"):
        handle("Cedar")
    assert list(files_in(inbox)) == ["a.eml"] and rows(database, MAILS) == []


def test_a_broken_rule_is_reported_and_its_mails_wait_while_the_others_work(handle, rule, inbox, database, caplog):
    with database, database.cursor() as cursor:
        cursor.execute("ALTER TABLE dba.tinboxconfig DISABLE TRIGGER a_check")
    rule(config_name="bad", priority=1, sender_filter=None, subject_pattern="(")
    rule(config_name="runaway", priority=2, sender_filter=None, subject_pattern="(a|aa)+$")
    rule()
    put(inbox, "acme.eml", mail(("orders.csv", CSV), subject="a" * 60 + "!"))
    put(inbox, "other.eml", mail(sender="somebody@else.example"))
    outcome = handle()
    assert (outcome.done, outcome.failed) == (1, 2) and "1 left in the inbox" in outcome.message
    assert set(files_in(inbox)) == {"Processed/acme.eml", "other.eml"}
    assert "rule 'bad' is off" in caplog.text and "rule 'runaway' is off" in caplog.text


def test_with_one_rule_named_all_other_mails_are_left(handle, rule, inbox, database):
    rule(priority=10)
    birch = rule(config_name="Birch", priority=1, sender_filter="birch")
    rule(config_name="All CSV", priority=20, sender_filter=None, has_attachment=True)
    for name, sender in (("acme", "orders@acme.example"), ("birch", "x@birch.example"), ("none", "y@z.example")):
        put(inbox, f"{name}.eml", mail(("orders.csv", name.encode()), sender=sender))
    assert "2 left in the inbox" in handle("All CSV").message
    assert set(files_in(inbox)) == {"acme.eml", "birch.eml", "Processed/none.eml"}
    handle(str(birch))
    assert set(files_in(inbox)) == {"acme.eml", "Processed/birch.eml", "Processed/none.eml"}
    assert len(rows(database, MAILS)) == 2


def test_a_dry_run_explains_and_writes_nothing(settings, rule, inbox, connect_as, database, caplog):
    rule(attachment_name_pattern=r".*\.csv")
    rule(config_name="Birch", sender_filter="birch")
    for number, name in enumerate(["a.csv", "b.csv", "c.pdf"]):
        put(inbox, f"{number}.eml", mail((name, CSV), subject=f"mail {number}"))
    put(inbox, "9.eml", mail(sender="news@digest.example"))
    before = files_in(settings.home)
    connection = connect_as("etl_user")
    connection.set_session(readonly=True)
    caplog.set_level(logging.INFO)
    with contextlib.closing(open_mailbox(settings)) as mailbox:
        outcome = process_inbox(mailbox, settings, connection, run_uuid=str(uuid.uuid4()), dry_run=True)
    assert "4 seen, 2 processed, 1 unmatched, 1 failed, 1 duplicate, 1 files" in outcome.message
    assert "would save 20261120_a.csv (24 bytes)" in caplog.text
    assert "'b.csv': the same bytes as 20261120_a.csv" in caplog.text
    assert "not 'Birch': sender orders@acme.example does not match" in caplog.text
    assert "no attachment fits" in caplog.text
    assert files_in(settings.home) == before and rows(database, MAILS) == []


def test_a_maildir_is_handled_alike(handle, rule, inbox, watcher):
    rule()
    for sub in ("new", "cur", "tmp"):
        (inbox / sub).mkdir()
    put(inbox / "new", "1.host", mail(("orders.csv", CSV)))
    put(inbox / "cur", "2.host:2,S", mail(sender="x@y.example"))
    handle()
    assert list(files_in(watcher)) == ["20261120_orders.csv"]
    names = [name for name in files_in(inbox) if not name.endswith("maildirfolder")]
    assert names == [".ErrorFolder/cur/2.host:2,S", ".Processed/cur/1.host:2,"]


def test_a_symlink_in_the_way_is_not_written_through(handle, rule, inbox, watcher, tmp_path):
    rule()
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep")
    (watcher / "20261120_orders.csv").symlink_to(precious)
    put(inbox, "a.eml", mail(("orders.csv", CSV)))
    handle()
    assert precious.read_bytes() == b"keep" and (watcher / "20261120_orders_2.csv").read_bytes() == CSV


def test_a_mail_that_cannot_be_moved_is_a_failure_and_is_moved_by_the_next_run(handle, rule, inbox, watcher, monkeypatch):
    rule()
    put(inbox, "a.eml", mail(("orders.csv", CSV)))
    (inbox / "Processed").write_bytes(b"a file where the label's folder should be")
    assert handle().failed == 1
    (inbox / "Processed").unlink()
    assert "1 handled before" in handle().message
    assert list(files_in(watcher)) == ["20261120_orders.csv"] and list(files_in(inbox)) == ["Processed/a.eml"]


@pytest.mark.parametrize("script", ["run_gmail_inbox_processor.py", "process_inbox.py"])
def test_the_scripts_tell_the_truth_by_their_exit_code(script, rule, inbox, job_env):
    def run(*arguments):
        command = [sys.executable, ROOT / "jobscripts" / script, *arguments]
        return subprocess.run(command, env=job_env, capture_output=True, text=True, cwd="/")

    put(inbox, "a.eml", mail(("orders.csv", CSV)))
    assert run().returncode == 2
    rule()
    assert run("nothing").returncode == 2
    dry = run("--dry-run")
    assert dry.returncode == 0 and "would save 20261120_orders.csv" in dry.stdout
    done = run("Acme")
    assert done.returncode == 0 and "1 processed" in done.stdout
    put(inbox, "b.eml", mail(("orders.csv", CSV))[:-10])
    assert run().returncode == 1
    assert run("--help").returncode == 0


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=300), subject=st.text(max_size=100))
def test_any_name_and_subject_stay_in_the_folders(handle, inbox, settings, watcher, kept, database, name, subject):
    if not rows(database, "SELECT 1 FROM dba.tinboxconfig"):
        add_rule(database, save_eml=True)
    inside = ("file_watcher/", "archive/mail/", "mailbox/")
    outside = {path for path in files_in(settings.home) if not path.startswith(inside)}
    seen = len(files_in(watcher))
    encoded = "".join(f"%{byte:02X}" for byte in name.encode("utf-8", "replace"))
    content = uuid.uuid4().bytes
    raw = mail(("MARK", content), subject=" ").replace(b'filename="MARK"', f"filename*=utf-8''{encoded}".encode())
    words = "".join(f"={byte:02X}" for byte in subject.encode("utf-8", "replace"))
    put(inbox, "a.eml", raw.replace(b"Subject:  ", f"Subject: =?utf-8?q?{words}?=".encode()))
    assert handle().failed == 0
    assert len(files_in(watcher)) == len(files_in(kept)) == seen + 1
    assert all(name.startswith("20261120_") and "/" not in name for folder in (watcher, kept) for name in files_in(folder))
    assert {path for path in files_in(settings.home) if not path.startswith(inside)} == outside
    assert content in files_in(watcher).values()
