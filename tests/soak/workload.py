"""What comes in during a soak: files and mails of every kind, each put on record in the schema soak before it is dropped."""

import hashlib
import os
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from random import Random

from mail_builders import mail
from soak.world import World

SETUP = """
CREATE SCHEMA soak;
CREATE TABLE soak.content (sha256 text PRIMARY KEY, copies int NOT NULL, outcome text NOT NULL, loaded int NOT NULL, rejected int NOT NULL);
CREATE TABLE soak.mail (message_key text PRIMARY KEY, outcome text NOT NULL, sha256 text);
CREATE TABLE soak.due (reportid int, due_at timestamptz, PRIMARY KEY (reportid, due_at));
CREATE TABLE soak.received (message_id text NOT NULL);
CREATE TABLE soak.disk (path text PRIMARY KEY, sha256 text NOT NULL);
"""
FEEDS = """
INSERT INTO dba.tinboxconfig (config_name, sender_filter, attachment_name_pattern) VALUES ('orders', '@acme\\.example$', '.*orders\\.csv');
INSERT INTO dba.timportconfig (config_name, datasource, datasettype, file_pattern, target_table, max_reject_rows,
    metadata_label_source, metadata_label_location, dateconfig, datelocation, dateformat)
VALUES ('orders', 'Acme', 'Orders', '.*orders(_\\d+)?\\.csv', 'feeds.orders', 3, 'filename', '1', 'static', '20261120', 'yyyyMMdd'),
       ('prices', 'Birch', 'Prices', '.*prices\\.csv', 'feeds.prices', 0, 'filename', '1', 'static', '20261120', 'yyyyMMdd');
INSERT INTO dba.timportcolumn (config_id, source_name, data_type) SELECT config_id, 'amount', 'numeric' FROM dba.timportconfig;
UPDATE dba.tscheduler SET datastatusid = 2 WHERE taskname <> 'Inbox';
UPDATE dba.treportmanager SET datastatusid = 2;
INSERT INTO dba.tscheduler (taskname, frequency, scriptpath, scriptargs, timeout_minutes)
VALUES ('Import orders', '5-59/10 * * * *', 'run_import_job.py', 'orders', 5),
       ('Import prices', '5-59/10 * * * *', 'run_import_job.py', 'prices', 5);
"""
REPORT = """
INSERT INTO dba.treportmanager (reportname, frequency, subjectheader, toheader, emailbodytemplate, emailbodyqueries)
VALUES (%s, %s, 'Soak', 'reader@example.com', '<p>{{grid1}}</p>', '{"grid1": "SELECT feed, count(*) FROM dba.vfilesreceived GROUP BY 1"}')
"""
# Outcome, how often of ninety, fewest and most good rows, fewest and most bad rows.
_KINDS = (("Loaded", 62, (1, 40), (0, 0)), ("Loaded", 13, (4, 40), (1, 3)), ("Failed", 10, (1, 5), (4, 9)), ("Empty", 5, (0, 0), (0, 0)))


@dataclass
class Workload:
    """Makes the load of a soak out of a seed."""

    world: World
    random: Random
    number: int = 0
    loadable: list[bytes] = field(default_factory=list)

    def drop_file(self) -> None:
        """One file into the folder, whole from the start; one in ten has the bytes of an earlier one."""
        self.number += 1
        if self.loadable and self.random.random() < 0.1:
            data = self.random.choice(self.loadable)
            self.world.query("UPDATE soak.content SET copies = copies + 1 WHERE sha256 = %s", _sha256(data))
            feed = "orders" if b"orders" in data else "prices"
        else:
            feed = self.random.choice(["orders", "prices"])
            data = self._new(feed)
        _publish(self.world.home / "file_watcher" / f"f{self.number}_{feed}.csv", data)

    def _new(self, feed: str) -> bytes:
        kinds = _KINDS if feed == "orders" else [kind for kind in _KINDS if kind[3] in ((0, 0), (4, 9))]
        outcome, _, good, bad = self.random.choices(kinds, [weight for _, weight, *_ in kinds])[0]
        rows = [f"{self.number},{row},{row}.5" for row in range(self.random.randint(*good))]
        rejected = self.random.randint(*bad)
        rows += [f"{self.number},bad{row},none" for row in range(rejected)]
        self.random.shuffle(rows)
        data = "\n".join([f"{feed},row,amount", *rows, *[""] * (self.number + 1 if not rows else 1)]).encode()
        loaded = 0 if outcome != "Loaded" else len(rows) - rejected
        self.world.query("INSERT INTO soak.content VALUES (%s, 1, %s, %s, %s)", _sha256(data), outcome, loaded, rejected)
        if outcome == "Loaded":
            self.loadable.append(data)
        return data

    def drop_mail(self, moment: datetime) -> None:
        """One mail into the inbox; one in five is no client's."""
        self.number += 1
        key, date = f"<soak-{self.number}@acme.example>", format_datetime(moment)
        if self.random.random() < 0.2:
            raw, outcome, sha256 = mail(sender="news@digest.example", message_id=key, date=date), "unmatched", None
        else:
            data = self._new("orders")
            self.loadable = [known for known in self.loadable if known != data]  # a copy would not be saved a second time
            raw, outcome, sha256 = mail((f"m{self.number}_orders.csv", data), message_id=key, date=date), "processed", _sha256(data)
        self.world.query("INSERT INTO soak.mail VALUES (%s, %s, %s)", key, outcome, sha256)
        _publish(self.world.home / "mailbox" / f"{self.number}.eml", raw)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _publish(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".part-{path.name}")
    temporary.write_bytes(data)
    os.rename(temporary, path)


