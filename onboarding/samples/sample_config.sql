-- Three client feeds, from mail to report: what quickstart loads, and what to copy for a feed of your own.
-- Run as etl_admin: psql -f onboarding/samples/sample_config.sql. A row that is there already stays as it is.

-- 1. Mail rules: which mails are taken, and which of their attachments go to file_watcher/ (as yyyyMMdd_NAME).
--    Every condition given must hold; the smallest priority is asked first.
INSERT INTO dba.tinboxconfig (config_name, priority, sender_filter, subject_pattern, subject_contains, has_attachment, attachment_name_pattern)
VALUES
    ('Acme orders', 10, '^orders@acme\.example$', '^(Fwd: )?Acme orders for ', NULL, true, 'acme_orders\.csv'),
    ('Birch positions', 20, '^reports@birchtrust\.example$', NULL, 'Birch positions', true, 'birch_positions\.xlsx'),
    ('Cedar invoices', 30, '@cedar\.example$', NULL, 'invoices', true, '.*\.xls')
ON CONFLICT (config_name) DO NOTHING;

-- 2. Feeds: which files are imported, what their dataset is called, and which table the rows go to.
--    The pattern allows acme_orders_2.csv: a second file of that name on one day gets a number.
--    The dataset's date is the first part of the name, so 20261120_acme_orders.csv is the data of 20 Nov 2026.
INSERT INTO dba.timportconfig (config_name, datasource, datasettype, file_pattern, file_type, metadata_label_source, metadata_label_location,
                               dateconfig, datelocation, dateformat, filename_delimiter, target_table, max_reject_rows)
VALUES
    ('Acme orders', 'Acme', 'Orders', '^\d{8}_acme_orders(_\d+)?\.csv$', 'CSV', 'static', 'Acme orders',
     'filename', '1', 'yyyyMMdd', '_', 'feeds.acme_orders', 5),
    ('Birch positions', 'Birch Trust', 'Positions', '^\d{8}_birch_positions(_\d+)?\.xlsx$', 'XLSX', 'static', 'Birch positions',
     'filename', '1', 'yyyyMMdd', '_', 'feeds.birch_positions', 0),
    ('Cedar invoices', 'Cedar', 'Invoices', '^\d{8}_cedar_invoices(_\d+)?\.xls$', 'XLS', 'static', 'Cedar invoices',
     'filename', '1', 'yyyyMMdd', '_', 'feeds.cedar_invoices', 0)
ON CONFLICT (config_name) DO NOTHING;

-- 3. Columns that are more than text. Up to max_reject_rows bad rows are put aside in dba.timportreject.
INSERT INTO dba.timportcolumn (config_id, source_name, data_type, required)
SELECT config_id, source_name, data_type, required
FROM dba.timportconfig
JOIN (VALUES
    ('Acme orders', 'order_id', 'text', true),
    ('Acme orders', 'order_date', 'date', false),
    ('Acme orders', 'quantity', 'bigint', false),
    ('Acme orders', 'unit_price', 'numeric', false),
    ('Birch positions', 'trade_date', 'date', false),
    ('Birch positions', 'quantity', 'bigint', false),
    ('Birch positions', 'price', 'numeric', false),
    ('Birch positions', 'is_short', 'boolean', false),
    ('Cedar invoices', 'invoice_date', 'date', false),
    ('Cedar invoices', 'net', 'numeric', false)
) AS wanted (config_name, source_name, data_type, required) USING (config_name)
ON CONFLICT (config_id, source_name) DO NOTHING;

-- 4. A report on the rows: two grids in the mail, two files attached. It runs as etl_report, which can only read.
INSERT INTO dba.treportmanager (reportname, reportdescription, frequency, subjectheader, toheader, emailbodytemplate, emailbodyqueries,
                                attachmentqueries, when_empty)
VALUES (
    'Client orders',
    'Orders per customer in the newest Acme file, and what was received today.',
    '30 11 * * 1-5',
    'Client orders',
    'reports@localhost',
    '<h2>Orders per customer</h2>{{grid1}}<h2>Files received today</h2>{{grid2}}',
    jsonb_build_object(
        'grid1', $$
            SELECT customer, count(*) AS orders, sum(quantity) AS pieces, round(sum(quantity * unit_price), 2) AS total_amount
            FROM feeds.acme_orders JOIN dba.vlatestdataset USING (datasetid)
            GROUP BY customer ORDER BY total_amount DESC$$,
        'grid2', $$
            SELECT feed, file_name, status, rows_read, rows_loaded, rows_rejected, rows_skipped
            FROM dba.vfilesreceived WHERE received_at >= current_date ORDER BY received_at$$),
    jsonb_build_array(
        jsonb_build_object('name', 'orders_per_customer', 'format', 'xlsx', 'query', $$
            SELECT customer, count(*) AS orders, sum(quantity) AS pieces, round(sum(quantity * unit_price), 2) AS total_amount
            FROM feeds.acme_orders JOIN dba.vlatestdataset USING (datasetid)
            GROUP BY customer ORDER BY customer$$),
        jsonb_build_object('name', 'acme_orders', 'format', 'csv', 'query', $$
            SELECT order_id, order_date, customer, product, quantity, unit_price, postcode, note
            FROM feeds.acme_orders JOIN dba.vlatestdataset USING (datasetid)
            ORDER BY order_id$$)),
    'note')
ON CONFLICT (reportname) DO NOTHING;
