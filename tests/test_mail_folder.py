"""A folder and a Maildir as a mailbox: what waits there, and moves that never lose or overwrite a mail."""

import os
import threading
import time

import pytest

from errors import BadFileError, ConfigError
from mail_builders import files_in, mail, put
from mailbox_folder import FolderMailbox


def test_only_settled_plain_eml_files_wait_oldest_first(tmp_path):
    for name, seconds in (("b.eml", 2_000), ("a.EML", 3_000), ("c.eml", 1_000)):
        os.utime(put(tmp_path, name, mail()), (seconds, seconds))
    put(tmp_path, ".hidden.eml", mail())
    put(tmp_path, "notes.txt", mail())
    put(tmp_path / "Processed", "old.eml", mail())
    (tmp_path / "link.eml").symlink_to(tmp_path / "b.eml")
    os.mkfifo(tmp_path / "pipe.eml")
    assert list(FolderMailbox(tmp_path).waiting()) == ["c.eml", "b.eml", "a.EML"]


def test_a_file_that_is_still_growing_waits_for_the_next_run(tmp_path):
    put(tmp_path, "old.eml", mail())
    (tmp_path / "new.eml").write_bytes(b"From: x")
    done = threading.Event()

    def grow():
        while not done.wait(0.1):
            with (tmp_path / "new.eml").open("ab") as file:
                file.write(b"x")

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        assert list(FolderMailbox(tmp_path).waiting()) == ["old.eml"]
    finally:
        done.set()
        thread.join()
    assert set(FolderMailbox(tmp_path).waiting()) == {"old.eml", "new.eml"}


def test_a_move_makes_nested_labels_and_overwrites_nothing(tmp_path):
    put(tmp_path, "a.eml", b"new")
    put(tmp_path / "Clients" / "Acme", "a.eml", b"old")
    mailbox = FolderMailbox(tmp_path)
    mailbox.move("a.eml", "Clients/Acme")
    mailbox.move("a.eml", "Clients/Acme")  # gone already: no error
    assert files_in(tmp_path) == {"Clients/Acme/a.eml": b"old", "Clients/Acme/a_2.eml": b"new"}


def test_a_move_that_was_stopped_half_way_ends_with_one_mail(tmp_path):
    put(tmp_path, "a.eml", b"mail")
    (tmp_path / "Processed").mkdir()
    os.link(tmp_path / "a.eml", tmp_path / "Processed" / "a.eml")
    FolderMailbox(tmp_path).move("a.eml", "Processed")
    assert files_in(tmp_path) == {"Processed/a.eml": b"mail"}


@pytest.mark.parametrize("label", ["../up", "/etc", "..", ".", "", "a/../../b", "x\0y"])
def test_no_label_leads_out_of_the_mailbox(tmp_path, label):
    inbox = tmp_path / "inbox"
    put(inbox, "a.eml", b"mail")
    FolderMailbox(inbox).move("a.eml", label)
    assert list(tmp_path.iterdir()) == [inbox]
    assert list(files_in(inbox).values()) == [b"mail"] and not (inbox / "a.eml").exists()


def test_a_maildir_keeps_its_own_customs(tmp_path):
    for sub in ("new", "cur", "tmp"):
        (tmp_path / sub).mkdir()
    put(tmp_path / "new", "1.host", b"one")
    put(tmp_path / "cur", "2.host:2,S", b"two")
    put(tmp_path / "tmp", "3.host", b"half")
    mailbox = FolderMailbox(tmp_path)
    assert list(mailbox.waiting()) == ["cur/2.host:2,S", "new/1.host"]
    mailbox.move("new/1.host", "Clients/Acme")
    mailbox.move("cur/2.host:2,S", "Processed")
    assert files_in(tmp_path) == {
        ".Clients.Acme/cur/1.host:2,": b"one", ".Clients.Acme/maildirfolder": b"",
        ".Processed/cur/2.host:2,S": b"two", ".Processed/maildirfolder": b"", "tmp/3.host": b"half",
    }  # fmt: skip
    assert list(FolderMailbox(tmp_path).waiting()) == []


def test_a_mail_that_is_gone_reads_as_none_and_one_too_big_is_refused(tmp_path):
    mailbox = FolderMailbox(tmp_path)
    assert mailbox.read("gone.eml") is None
    with put(tmp_path, "big.eml", b"").open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(BadFileError, match="at most"):
        mailbox.read("big.eml")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ConfigError, match="nowhere"):
        FolderMailbox(tmp_path / "nowhere")


def test_old_mails_do_not_make_a_run_wait(tmp_path):
    put(tmp_path, "a.eml", mail())
    start = time.monotonic()
    assert list(FolderMailbox(tmp_path).waiting()) == ["a.eml"]
    assert time.monotonic() - start < 0.5
