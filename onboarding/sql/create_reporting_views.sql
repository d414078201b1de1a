-- Views for people and reports. They run with the owner's rights: etl_report sees counts and names, not the tables behind them.
\ir common.sql
SET ROLE :"etl_owner";

CREATE OR REPLACE VIEW dba.vactivedataset AS
SELECT datasetid, datasettypename, datasourcename, label, datasetdate, row_count, efffromdate
FROM dba.tdataset JOIN dba.tdatasettype USING (datasettypeid) JOIN dba.tdatasource USING (datasourceid)
WHERE isactive;
COMMENT ON VIEW dba.vactivedataset IS 'The datasets that count, with names. Join target tables to it by datasetid.';
COMMENT ON COLUMN dba.vactivedataset.datasetid IS 'Number of the dataset, as in the target table.';
COMMENT ON COLUMN dba.vactivedataset.datasettypename IS 'Kind of data.';
COMMENT ON COLUMN dba.vactivedataset.datasourcename IS 'Who it came from.';
COMMENT ON COLUMN dba.vactivedataset.label IS 'Label of the dataset.';
COMMENT ON COLUMN dba.vactivedataset.datasetdate IS 'The day the data is about.';
COMMENT ON COLUMN dba.vactivedataset.row_count IS 'Rows loaded into the target table.';
COMMENT ON COLUMN dba.vactivedataset.efffromdate IS 'Since when it is the active one.';

-- Steps along tdataset_one_active_ux from label to label, one look per label however many days each has; a condition on the
-- names of type and source steps through theirs only.
CREATE OR REPLACE VIEW dba.vlatestdataset AS
SELECT datasetid, datasettypename, datasourcename, label, datasetdate, row_count, efffromdate
FROM dba.tdatasettype AS kind CROSS JOIN dba.tdatasource AS source
CROSS JOIN LATERAL (
    WITH RECURSIVE newest AS (
        (SELECT tdataset.* FROM dba.tdataset
         WHERE isactive AND datasettypeid = kind.datasettypeid AND datasourceid = source.datasourceid
         ORDER BY label DESC, datasetdate DESC LIMIT 1)
        UNION ALL
        SELECT of_next_label.* FROM newest CROSS JOIN LATERAL (
            SELECT tdataset.* FROM dba.tdataset
            WHERE isactive AND datasettypeid = kind.datasettypeid AND datasourceid = source.datasourceid AND label < newest.label
            ORDER BY label DESC, datasetdate DESC LIMIT 1) AS of_next_label)
    SELECT * FROM newest
) AS newest;
COMMENT ON VIEW dba.vlatestdataset IS 'Of the datasets that count, the newest of each type, source and label. Join target tables to it by datasetid.';
COMMENT ON COLUMN dba.vlatestdataset.datasetid IS 'Number of the dataset, as in the target table.';
COMMENT ON COLUMN dba.vlatestdataset.datasettypename IS 'Kind of data.';
COMMENT ON COLUMN dba.vlatestdataset.datasourcename IS 'Who it came from.';
COMMENT ON COLUMN dba.vlatestdataset.label IS 'Label of the dataset.';
COMMENT ON COLUMN dba.vlatestdataset.datasetdate IS 'The day the data is about; no active dataset of its label has a later one.';
COMMENT ON COLUMN dba.vlatestdataset.row_count IS 'Rows loaded into the target table.';
COMMENT ON COLUMN dba.vlatestdataset.efffromdate IS 'Since when it is the active one.';

CREATE OR REPLACE VIEW dba.vfilesreceived AS
SELECT config_name AS feed, file_name, status, finished_at AS received_at, rows_read, rows_loaded, rows_rejected, rows_skipped,
       datasetid, datasetdate
FROM dba.timportfile AS file JOIN dba.timportconfig USING (config_id) LEFT JOIN dba.tdataset USING (datasetid);
COMMENT ON VIEW dba.vfilesreceived IS 'Every handled file with its counts, for reports.';
COMMENT ON COLUMN dba.vfilesreceived.feed IS 'Name of the feed.';
COMMENT ON COLUMN dba.vfilesreceived.file_name IS 'Name of the file.';
COMMENT ON COLUMN dba.vfilesreceived.status IS 'Loaded, Empty, Failed, Duplicate or Undone.';
COMMENT ON COLUMN dba.vfilesreceived.received_at IS 'When the import of the file ended.';
COMMENT ON COLUMN dba.vfilesreceived.rows_read IS 'Data rows in the file.';
COMMENT ON COLUMN dba.vfilesreceived.rows_loaded IS 'Rows in the target table.';
COMMENT ON COLUMN dba.vfilesreceived.rows_rejected IS 'Bad rows put aside.';
COMMENT ON COLUMN dba.vfilesreceived.rows_skipped IS 'Rows left out on purpose.';
COMMENT ON COLUMN dba.vfilesreceived.datasetid IS 'Dataset of its rows.';
COMMENT ON COLUMN dba.vfilesreceived.datasetdate IS 'The day the data is about.';

