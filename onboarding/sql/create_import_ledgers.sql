-- What was imported: dba.timportfile, dba.timportreject, dba.timportheader. Written by the programs only.
\ir common.sql
SET ROLE :"etl_owner";

CREATE TABLE IF NOT EXISTS dba.timportfile (
    importfileid      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    config_id         int NOT NULL REFERENCES dba.timportconfig,
    run_uuid          uuid,
    file_name         text NOT NULL,
    sha256            text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes        bigint NOT NULL CHECK (size_bytes >= 0),
    modified_at       timestamptz,
    source            text,
    inboxattachmentid bigint REFERENCES dba.tinboxattachment ON DELETE SET NULL,
    target_table      text,
    datasetid         bigint REFERENCES dba.tdataset,
    status            text NOT NULL CHECK (status IN ('Loaded', 'Empty', 'Failed', 'Duplicate', 'Undone')),
    rows_read         bigint NOT NULL DEFAULT 0 CHECK (rows_read >= 0),
    rows_loaded       bigint NOT NULL DEFAULT 0 CHECK (rows_loaded >= 0),
    rows_rejected     bigint NOT NULL DEFAULT 0 CHECK (rows_rejected >= 0),
    rows_skipped      bigint NOT NULL DEFAULT 0 CHECK (rows_skipped >= 0),
    archived_path     text,
    error             text,
    findings          jsonb NOT NULL DEFAULT '{}',
    started_at        timestamptz NOT NULL DEFAULT now(),
    finished_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT timportfile_books_ck CHECK (rows_read = rows_loaded + rows_rejected + rows_skipped),
    CONSTRAINT timportfile_dataset_ck CHECK (status <> 'Loaded' OR datasetid IS NOT NULL)
);
CREATE INDEX IF NOT EXISTS timportfile_sha256_ix ON dba.timportfile (config_id, sha256);
CREATE INDEX IF NOT EXISTS timportfile_size_ix ON dba.timportfile (config_id, size_bytes);
CREATE INDEX IF NOT EXISTS timportfile_name_ix ON dba.timportfile (config_id, file_name);
CREATE INDEX IF NOT EXISTS timportfile_run_ix ON dba.timportfile (run_uuid);
CREATE INDEX IF NOT EXISTS timportfile_dataset_ix ON dba.timportfile (datasetid);
CREATE INDEX IF NOT EXISTS timportfile_attachment_ix ON dba.timportfile (inboxattachmentid);
CREATE INDEX IF NOT EXISTS timportfile_finished_ix ON dba.timportfile (finished_at);
COMMENT ON TABLE dba.timportfile IS 'One row per file a feed has handled. Rows read = loaded + rejected + skipped, always.';
COMMENT ON COLUMN dba.timportfile.importfileid IS 'Number of the handled file.';
COMMENT ON COLUMN dba.timportfile.config_id IS 'The feed, as in dba.timportconfig.';
COMMENT ON COLUMN dba.timportfile.run_uuid IS 'Run that handled it, as in dba.tjobrun.';
COMMENT ON COLUMN dba.timportfile.file_name IS 'Its name in the source folder.';
COMMENT ON COLUMN dba.timportfile.sha256 IS 'Checksum of its bytes.';
COMMENT ON COLUMN dba.timportfile.size_bytes IS 'Its size in bytes.';
COMMENT ON COLUMN dba.timportfile.modified_at IS 'When the file was last changed.';
COMMENT ON COLUMN dba.timportfile.source IS 'Where it came from: mail and its subject, a web address, an SFTP exchange, or the folder.';
COMMENT ON COLUMN dba.timportfile.inboxattachmentid IS 'The mail attachment it was; empty when it did not come by mail.';
COMMENT ON COLUMN dba.timportfile.target_table IS 'schema.table its rows went to.';
COMMENT ON COLUMN dba.timportfile.datasetid IS 'Dataset of its rows; for a duplicate, the dataset of the first copy.';
COMMENT ON COLUMN dba.timportfile.status IS 'Loaded, Empty (no data rows), Failed (refused; error says why), Duplicate (same bytes were loaded before) or Undone (taken back; its bytes may come again).';
COMMENT ON COLUMN dba.timportfile.rows_read IS 'Data rows in the file.';
COMMENT ON COLUMN dba.timportfile.rows_loaded IS 'Rows in the target table.';
COMMENT ON COLUMN dba.timportfile.rows_rejected IS 'Bad rows put aside in dba.timportreject and not corrected since.';
COMMENT ON COLUMN dba.timportfile.rows_skipped IS 'Rows left out on purpose: repeated headers and footers; in a refused or undone file, its good rows too.';
COMMENT ON COLUMN dba.timportfile.archived_path IS 'Where the file is kept. Written with the load itself; the move follows, and the next run makes up for one that was cut off.';
COMMENT ON COLUMN dba.timportfile.error IS 'Why the file was refused, in one line.';
COMMENT ON COLUMN dba.timportfile.findings IS 'How the file was read: its format, sheets, header row, encoding, delimiter; how many cells were errors, formulas without a value, changed by a step.';
COMMENT ON COLUMN dba.timportfile.started_at IS 'When the import of the file began.';
COMMENT ON COLUMN dba.timportfile.finished_at IS 'When it ended.';
SELECT dba.f_keep_rows_with_history('timportconfig', 'config_id', 'config_name', 'timportfile') \g /dev/null

