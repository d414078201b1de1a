-- What went out, what was fetched and what was kept: dba.treportrun, dba.twebdownload, dba.tsftptransfer, dba.tbackup. Written by the programs only.
\ir common.sql
SET ROLE :"etl_owner";

CREATE TABLE IF NOT EXISTS dba.treportrun (
    reportrunid        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reportid           int NOT NULL REFERENCES dba.treportmanager,
    due_at             timestamptz NOT NULL,
    attempt            int NOT NULL DEFAULT 1 CHECK (attempt >= 1),
    run_uuid           uuid,
    status             text NOT NULL DEFAULT 'claimed' CHECK (status IN ('claimed', 'sent', 'held', 'skipped', 'failed', 'unknown')),
    message_id         text,
    recipients         text[] NOT NULL DEFAULT '{}',
    refused_recipients jsonb NOT NULL DEFAULT '{}',
    row_counts         jsonb NOT NULL DEFAULT '{}',
    output_path        text,
    error              text,
    claimed_at         timestamptz NOT NULL DEFAULT now(),
    finished_at        timestamptz,
    UNIQUE (reportid, due_at, attempt)
);
CREATE INDEX IF NOT EXISTS treportrun_claimed_ix ON dba.treportrun (claimed_at);
CREATE INDEX IF NOT EXISTS treportrun_run_ix ON dba.treportrun (run_uuid);
CREATE INDEX IF NOT EXISTS treportrun_open_ix ON dba.treportrun (status) WHERE status IN ('claimed', 'unknown');
COMMENT ON TABLE dba.treportrun IS 'One row per report and due time; whoever writes the row sends the mail. A mail sent again on purpose is a row of its own.';
COMMENT ON COLUMN dba.treportrun.reportrunid IS 'Number of the delivery.';
COMMENT ON COLUMN dba.treportrun.reportid IS 'The report, as in dba.treportmanager.';
COMMENT ON COLUMN dba.treportrun.due_at IS 'When it was due; by hand, when it was asked for.';
COMMENT ON COLUMN dba.treportrun.attempt IS '1; more when the mail was sent again with --resend.';
COMMENT ON COLUMN dba.treportrun.run_uuid IS 'Run that handled it, as in dba.tjobrun.';
COMMENT ON COLUMN dba.treportrun.status IS 'claimed (being sent), sent, held, skipped (nothing to say), failed, unknown (the connection broke while sending; never sent again by itself).';
COMMENT ON COLUMN dba.treportrun.message_id IS 'Message-ID of the mail.';
COMMENT ON COLUMN dba.treportrun.recipients IS 'Addresses it was sent to.';
COMMENT ON COLUMN dba.treportrun.refused_recipients IS 'JSON object of address and the mail server''s reason, for those it refused.';
COMMENT ON COLUMN dba.treportrun.row_counts IS 'JSON object of placeholder or attachment and its number of rows.';
COMMENT ON COLUMN dba.treportrun.output_path IS 'File it was written to, where no mail server is set up.';
COMMENT ON COLUMN dba.treportrun.error IS 'Why it was held or failed, in one line.';
COMMENT ON COLUMN dba.treportrun.claimed_at IS 'When a run took it on.';
COMMENT ON COLUMN dba.treportrun.finished_at IS 'When it was done with.';
SELECT dba.f_keep_rows_with_history('treportmanager', 'reportid', 'reportname', 'treportrun') \g /dev/null

CREATE TABLE IF NOT EXISTS dba.twebdownload (
    webdownloadid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('check', 'event', 'file')),
    config_name   text NOT NULL,
    sweep         uuid NOT NULL,
    item          text NOT NULL,
    url           text NOT NULL,
    status        text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'unchanged', 'empty', 'refused', 'failed')),
    etag          text,
    last_modified text,
    sha256        text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    row_count     bigint CHECK (row_count >= 0),
    file_name     text,
    found         jsonb,
    error         text,
    planned_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    UNIQUE (sweep, item)
);
CREATE INDEX IF NOT EXISTS twebdownload_item_ix ON dba.twebdownload (kind, config_name, item, webdownloadid);
CREATE INDEX IF NOT EXISTS twebdownload_bytes_ix ON dba.twebdownload (sha256); -- where an imported file came from
COMMENT ON TABLE dba.twebdownload IS 'One row per thing fetched from the web and sweep. A sweep that was cut off goes on with its waiting rows.';
COMMENT ON COLUMN dba.twebdownload.webdownloadid IS 'Number of the row.';
COMMENT ON COLUMN dba.twebdownload.kind IS 'check (an event page was looked at), event (its companies were fetched), file (of dba.twebconfig).';
COMMENT ON COLUMN dba.twebdownload.config_name IS 'The row of dba.tmeetmaxconfig or dba.twebconfig; with the events, where they were named by hand.';
COMMENT ON COLUMN dba.twebdownload.sweep IS 'The run that planned the row, as in dba.tjobrun; a later run may have done it.';
COMMENT ON COLUMN dba.twebdownload.item IS 'Event number, or web address of the file.';
COMMENT ON COLUMN dba.twebdownload.url IS 'Web address that was asked for.';
COMMENT ON COLUMN dba.twebdownload.status IS 'waiting, done, unchanged (not fetched again), empty (nothing to fetch), refused (in archive/quarantine, or a whole check), failed (asked again by the next sweep).';
COMMENT ON COLUMN dba.twebdownload.etag IS 'ETag of the answer, for asking only for changes.';
COMMENT ON COLUMN dba.twebdownload.last_modified IS 'Last-Modified of the answer, for asking only for changes.';
COMMENT ON COLUMN dba.twebdownload.sha256 IS 'SHA-256 of the file, in hex.';
COMMENT ON COLUMN dba.twebdownload.row_count IS 'Rows of companies in it.';
COMMENT ON COLUMN dba.twebdownload.file_name IS 'Name the file was given.';
COMMENT ON COLUMN dba.twebdownload.found IS 'JSON. check: the line for the MeetMaxURLCheck file; either kind: why it was only accepted by hand.';
COMMENT ON COLUMN dba.twebdownload.error IS 'Why there is no file, in one line.';
COMMENT ON COLUMN dba.twebdownload.planned_at IS 'When the sweep began.';
COMMENT ON COLUMN dba.twebdownload.finished_at IS 'When it was done with.';