CREATE OR REPLACE VIEW dba.vimportbooks AS
SELECT importfileid, file_name, status, rows_read, rows_loaded, rows_rejected, rows_skipped, rejects_on_record, datasetid, row_count, problem
FROM (
    SELECT file.*, dataset.row_count, rejects.rejects_on_record,
        CASE WHEN rows_read <> rows_loaded + rows_rejected + rows_skipped THEN 'rows read are not loaded + rejected + skipped'
             WHEN status IN ('Loaded', 'Empty') AND rejects_on_record <> rows_rejected THEN 'rejected rows are not all on record'
             WHEN status <> 'Loaded' AND rows_loaded > 0 THEN 'rows loaded by a file that is not Loaded'
             WHEN status = 'Loaded' AND dataset.datasetid IS NULL THEN 'loaded without a dataset'
             WHEN status = 'Loaded' AND dataset.row_count <> rows_loaded THEN 'dataset has another number of rows'
             WHEN status = 'Loaded' AND dataset.datastatusid IN (4, 5, 6) THEN 'loaded, but its dataset never became active'
        END AS problem
    FROM dba.timportfile AS file
    LEFT JOIN dba.tdataset AS dataset USING (datasetid)
    CROSS JOIN LATERAL (SELECT count(*) AS rejects_on_record FROM dba.timportreject AS reject
                        WHERE reject.importfileid = file.importfileid AND corrected_at IS NULL) AS rejects
) AS checked
WHERE problem IS NOT NULL;
COMMENT ON VIEW dba.vimportbooks IS 'Handled files whose books do not add up. Always empty; a row here is a fault of the program.';
COMMENT ON COLUMN dba.vimportbooks.importfileid IS 'The file, as in dba.timportfile.';
COMMENT ON COLUMN dba.vimportbooks.file_name IS 'Name of the file.';
COMMENT ON COLUMN dba.vimportbooks.status IS 'Loaded, Empty, Failed, Duplicate or Undone.';
COMMENT ON COLUMN dba.vimportbooks.rows_read IS 'Data rows in the file.';
COMMENT ON COLUMN dba.vimportbooks.rows_loaded IS 'Rows in the target table.';
COMMENT ON COLUMN dba.vimportbooks.rows_rejected IS 'Bad rows put aside.';
COMMENT ON COLUMN dba.vimportbooks.rows_skipped IS 'Rows left out on purpose.';
COMMENT ON COLUMN dba.vimportbooks.rejects_on_record IS 'Rows of dba.timportreject for the file that have not been corrected.';
COMMENT ON COLUMN dba.vimportbooks.datasetid IS 'Dataset of its rows.';
COMMENT ON COLUMN dba.vimportbooks.row_count IS 'Rows the dataset says it has.';
COMMENT ON COLUMN dba.vimportbooks.problem IS 'What does not add up.';

CREATE OR REPLACE VIEW dba.vconfigcolumns AS
SELECT config.relname::text AS table_name, config_column.attname::text AS column_name,
       CASE WHEN attidentity <> '' THEN 'next number'
            WHEN attgenerated = '' THEN regexp_replace(pg_get_expr(adbin, adrelid), '^''(.*)''::[a-z]+(\[\])?$', '\1') END AS default_value,
       btrim(regexp_replace(col_description(config.oid, attnum), '(.{1,36})(\s+|$)', E'\\1\n', 'g'), E'\n') AS meaning
FROM pg_catalog.pg_trigger
JOIN pg_catalog.pg_class AS config ON config.oid = tgrelid AND relnamespace = 'dba'::regnamespace AND tgname = 'a_check'
JOIN pg_catalog.pg_attribute AS config_column ON attrelid = config.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
ORDER BY config.relname, attnum;
COMMENT ON VIEW dba.vconfigcolumns IS
    'What can be set in the config tables. For a narrow screen: SELECT column_name, default_value, meaning FROM dba.vconfigcolumns WHERE table_name = ''timportconfig''.';
COMMENT ON COLUMN dba.vconfigcolumns.table_name IS 'Config table, without the schema.';
COMMENT ON COLUMN dba.vconfigcolumns.column_name IS 'Column.';
COMMENT ON COLUMN dba.vconfigcolumns.default_value IS 'What it is when left out of an INSERT; empty for none.';
COMMENT ON COLUMN dba.vconfigcolumns.meaning IS 'The comment of the column, in lines of at most 36 characters.';