CREATE TABLE IF NOT EXISTS dba.timportreject (
    importrejectid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    importfileid   bigint NOT NULL REFERENCES dba.timportfile ON DELETE CASCADE,
    sheet_name     text,
    line_number    bigint NOT NULL,
    raw_text       text,
    column_name    text,
    error_code     text NOT NULL,
    message        text NOT NULL,
    corrected_text text,
    corrected_at   timestamptz
);
CREATE INDEX IF NOT EXISTS timportreject_file_ix ON dba.timportreject (importfileid, line_number);
COMMENT ON TABLE dba.timportreject IS 'One row per rejected row of a file.';
COMMENT ON COLUMN dba.timportreject.importrejectid IS 'Number of the rejected row.';
COMMENT ON COLUMN dba.timportreject.importfileid IS 'The file, as in dba.timportfile.';
COMMENT ON COLUMN dba.timportreject.sheet_name IS 'Sheet of the workbook; empty for a text file.';
COMMENT ON COLUMN dba.timportreject.line_number IS 'Line in the file or row in the sheet, 1 is the first.';
COMMENT ON COLUMN dba.timportreject.raw_text IS 'The row as it stands in the file.';
COMMENT ON COLUMN dba.timportreject.column_name IS 'Column with the bad value; empty when the row as a whole is bad.';
COMMENT ON COLUMN dba.timportreject.error_code IS 'Short name of the rule that was broken.';
COMMENT ON COLUMN dba.timportreject.message IS 'What is wrong, and the fix.';
COMMENT ON COLUMN dba.timportreject.corrected_text IS 'The row as it was loaded after a person corrected it, as CSV; empty while it has not been.';
COMMENT ON COLUMN dba.timportreject.corrected_at IS 'When the corrected row was loaded.';

CREATE TABLE IF NOT EXISTS dba.timportheader (
    target_table text NOT NULL,
    source_name  text NOT NULL,
    occurrence   int NOT NULL DEFAULT 1 CHECK (occurrence >= 1),
    column_name  text NOT NULL,
    date_format  text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (target_table, source_name, occurrence)
);
COMMENT ON TABLE dba.timportheader IS 'Which header text became which column, so that the same header finds the same column in every later file.';
COMMENT ON COLUMN dba.timportheader.target_table IS 'schema.table.';
COMMENT ON COLUMN dba.timportheader.source_name IS 'Header text as in the file.';
COMMENT ON COLUMN dba.timportheader.occurrence IS '1 for the first column with this header, 2 for the second, ...';
COMMENT ON COLUMN dba.timportheader.column_name IS 'Column of the target table.';
COMMENT ON COLUMN dba.timportheader.date_format IS 'How the dates of the column are written, found in a file that left no doubt; empty for ISO dates.';
COMMENT ON COLUMN dba.timportheader.created_at IS 'When the header was first seen.';

-- A lie of use: the number is the same for a whole COPY, and only a function that calls itself immutable is worked out once for it
-- and not for each row, which takes a tenth of the time of a large load. A prepared INSERT must not rely on it.
CREATE OR REPLACE FUNCTION dba.f_loading_datasetid() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT pg_catalog.current_setting('etl.datasetid')::bigint $$;
COMMENT ON FUNCTION dba.f_loading_datasetid() IS 'Number of the dataset that this transaction loads: the default of datasetid in target tables.';