# Each query must give no row: (what a row would mean, the query).
ACCOUNTS = (
    ("content that was not accounted for once",
     "SELECT content.*, array_agg(concat_ws(' ', file_name, status, error)) FROM soak.content"
     " LEFT JOIN dba.timportfile AS file USING (sha256)"
     " GROUP BY content.sha256 HAVING count(file.sha256) <> copies OR count(*) FILTER (WHERE file.status = outcome) <> 1"
     " OR count(*) FILTER (WHERE file.status NOT IN (outcome, 'Duplicate')) > 0"
     " OR sum(file.rows_loaded) <> loaded OR sum(file.rows_rejected) <> rejected"),
    ("a handled file that nobody dropped", "SELECT file_name FROM dba.timportfile WHERE sha256 NOT IN (SELECT sha256 FROM soak.content)"),
    ("books that do not add up", "SELECT importfileid, problem FROM dba.vimportbooks"),
    ("rows in a table that no loaded file put there, or too few of them",
     "SELECT datasetid, file.rows_loaded, there.rows FROM (SELECT datasetid, count(*) AS rows FROM (SELECT datasetid FROM feeds.orders"
     " UNION ALL SELECT datasetid FROM feeds.prices) AS both_tables GROUP BY 1) AS there FULL JOIN (SELECT * FROM dba.timportfile"
     " WHERE status = 'Loaded') AS file USING (datasetid) WHERE there.rows IS DISTINCT FROM file.rows_loaded"),
    ("a handled file that is not where the ledger says, whole",
     "SELECT file_name, status, archived_path FROM dba.timportfile AS file LEFT JOIN soak.disk ON path = archived_path"
     " WHERE disk.sha256 IS DISTINCT FROM file.sha256"),
    ("a kept file that the ledger does not know",
     "SELECT path FROM soak.disk WHERE path NOT IN (SELECT archived_path FROM dba.timportfile)"),
    ("a mail that was not accounted for once",
     "SELECT message_key, outcome, status FROM soak.mail FULL JOIN dba.tinboxmessage USING (message_key)"
     " WHERE status IS DISTINCT FROM outcome"),
    ("an attachment that was not saved once",
     "SELECT message_key, count(saved_path) FROM soak.mail JOIN dba.tinboxmessage USING (message_key)"
     " LEFT JOIN dba.tinboxattachment AS part ON part.inboxmessageid = tinboxmessage.inboxmessageid AND part.status = 'saved'"
     " WHERE mail.sha256 IS NOT NULL GROUP BY 1, mail.sha256 HAVING count(saved_path) <> 1 OR max(part.sha256) <> mail.sha256"),
    ("a file that lost its mail",
     "SELECT file_name FROM soak.mail JOIN dba.timportfile AS file USING (sha256) WHERE inboxattachmentid IS NULL"),
    ("a report that was due and has no end on record",
     "SELECT * FROM soak.due LEFT JOIN dba.treportrun USING (reportid, due_at) WHERE coalesce(status, 'none') NOT IN ('sent', 'unknown')"),
    ("a mail that went out twice", "SELECT message_id, count(*) FROM soak.received GROUP BY 1 HAVING count(*) > 1"),
    ("a mail on record that nobody received, or one received that is not on record",
     "SELECT message_id, status FROM dba.treportrun FULL JOIN soak.received USING (message_id)"
     " WHERE status IS NULL OR (status = 'sent' AND received IS NULL)"),
    ("a run without an end", "SELECT job, started_at FROM dba.tjobrun WHERE status = 'running'"),
)  # fmt: skip