CREATE TABLE IF NOT EXISTS dba.tsftptransfer (
    sftptransferid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    config_id      int NOT NULL REFERENCES dba.tsftpconfig,
    run_uuid       uuid,
    direction      text NOT NULL CHECK (direction IN ('pull', 'push')),
    remote_path    text NOT NULL,
    local_path     text NOT NULL,
    sha256         text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes     bigint CHECK (size_bytes >= 0),
    remote_modified_at timestamptz,
    status         text NOT NULL DEFAULT 'started' CHECK (status IN ('started', 'done', 'failed')),
    error          text,
    started_at     timestamptz NOT NULL DEFAULT now(),
    verified_at    timestamptz
);
CREATE INDEX IF NOT EXISTS tsftptransfer_remote_ix ON dba.tsftptransfer (config_id, remote_path);
DROP INDEX IF EXISTS dba.tsftptransfer_sha256_ix;
CREATE INDEX IF NOT EXISTS tsftptransfer_bytes_ix ON dba.tsftptransfer (sha256); -- where an imported file came from
CREATE INDEX IF NOT EXISTS tsftptransfer_run_ix ON dba.tsftptransfer (run_uuid);
COMMENT ON TABLE dba.tsftptransfer IS 'One row per file exchanged by SFTP.';
COMMENT ON COLUMN dba.tsftptransfer.sftptransferid IS 'Number of the transfer.';
COMMENT ON COLUMN dba.tsftptransfer.config_id IS 'The exchange, as in dba.tsftpconfig.';
COMMENT ON COLUMN dba.tsftptransfer.run_uuid IS 'Run that did it, as in dba.tjobrun.';
COMMENT ON COLUMN dba.tsftptransfer.direction IS 'pull or push.';
COMMENT ON COLUMN dba.tsftptransfer.remote_path IS 'File on the other machine.';
COMMENT ON COLUMN dba.tsftptransfer.local_path IS 'File here.';
COMMENT ON COLUMN dba.tsftptransfer.sha256 IS 'Checksum of its bytes.';
COMMENT ON COLUMN dba.tsftptransfer.size_bytes IS 'Its size in bytes.';
COMMENT ON COLUMN dba.tsftptransfer.remote_modified_at IS 'When the file on the other machine was last changed.';
COMMENT ON COLUMN dba.tsftptransfer.status IS 'started, done or failed.';
COMMENT ON COLUMN dba.tsftptransfer.error IS 'Why it failed, in one line.';
COMMENT ON COLUMN dba.tsftptransfer.started_at IS 'Start.';
COMMENT ON COLUMN dba.tsftptransfer.verified_at IS 'When the size was compared and found right; the file then gets its final name.';
SELECT dba.f_keep_rows_with_history('tsftpconfig', 'config_id', 'config_name', 'tsftptransfer') \g /dev/null

CREATE TABLE IF NOT EXISTS dba.tbackup (
    backupid      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_uuid      uuid,
    path          text NOT NULL,
    sha256        text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes    bigint CHECK (size_bytes >= 0),
    status        text NOT NULL DEFAULT 'started' CHECK (status IN ('started', 'done', 'failed', 'removed')),
    error         text,
    started_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    verified_at   timestamptz,
    restored_at   timestamptz,
    table_sums    text
);
CREATE INDEX IF NOT EXISTS tbackup_started_ix ON dba.tbackup (started_at);
COMMENT ON TABLE dba.tbackup IS 'One row per backup of the database.';
COMMENT ON COLUMN dba.tbackup.backupid IS 'Number of the backup.';
COMMENT ON COLUMN dba.tbackup.run_uuid IS 'Run that made it, as in dba.tjobrun.';
COMMENT ON COLUMN dba.tbackup.path IS 'The backup file.';
COMMENT ON COLUMN dba.tbackup.sha256 IS 'Checksum of its bytes.';
COMMENT ON COLUMN dba.tbackup.size_bytes IS 'Its size in bytes.';
COMMENT ON COLUMN dba.tbackup.status IS 'started, done, failed, or removed (retention).';
COMMENT ON COLUMN dba.tbackup.error IS 'Why it failed, in one line.';
COMMENT ON COLUMN dba.tbackup.started_at IS 'Start.';
COMMENT ON COLUMN dba.tbackup.finished_at IS 'End.';
COMMENT ON COLUMN dba.tbackup.verified_at IS 'When the file was read through and found whole.';
COMMENT ON COLUMN dba.tbackup.restored_at IS 'When it was restored into a scratch database and its row counts agreed.';
COMMENT ON COLUMN dba.tbackup.table_sums IS 'One line per table at the moment of the backup: name, rows, checksum; restore_check.sh compares them.';
