-- What came by mail: dba.tinboxmessage, dba.tinboxattachment. Written by the programs only.
\ir common.sql
SET ROLE :"etl_owner";

CREATE TABLE IF NOT EXISTS dba.tinboxmessage (
    inboxmessageid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox        text NOT NULL,
    message_key    text NOT NULL,
    sha256         text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    subject        text,
    sender         text,
    sent_at        timestamptz,
    config_id      int REFERENCES dba.tinboxconfig ON DELETE SET NULL,
    status         text NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'processed', 'unmatched', 'failed')),
    attempts       int NOT NULL DEFAULT 1,
    reason         text,
    eml_path       text,
    run_uuid       uuid,
    first_seen_at  timestamptz NOT NULL DEFAULT now(),
    finished_at    timestamptz,
    UNIQUE (mailbox, message_key)
);
CREATE INDEX IF NOT EXISTS tinboxmessage_sha256_ix ON dba.tinboxmessage (sha256);
CREATE INDEX IF NOT EXISTS tinboxmessage_seen_ix ON dba.tinboxmessage (first_seen_at);
CREATE INDEX IF NOT EXISTS tinboxmessage_run_ix ON dba.tinboxmessage (run_uuid);
CREATE INDEX IF NOT EXISTS tinboxmessage_config_ix ON dba.tinboxmessage (config_id);
CREATE INDEX IF NOT EXISTS tinboxmessage_open_ix ON dba.tinboxmessage (mailbox) WHERE status IN ('processing', 'failed');
COMMENT ON TABLE dba.tinboxmessage IS 'One row per mail that was looked at.';
COMMENT ON COLUMN dba.tinboxmessage.inboxmessageid IS 'Number of the mail.';
COMMENT ON COLUMN dba.tinboxmessage.mailbox IS 'Mailbox it lay in.';
COMMENT ON COLUMN dba.tinboxmessage.message_key IS 'Its Message-ID; sha256: and its checksum when it has none; unread: and the mailbox''s own number when it cannot be read.';
COMMENT ON COLUMN dba.tinboxmessage.sha256 IS 'Checksum of the whole mail.';
COMMENT ON COLUMN dba.tinboxmessage.subject IS 'Subject.';
COMMENT ON COLUMN dba.tinboxmessage.sender IS 'Address of the sender.';
COMMENT ON COLUMN dba.tinboxmessage.sent_at IS 'When the mailbox received it, or else the date it bears.';
COMMENT ON COLUMN dba.tinboxmessage.config_id IS 'The rule that won, as in dba.tinboxconfig; empty when none matched.';
COMMENT ON COLUMN dba.tinboxmessage.status IS 'processing, processed, unmatched (no rule) or failed.';
COMMENT ON COLUMN dba.tinboxmessage.attempts IS 'How many runs have tried it.';
COMMENT ON COLUMN dba.tinboxmessage.reason IS 'Why it is unmatched or failed.';
COMMENT ON COLUMN dba.tinboxmessage.eml_path IS 'File the whole mail is kept in; empty when it is not kept.';
COMMENT ON COLUMN dba.tinboxmessage.run_uuid IS 'Run that handled it last, as in dba.tjobrun.';
COMMENT ON COLUMN dba.tinboxmessage.first_seen_at IS 'When it was first looked at.';
COMMENT ON COLUMN dba.tinboxmessage.finished_at IS 'When it was done with.';

CREATE TABLE IF NOT EXISTS dba.tinboxattachment (
    inboxattachmentid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inboxmessageid    bigint NOT NULL REFERENCES dba.tinboxmessage ON DELETE CASCADE,
    part_number       int NOT NULL,
    original_name     text,
    saved_name        text,
    saved_path        text,
    sha256            text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes        bigint CHECK (size_bytes >= 0),
    status            text NOT NULL CHECK (status IN ('saved', 'duplicate', 'ignored')),
    reason            text,
    UNIQUE (inboxmessageid, part_number)
);
CREATE INDEX IF NOT EXISTS tinboxattachment_sha256_ix ON dba.tinboxattachment (sha256);
CREATE INDEX IF NOT EXISTS tinboxattachment_saved_ix ON dba.tinboxattachment (saved_path);
COMMENT ON TABLE dba.tinboxattachment IS 'One row per attachment of a mail that a rule took.';
COMMENT ON COLUMN dba.tinboxattachment.inboxattachmentid IS 'Number of the attachment.';
COMMENT ON COLUMN dba.tinboxattachment.inboxmessageid IS 'Its mail.';
COMMENT ON COLUMN dba.tinboxattachment.part_number IS 'Which part of the mail, counted from 1.';
COMMENT ON COLUMN dba.tinboxattachment.original_name IS 'File name the sender gave it.';
COMMENT ON COLUMN dba.tinboxattachment.saved_name IS 'Safe file name it was saved under, with the date in front.';
COMMENT ON COLUMN dba.tinboxattachment.saved_path IS 'Whole path it was saved under.';
COMMENT ON COLUMN dba.tinboxattachment.sha256 IS 'Checksum of its bytes.';
COMMENT ON COLUMN dba.tinboxattachment.size_bytes IS 'Its size in bytes.';
COMMENT ON COLUMN dba.tinboxattachment.status IS 'saved, duplicate (same bytes were saved before) or ignored (name does not fit the rule).';
COMMENT ON COLUMN dba.tinboxattachment.reason IS 'Why it was not saved.';
