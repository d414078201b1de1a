"""Config rows: what a newcomer may leave out, what is refused with which words, and what is remembered of a change."""

import codecs
import re
from contextlib import closing
from datetime import datetime

import psycopg2
import pytest
from cronsim import CronSim, CronSimError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg2 import errors
from psycopg2.extras import Json

from schema_rows import CONFIG_TABLES, LEAST, autocommit, insert, one, rows, run


@pytest.mark.parametrize("table", sorted(set(LEAST) - {"timportcolumn", "tlogretention"}))
def test_a_newcomer_writes_only_the_needed_columns(connect_as, table):
    assert insert(connect_as("etl_admin"), table) > 0


def test_a_new_feed_has_sensible_defaults(connect_as):
    admin = connect_as("etl_admin")
    insert(admin, "timportconfig")
    assert rows(
        admin,
        "SELECT source_directory, archive_directory, file_type, metadata_label_source, metadata_label_location, dateconfig,"
        " importstrategyid, column_types, max_reject_rows, on_duplicate, null_tokens, is_active"
        " FROM dba.timportconfig WHERE config_name = 'orders'",
    ) == [("file_watcher", "archive", "AUTO", "static", "orders", "mtime", 1, "text", 0, "skip", [""], True)]


WRONG = [
    ("timportconfig", {"config_name": "12"}, "config_name", "looks like a number"),
    ("timportconfig", {"config_name": "--all"}, "config_name", "starts with a dash"),
    ("timportconfig", {"config_name": ...}, "config_name", "is empty; fix: give it a value"),
    ("timportconfig", {"config_name": "two\nlines"}, "config_name", "line break"),
    ("timportconfig", {"datasource": "  "}, "datasource", "is empty; fix: give it a value"),
    ("timportconfig", {"datasettype": "a\tb"}, "datasettype", "a tab"),
    ("timportconfig", {"file_pattern": ...}, "file_pattern", "is empty; fix: give it a value"),
    ("timportconfig", {"file_pattern": "("}, "file_pattern", "close the bracket"),
    ("timportconfig", {"file_pattern": "*.csv"}, "file_pattern", '"any text" is .*'),
    ("timportconfig", {"file_pattern": r"(?<=a*)b\.csv"}, "file_pattern", "always has the same length"),
    ("timportconfig", {"file_pattern": r"(?<!a{1,2})b\.csv"}, "file_pattern", "always has the same length"),
    ("timportconfig", {"file_pattern": r"[[:alpha:]]+\.csv"}, "file_pattern", "[A-Za-z] for letters"),
    ("timportconfig", {"file_type": "csv"}, "file_type", "use CSV, XLS, XLSX or AUTO"),
    ("timportconfig", {"source_directory": "../elsewhere"}, "source_directory", "holds .."),
    ("timportconfig", {"source_directory": "$ETL_HOME/in"}, "source_directory", "holds .."),
    ("timportconfig", {"archive_directory": "file_watcher/"}, "archive_directory", "is the source_directory"),
    ("timportconfig", {"target_table": "orders"}, "target_table", "is not schema.name"),
    ("timportconfig", {"target_table": "feeds.Orders"}, "target_table", "is not schema.name"),
    ("timportconfig", {"target_table": "dba.tjobrun"}, "target_table", "choose another schema, e.g. feeds.tjobrun"),
    ("timportconfig", {"target_table": "pg_catalog.x"}, "target_table", "belongs to"),
    ("timportconfig", {"target_table": "pg_mine.x"}, "target_table", "belongs to"),
    ("timportconfig", {"target_table": "information_schema.x"}, "target_table", "belongs to"),
    ("timportconfig", {"target_table": 'feeds."; DROP TABLE x;--'}, "target_table", "is not schema.name"),
    ("timportconfig", {"target_table": "feeds.x\n"}, "target_table", "is not schema.name"),
    ("timportconfig", {"importstrategyid": 4}, "importstrategyid", "use one that is: 1, 2, 3"),
    ("timportconfig", {"importstrategyid": None}, "importstrategyid", "is empty"),
    ("timportconfig", {"metadata_label_source": "sheet"}, "metadata_label_source", "is not a choice"),
    ("timportconfig", {"metadata_label_source": "filename"}, "metadata_label_location", "is empty; fix: give it a value"),
    ("timportconfig", {"metadata_label_source": "filename", "metadata_label_location": "a"}, "metadata_label_location", "not a position"),
    ("timportconfig", {"dateconfig": "today"}, "dateconfig", "is not a choice"),
    ("timportconfig", {"dateconfig": "filename"}, "datelocation", "is empty; fix: give it a value"),
    ("timportconfig", {"dateconfig": "filename", "datelocation": "last", "dateformat": "yyyyMMdd"}, "datelocation", "is not a position"),
    ("timportconfig", {"dateconfig": "filename", "datelocation": "1"}, "dateformat", "is empty; fix: give it a value"),
    ("timportconfig", {"dateconfig": "file_content", "datelocation": "As Of"}, "dateformat", "is empty; fix: give it a value"),
    ("timportconfig", {"dateconfig": "filename", "datelocation": "1", "dateformat": "%Y%m%d"}, "dateformat", "not part of a date"),
    ("timportconfig", {"dateconfig": "filename", "datelocation": "1", "dateformat": "yyyymmdd"}, "dateformat", "MM is months"),
    ("timportconfig", {"dateconfig": "filename", "datelocation": "1", "dateformat": "yyyyMMddMM"}, "dateformat", "twice"),
    ("timportconfig", {"datelocation": "1"}, "datelocation", "dateconfig mtime reads no date text"),
    ("timportconfig", {"dateformat": "yyyyMMdd"}, "dateformat", "dateconfig mtime reads no date text"),
    ("timportconfig", {"filename_delimiter": ""}, "filename_delimiter", "is empty; fix: give it a value"),
    ("timportconfig", {"field_delimiter": ";;"}, "field_delimiter", "is not one separating character"),
    ("timportconfig", {"field_delimiter": "\n"}, "field_delimiter", "is not one separating character"),
    ("timportconfig", {"quote_char": "''"}, "quote_char", "is not one quote character"),
    ("timportconfig", {"encoding": "utf 8; x"}, "encoding", "is not an encoding the import knows"),
    ("timportconfig", {"encoding": "rot13"}, "encoding", "or leave it empty"),
    ("timportconfig", {"encoding": "cp-1252"}, "encoding", "cp1252 (Windows)"),
    ("timportconfig", {"decimal_mark": ";"}, "decimal_mark", "use '.' or ','"),
    ("timportconfig", {"column_types": "guess"}, "column_types", "use text or infer"),
    ("timportconfig", {"header_row": -1}, "header_row", "use 0 or more"),
    ("timportconfig", {"skip_rows": -1}, "skip_rows", "use 0 or more"),
    ("timportconfig", {"max_reject_rows": -1}, "max_reject_rows", "use 0 or more"),
    ("timportconfig", {"min_rows": -5}, "min_rows", "use 0 or more"),
    ("timportconfig", {"null_tokens": ["", None]}, "null_tokens", "holds NULL"),
    ("timportconfig", {"on_duplicate": "fail"}, "on_duplicate", "use skip or reload"),
    ("timportconfig", {"post_import_procedure": "tidy(); DROP TABLE x"}, "post_import_procedure", "e.g. feeds.p_tidy_orders"),
    ("timportconfig", {"transform": {"step": "rename"}}, "transform", "is not a JSON list"),
    ("timportconfig", {"transform": [{"step": "strip"}, {"rename": "x"}]}, "transform", "is item 2"),
    ("timportconfig", {"transform": [{"step": "rename"}]}, "transform", "has no columns"),
    ("timportconfig", {"transform": [{"step": "melt"}]}, "transform", "there is no step melt"),
    ("timportconfig", {"transform": [{"step": "drop", "column": "a", "columns": ["a"]}]}, "transform", "has a key column"),
    ("timportconfig", {"transform": [{"step": "drop", "columns": [1]}]}, "transform", "no list of texts"),
    ("timportconfig", {"transform": [{"step": "fill", "column": "a", "value": 0}]}, "transform", "has a value that is no text"),
    ("timportconfig", {"transform": [{"step": "filter", "column": "a"}]}, "transform", "needs one of equals"),
    ("timportconfig", {"transform": [{"step": "parse_number", "column": "a", "decimal": ";"}]}, "transform", "neither . nor ,"),
    ("timportconfig", {"transform": [{"step": "filter", "column": "a", "matches": "("}]}, "transform", "regular expression"),
    ("timportcolumn", {"config_id": 99, "source_name": "a"}, "config_id", "is not in dba.timportconfig"),
    ("timportcolumn", {"source_name": ""}, "source_name", "is empty; fix: give it a value"),
    ("timportcolumn", {"target_name": "Order Date"}, "target_name", "is not a plain column name"),
    ("timportcolumn", {"target_name": "datasetid"}, "target_name", "column of the pipeline"),
    ("timportcolumn", {"target_name": "xmin"}, "target_name", "PostgreSQL itself"),
    ("timportcolumn", {"data_type": "money; DROP TABLE x"}, "data_type", "is not a type"),
    ("timportcolumn", {"data_type": "integer", "date_format": "yyyyMMdd"}, "date_format", "is given for type integer"),
    ("timportcolumn", {"data_type": "date", "date_format": "dd/mm/yyyy"}, "date_format", "MM is months"),
    ("tinboxconfig", {"subject_contains": ...}, "subject_contains", "would take every mail"),
    ("tinboxconfig", {"subject_contains": ""}, "subject_contains", "would take every mail"),
    ("tinboxconfig", {"subject_pattern": "["}, "subject_pattern", "close the bracket"),
    ("tinboxconfig", {"sender_filter": "*@client.com"}, "sender_filter", "put something before"),
    ("tinboxconfig", {"attachment_name_pattern": "*.csv"}, "attachment_name_pattern", '"any text" is .*'),
    ("tinboxconfig", {"has_attachment": False}, "attachment_name_pattern", "has_attachment is false"),
    ("tinboxconfig", {"gmail_account": "me"}, "gmail_account", "is not a mail address"),
    ("tinboxconfig", {"gmail_account": "a@b.c, d@e.f"}, "gmail_account", "one plain mail address"),
    ("tinboxconfig", {"local_repository_path": "~/in"}, "local_repository_path", "holds .."),
    ("tinboxconfig", {"error_label": "processed"}, "error_label", "is also the processed_label"),
    ("tinboxconfig", {"processed_label": ""}, "processed_label", "is empty; fix: give it a value"),
    ("treportmanager", {"reportname": "7"}, "reportname", "looks like a number"),
    ("treportmanager", {"frequency": "@daily"}, "frequency", "does not have five fields"),
    ("treportmanager", {"subjectheader": "Orders\r\nBcc: eve@example.com"}, "subjectheader", "line break"),
    ("treportmanager", {"toheader": ...}, "toheader", "is empty; fix: give it a value"),
    ("treportmanager", {"toheader": "ann"}, "toheader", "is not a mail address"),
    ("treportmanager", {"toheader": "ann@example.com; bob@example.com"}, "toheader", "separated by commas"),
    ("treportmanager", {"toheader": "ann@example.com,"}, "toheader", "is not a mail address"),
    ("treportmanager", {"toheader": "ann@example.com\nBcc: eve@example.com"}, "toheader", "line break"),
    ("treportmanager", {"toheader": '"Lee <ann@example.com>'}, "toheader", "is not a mail address"),
    ("treportmanager", {"cc": "Ann <ann@>"}, "cc", "is not a mail address"),
    ("treportmanager", {"bcc": "ann@exa mple.com"}, "bcc", "is not a mail address"),
    ("treportmanager", {"emailbodytemplate": "{{grid1}} {{grid2}}"}, "emailbodytemplate", 'add "grid2" to emailbodyqueries'),
    ("treportmanager", {"emailbodytemplate": "no grid"}, "emailbodyqueries", "write {{grid1}} where it belongs"),
    ("treportmanager", {"emailbodytemplate": "{{ grid10 }}", "emailbodyqueries": {"grid1": "SELECT 1"}}, "emailbodytemplate", "grid10"),
    ("treportmanager", {"emailbodyqueries": ["SELECT 1"]}, "emailbodyqueries", "is not a JSON object"),
    ("treportmanager", {"emailbodyqueries": {"grid1": 5}}, "emailbodyqueries", "query text"),
    ("treportmanager", {"emailbodyqueries": {"grid 1": "SELECT 1"}}, "emailbodyqueries", "placeholder name"),
    ("treportmanager", {"emailbodyqueries": {"grid1": " "}}, "emailbodyqueries", "query text"),
    ("treportmanager", {"emailbodyqueries": {"grid1": "SELECT 1", "today": "SELECT 1"}}, "emailbodyqueries", "free placeholder"),
    ("treportmanager", {"attachmentqueries": {"a": "SELECT 1"}}, "attachmentqueries", "is not a JSON list"),
    ("treportmanager", {"attachmentqueries": [{"name": "a"}]}, "attachmentqueries", 'lacks a proper "name" or a "query"'),
    ("treportmanager", {"attachmentqueries": [{"name": "../a", "query": "SELECT 1"}]}, "attachmentqueries", "lacks a proper"),
    ("treportmanager", {"attachmentqueries": [{"name": "a", "query": "TABLE x"}] * 2}, "attachmentqueries", "two items"),
    ("treportmanager", {"attachmentqueries": [{"name": "a", "query": "TABLE x", "format": "pdf"}]}, "attachmentqueries", "csv or xlsx"),
    ("treportmanager", {"charts": [{"name": "c", "query": "SELECT 1", "type": "radar"}]}, "charts", "bar, line, stacked or pie"),
    ("treportmanager", {"charts": [{"name": "c", "query": "SELECT 1", "y": [1]}]}, "charts", "names of columns"),
    ("treportmanager", {"charts": [{"name": "c", "query": "SELECT 1", "colour": "red"}]}, "charts", "use name, query, type, x, y"),
    ("treportmanager", {"charts": [{"name": "today", "query": "SELECT 1"}]}, "charts", "another name"),
    ("treportmanager", {"emailbodyqueries": {"grid1": "DELETE FROM feeds.orders"}}, "emailbodyqueries", "begin it with SELECT, WITH"),
    ("treportmanager", {"emailbodyqueries": {"grid1": "-- SELECT 1"}}, "emailbodyqueries", "grid1: -- SELECT 1"),
    ("treportmanager", {"emailbodyqueries": {"grid1": "/* SELECT 1 */ EXPLAIN SELECT 1"}}, "emailbodyqueries", "reads rows"),
    ("treportmanager", {"emailbodyqueries": {"grid1": "selected 1"}}, "emailbodyqueries", "reads rows"),
    ("treportmanager", {"attachmentqueries": [{"name": "a", "query": "CALL dba.ppurgeoldlogs()"}]}, "attachmentqueries", "a: CALL"),
    ("treportmanager", {"hasattachment": True}, "hasattachment", "attachmentqueries is empty"),
    ("treportmanager", {"charts": [{"name": "chart1", "query": "SELECT 1"}]}, "charts", "has no placeholder"),
    ("treportmanager", {"emailbodytemplate": "{{grid1}}{{c}}", "charts": [{"name": "c", "query": "SET x = 1"}]}, "charts", "c: SET x"),
    ("treportmanager", {"attachment_format": "pdf"}, "attachment_format", "use csv or xlsx"),
    ("treportmanager", {"when_empty": "maybe"}, "when_empty", "use send, skip or note"),
    ("treportmanager", {"on_error": "send"}, "on_error", "use hold or note"),
    ("treportmanager", {"max_data_age": "0"}, "max_data_age", "26 hours"),
    ("treportmanager", {"datastatusid": 3}, "datastatusid", "use 1 or 2"),
    ("tscheduler", {"frequency": ...}, "frequency", "is empty, so the job would never run"),
    ("tscheduler", {"run_after_schedulerid": 1}, "frequency", "together with run_after_schedulerid"),
    ("tscheduler", {"frequency": ..., "run_after_schedulerid": 99}, "run_after_schedulerid", "is not in dba.tscheduler"),
    ("tscheduler", {"scriptpath": "../x.py"}, "scriptpath", "plain name"),
    ("tscheduler", {"scriptpath": "/etc/x.sh"}, "scriptpath", "plain name"),
    ("tscheduler", {"scriptpath": "run_import_job.py orders"}, "scriptpath", "without folder or arguments"),
    ("tscheduler", {"scriptpath": "x.py;rm"}, "scriptpath", "plain name"),
    ("tscheduler", {"scriptpath": "-x.py"}, "scriptpath", "plain name"),
    ("tscheduler", {"scriptargs": "a\n* * * * * root reboot"}, "scriptargs", "line break"),
    ("tscheduler", {"scriptargs": "it's"}, "scriptargs", "a quote that is not closed"),
    ("tscheduler", {"scriptargs": "a\\"}, "scriptargs", "ends in a backslash"),
    ("tscheduler", {"timeout_minutes": 0}, "timeout_minutes", "between 1 and 10080"),
    ("tscheduler", {"catch_up": "all"}, "catch_up", "use none or last"),
    ("tscheduler", {"ping_url": "ftp://x"}, "ping_url", "is not a web address"),
    ("tmeetmaxconfig", {"base_url": "www.meetmax.com"}, "base_url", "https://www.example.com"),
    ("tmeetmaxconfig", {"base_url": "https://user:secret@meetmax.com"}, "base_url", "is not a web address"),
    ("tmeetmaxconfig", {"event_ids": ""}, "event_ids", "is empty; fix: give it a value"),
    ("tmeetmaxconfig", {"event_ids": "119179-119184,,120000"}, "event_ids", "119179-119184,120000"),
    ("tmeetmaxconfig", {"event_ids": "119184-119179"}, "event_ids", "rising range"),
    ("tmeetmaxconfig", {"event_ids": "1-999999999"}, "event_ids", "rising range"),
    ("tmeetmaxconfig", {"event_ids": "abc"}, "event_ids", "is not an event number"),
    ("tmeetmaxconfig", {"delay_seconds": -1}, "delay_seconds", "use 0 or more"),
    ("tmeetmaxconfig", {"max_seconds": 0}, "max_seconds", "use 1 or more"),
    ("tmeetmaxconfig", {"max_bytes": 0}, "max_bytes", "use 1 or more"),
    ("twebconfig", {"url": "example.com/prices.csv"}, "url", "https://www.example.com"),
    ("twebconfig", {"url": ...}, "url", "is empty; fix: give it a value"),
    ("twebconfig", {"link_selector": " "}, "link_selector", "is blank"),
    ("twebconfig", {"download_directory": "../in"}, "download_directory", "holds .."),
    ("twebconfig", {"delay_seconds": -1}, "delay_seconds", "use 0 or more"),
    ("twebconfig", {"max_bytes": 0}, "max_bytes", "use 1 or more"),
    ("tsftpconfig", {"host": "sftp://example.com"}, "host", "without sftp://"),
    ("tsftpconfig", {"port": 0}, "port", "is not a port"),
    ("tsftpconfig", {"host_key": ...}, "host_key", "is empty; fix: give it a value"),
    ("tsftpconfig", {"host_key": "any"}, "host_key", "is not a public host key"),
    ("tsftpconfig", {"direction": "both"}, "direction", "use pull or push"),
    ("tsftpconfig", {"after_transfer": "move"}, "after_transfer_path", "give the folder with move"),
    ("tsftpconfig", {"after_transfer_path": "/done"}, "after_transfer_path", "leave it empty otherwise"),
    ("tsftpconfig", {"timeout_seconds": 0}, "timeout_seconds", "use 1 or more"),
    ("tsftpconfig", {"settle_seconds": -1}, "settle_seconds", "use 0 or more"),
    ("tsftpconfig", {"max_seconds": 0}, "max_seconds", "use 1 or more"),
    ("texpectation", {"reportid": ...}, "config_id", "is empty, and so are schedulerid, reportid, backup_days, free_gb and token_days"),
    ("texpectation", {"schedulerid": 1}, "config_id", "set exactly one of the six"),
    ("texpectation", {"reportid": 99}, "reportid", "is not in dba.treportmanager; fix: use one that is: 1, 2"),
    ("texpectation", {"due_time": ...}, "due_time", "is empty; fix: give it a value"),
    ("tlogretention", {"table_name": "tconfighistory"}, "table_name", "is not a log table"),
    ("tlogretention", {"keep_days": 1}, "keep_days", "use 7 or more"),
]


@pytest.fixture(scope="module")
def scratch(server, template):
    """A connection as etl_admin to a database of this file's own; tests that use it must roll back."""
    name = f"schema_{id(template)}"
    with closing(server.connect("postgres")) as super_user:
        super_user.autocommit = True
        run(super_user, f"CREATE DATABASE {name} TEMPLATE {template}")
        with closing(server.connect(name, "etl_admin")) as connection:
            yield connection
        run(super_user, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def admin(scratch):
    """The shared connection as etl_admin, rolled back after the test."""
    yield scratch
    scratch.rollback()


def prepared(admin, table, changes):
    """The changes; a timportcolumn row gets the feed it belongs to."""
    return changes if table != "timportcolumn" else {"config_id": insert(admin, "timportconfig")} | changes


@pytest.mark.parametrize(("table", "changes", "column", "words"), WRONG)
def test_a_wrong_row_is_refused_with_the_column_and_the_fix(admin, table, changes, column, words):
    row = prepared(admin, table, changes)
    with pytest.raises(errors.CheckViolation) as refusal:
        insert(admin, table, **row)
    told = refusal.value.diag
    assert (told.schema_name, told.table_name, told.column_name) == ("dba", table, column)
    assert words in told.message_primary
    assert re.match(rf'dba\.{table}\.{column}(: ".*")? [a-z].*; fix: \S', told.message_primary)
    assert told.message_hint is None and "\n" not in told.message_primary


RIGHT = [
    ("timportconfig", {"file_pattern": r"(?P<client>[a-z]+)_(?P=client)(?<!x)\.csv"}),
    ("timportconfig", {"file_pattern": r"(?<=[+*])(?<=a|b)(?<!\?)(?<=a{2})[:;.][\[:]x\.csv"}),
    ("timportconfig", {"source_directory": "/srv/etl/in", "archive_directory": "/srv/etl/done"}),
    ("timportconfig", {"dateconfig": "filename", "datelocation": "2", "dateformat": "yyyyMMddTHHmmss"}),
    ("timportconfig", {"dateconfig": "file_content", "datelocation": "As Of", "dateformat": "dd MMM yyyy"}),
    ("timportconfig", {"dateconfig": "static", "datelocation": "2026-11-23", "dateformat": "yyyy-MM-dd"}),
    ("timportconfig", {"metadata_label_source": "filename", "metadata_label_location": "1", "filename_delimiter": " "}),
    ("timportconfig", {"transform": [{"step": "rename", "columns": {"a": "b"}}]}),
    ("timportconfig", {"field_delimiter": "|", "quote_char": "'", "encoding": "cp1252", "decimal_mark": ",", "header_row": 0}),
    ("timportcolumn", {"target_name": "ordered_on", "data_type": "DATE", "date_format": "dd/MM/yyyy", "required": True}),
    ("timportcolumn", {"data_type": "numeric(12, 2)"}),
    ("timportcolumn", {"data_type": "timestamptz", "date_format": "yyyy-MM-ddTHH:mm:ssZ"}),
    ("tinboxconfig", {"subject_contains": ..., "sender_filter": r"@client\.com$", "gmail_account": "pipeline@gmail.com"}),
    ("tinboxconfig", {"subject_contains": ..., "has_attachment": True}),
    ("treportmanager", {"toheader": 'Ann Lee <ann@example.com>, "Lee, Bob" <bob@example.co.uk>,operator@localhost'}),
    ("treportmanager", {"emailbodytemplate": "{{report_name}} {{ today }} {{yesterday}} {{timestamp}} {{grid1 | safe}}"}),
    ("treportmanager", {"emailbodytemplate": "{% if grid1 %}{% for row in grid1 %}{{ loop.index }} {{ row.a }}{% endfor %}{% endif %}"}),
    ("treportmanager", {"emailbodyqueries": {"grid1": "-- Orders\n/* of today ** */ (\n  with x AS (SELECT 1) TABLE x)"}}),
    ("treportmanager", {"emailbodyqueries": {"grid1": "VALUES(1)"}}),
    ("treportmanager", {"emailbodytemplate": "{{grid1}}{{chart1}}", "charts": [{"name": "chart1", "query": "SELECT 1"}]}),
    ("treportmanager", {"attachmentqueries": [{"name": "All orders", "query": "SELECT 1", "format": "xlsx"}], "max_data_age": "26 hours"}),
    ("tscheduler", {"frequency": ..., "run_after_schedulerid": 3, "scriptargs": """client_orders --since "last week" 'it''s' 100%"""}),
    ("tmeetmaxconfig", {"event_ids": "119179 - 119184, 120000"}),
    ("tsftpconfig", {"host_key": "SHA256:" + "a" * 43, "after_transfer": "move", "after_transfer_path": "/out/done"}),
]


@pytest.mark.parametrize(("table", "changes"), RIGHT)
def test_a_right_row_is_accepted(admin, table, changes):
    insert(admin, table, **prepared(admin, table, changes))


ENCODINGS = [
    "utf-8", "UTF8", "utf_8", "utf-8-sig", "utf-16", "UTF-16LE", "utf-16-be", "utf16", "utf-32", "utf-32le", "ascii", "us-ascii", "latin-1",
    "Latin1", "iso-8859-1", "ISO8859-15", "iso_8859_2", "cp1252", "Windows-1252", "windows_1250", "CP437", "cp850", "mac-roman", "macroman",
    "gbk", "GB18030", "big5", "Shift_JIS", "shift-jis", "shiftjis", "euc-jp", "EUC_KR", "euckr", "koi8-r", "KOI8_U", "cp932",
]  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_usual_spellings_of_an_encoding_are_accepted(admin, encoding):
    assert check(admin, "f_check_encoding", encoding)


def test_an_accepted_encoding_is_one_that_python_knows(admin):
    stems = "utf utf8 utf-8 utf16 utf-16 utf32 utf-32 iso iso8859 iso-8859 iso_8859 cp windows latin koi koi8 euc mac gb big shift us"
    words = "sig le be r u jp kr jis roman ascii k 2312 18030 437 850 852 858 866 932 949 950"
    ends = ["", *words.split(), *map(str, [*range(18), 32, *range(1249, 1260)])]
    names = {f"{stem}{dash}{end}" for stem in stems.split() for dash in ("", "-", "_") for end in ends}
    accepted = [name for name in sorted(names) if check(admin, "f_check_encoding", name)]
    assert len(accepted) > 100
    for name in accepted:
        codecs.lookup(name)


def test_an_update_is_checked_like_an_insert(admin):
    config_id = insert(admin, "timportconfig")
    with pytest.raises(errors.CheckViolation, match="target_table"):
        run(admin, "UPDATE dba.timportconfig SET target_table = 'dba.x' WHERE config_id = %s", config_id)


NAMES = [("timportconfig", "config_name"), ("tinboxconfig", "config_name"), ("treportmanager", "reportname"), ("tscheduler", "taskname"),
         ("tmeetmaxconfig", "config_name"), ("twebconfig", "config_name"), ("tsftpconfig", "config_name"),
         ("texpectation", "expectation_name")]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), NAMES)
def test_a_name_that_is_taken_is_refused_in_plain_words(admin, table, column):
    key, other = CONFIG_TABLES[table], insert(admin, table, **{column: "other"})
    run(admin, f"UPDATE dba.{table} SET {column} = 'mine' WHERE {key} = %s", other)
    run(admin, f"UPDATE dba.{table} SET {column} = 'mine' WHERE {key} = %s", other)
    told = rf'dba.{table}.{column}: "mine" is taken; fix: choose another name, or UPDATE that row'
    run(admin, "SAVEPOINT here")
    with pytest.raises(errors.CheckViolation, match=told):
        insert(admin, table, **{column: "mine"})
    run(admin, "ROLLBACK TO here")
    insert(admin, table)
    with pytest.raises(errors.CheckViolation, match=told):
        run(admin, f"UPDATE dba.{table} SET {column} = 'mine'")


def test_on_conflict_answers_for_itself_also_in_a_function(database):
    insert(database, "tinboxconfig")
    statement = (
        "INSERT INTO dba.tinboxconfig (config_name, subject_contains) VALUES ('orders', 'new')"
        " ON CONFLICT (config_name) DO UPDATE SET subject_contains = EXCLUDED.subject_contains"
    )
    run(database, statement.replace("DO UPDATE SET subject_contains = EXCLUDED.subject_contains", "DO NOTHING"))
    assert rows(database, "SELECT subject_contains FROM dba.tinboxconfig") == [("orders",)]
    run(database, statement)
    assert rows(database, "SELECT subject_contains FROM dba.tinboxconfig") == [("new",)]
    run(database, f"CREATE FUNCTION public.again() RETURNS void LANGUAGE plpgsql AS $$BEGIN {statement}; END$$")
    run(database, "SELECT public.again()")


HISTORY = [
    ("timportconfig", "set is_active to false", "INSERT INTO dba.timportfile (config_id, file_name, sha256, size_bytes, status)"
     " VALUES (%s, 'x', repeat('0', 64), 1, 'Empty')"),
    ("treportmanager", "set datastatusid to 2", "INSERT INTO dba.treportrun (reportid, due_at) VALUES (%s, now())"),
    ("tscheduler", "set datastatusid to 2", "INSERT INTO dba.tjobrun (schedulerid, run_uuid, job, host, user_name)"
     " VALUES (%s, gen_random_uuid(), 'x', 'x', 'x')"),
    ("tsftpconfig", "set is_active to false", "INSERT INTO dba.tsftptransfer (config_id, direction, remote_path, local_path)"
     " VALUES (%s, 'pull', 'x', 'x')"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "fix", "ledger_row"), HISTORY)
def test_a_row_with_history_is_switched_off_not_deleted(connect_as, database, table, fix, ledger_row):
    admin, name = autocommit(connect_as("etl_admin")), next(iter(LEAST[table]))
    used, unused = insert(admin, table), insert(admin, table, **{name: "unused"})
    with database:
        run(database, ledger_row, used)
    run(admin, f"DELETE FROM dba.{table} WHERE {CONFIG_TABLES[table]} = %s", unused)
    with pytest.raises(errors.CheckViolation, match=f'"{LEAST[table][name]}" has history in dba.t[a-z]+; fix: {fix} instead'):
        run(admin, f"DELETE FROM dba.{table} WHERE {CONFIG_TABLES[table]} = %s", used)
    assert one(admin, f"SELECT count(*) FROM dba.{table} WHERE {CONFIG_TABLES[table]} IN (%s, %s)", used, unused) == 1


def test_a_tab_delimiter_may_be_written_with_a_backslash(admin):
    insert(admin, "timportconfig", field_delimiter="\\t")
    assert one(admin, "SELECT field_delimiter FROM dba.timportconfig WHERE config_name = 'orders'") == "\t"


def test_schedules_cannot_wait_for_each_other(admin):
    first = insert(admin, "tscheduler", taskname="first")
    second = insert(admin, "tscheduler", taskname="second", frequency=None, run_after_schedulerid=first)
    third = insert(admin, "tscheduler", taskname="third", frequency=None, run_after_schedulerid=second)
    with pytest.raises(errors.CheckViolation, match="wait for itself -> third -> second"):
        run(admin, "UPDATE dba.tscheduler SET frequency = NULL, run_after_schedulerid = %s WHERE schedulerid = %s", third, first)


def test_a_schedule_cannot_wait_for_itself(admin):
    own = insert(admin, "tscheduler")
    with pytest.raises(errors.CheckViolation, match="wait for itself"):
        run(admin, "UPDATE dba.tscheduler SET frequency = NULL, run_after_schedulerid = %s WHERE schedulerid = %s", own, own)


CRON_RIGHT = [
    "0 5,17 * * 1-5",
    "*/10 * * * *",
    "0 0 29 2 *",
    "0 0 31 1,2 *",
    "15 3 * jan-mar mon,fri",
    "0 0 * * 7",
    "5-59/15 * * * *",
    "0 0 31 2 1",
    "  0  3 * * *",
]
CRON_WRONG = [
    "@daily",
    "@reboot",
    "99 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 8",
    "* * * *",
    "* * * * * *",
    "0 0 31 2 *",
    "0 0 30 2 *",
    "0 0 31 4,6,9,11 *",
    "0 0 31 2 */2",
    "*/0 * * * *",
    "*/60 * * * *",
    "5-1 * * * *",
    "5/15 * * * *",
    "a * * * *",
    "mon * * * *",
    "1, * * * *",
    ",1 * * * *",
    "1--2 * * * *",
    "* * * * fri-mon",
    "-1 * * * *",
    "1.5 * * * *",
    "* * * * mo",
    "* * ? * *",
    "* * L * *",
    "* * * * 1#2",
    "0 3 * * *\n* * * * *",
    "0\t3 * * *",
    "0 3 * * * %",
    "0 3 * * $(x)",
    "٣ * * * *",
]


@pytest.mark.parametrize("frequency", CRON_RIGHT)
def test_a_cron_time_is_accepted(admin, frequency):
    insert(admin, "tscheduler", frequency=frequency)


@pytest.mark.parametrize("frequency", CRON_WRONG)
def test_a_wrong_cron_time_is_refused(admin, frequency):
    with pytest.raises(errors.CheckViolation, match="frequency"):
        insert(admin, "tscheduler", frequency=frequency)


def check(connection, function, value):
    """Whether a check of dba accepts the value."""
    try:
        run(connection, f"SELECT dba.{function}('t', 'c', %s)", value)
    except errors.CheckViolation:
        connection.rollback()
        return False
    return True


NO_DATABASE_LIMITS = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
CRON_ITEM = st.one_of(
    st.just("*"),
    st.integers(0, 70).map(str),
    st.tuples(st.integers(0, 32), st.integers(0, 32)).map("{0[0]}-{0[1]}".format),
    st.integers(0, 70).map("*/{}".format),
    st.sampled_from(["jan", "SUN", "mon-fri", "1-9/2", "dec", "x"]),
)
CRON_FIELD = st.lists(CRON_ITEM, min_size=1, max_size=3).map(",".join)


@hypothesis_settings(max_examples=400, **NO_DATABASE_LIMITS)
@given(fields=st.lists(CRON_FIELD, min_size=5, max_size=5))
def test_an_accepted_cron_time_is_one_that_cronsim_takes(admin, fields):
    frequency = " ".join(fields)
    try:
        next(CronSim(frequency, datetime(2026, 1, 1)))
        known = True
    except (CronSimError, StopIteration):
        known = False
    accepted = check(admin, "f_check_cron", frequency)
    assert known or not accepted


PIECES = [
    "a",
    "b_",
    "-",
    ".",
    "|",
    "(",
    ")",
    "(?:",
    "(?P<n>",
    "(?P=n)",
    "(?i)",
    "(?i:",
    "(?=",
    "(?!",
    "(?<=",
    "(?<!",
    "(?>",
    "[",
    "]",
    "[^",
    "a-z",
    "*",
    "+",
    "?",
    "*?",
    "++",
    "{2}",
    "{1,3}",
    "{,4}",
    "{300}",
    "{",
    "}",
    "^",
    "$",
    r"\d",
    r"\w",
    r"\.",
    r"\b",
    r"\A",
    r"\Z",
    r"\1",
    r"\x41",
    r"\]",
    r"\[",
    r"\\",
    "é",
    " ",
]


@pytest.mark.filterwarnings("ignore:Possible:FutureWarning")
@hypothesis_settings(max_examples=600, **NO_DATABASE_LIMITS)
@given(pattern=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join))
def test_no_valid_python_pattern_is_refused(admin, pattern):
    try:
        re.compile(pattern)
    except (re.error, RecursionError):
        return
    assert check(admin, "f_check_regex", pattern)


@pytest.mark.parametrize("pattern", ["(", ")", "[", "a)", "*a", "+", "a{3,2}", "[z-a]", "(?P<a", "(?<name>x)", "a\\", r"\q", "a**", r"\z"])
def test_an_invalid_python_pattern_is_refused(admin, pattern):
    assert not check(admin, "f_check_regex", pattern)


def test_a_change_is_remembered_with_its_author(connect_as):
    admin = connect_as("etl_admin")
    config_id = insert(admin, "timportconfig")
    run(admin, "UPDATE dba.timportconfig SET min_rows = 5 WHERE config_id = %s", config_id)
    run(admin, "UPDATE dba.timportconfig SET min_rows = 5 WHERE config_id = %s", config_id)
    run(admin, "DELETE FROM dba.timportconfig WHERE config_id = %s", config_id)
    assert rows(
        admin,
        "SELECT operation, changed_by, row_id, old_row ->> 'min_rows', new_row ->> 'min_rows' FROM dba.tconfighistory"
        " WHERE table_name = 'timportconfig' AND row_id = %s ORDER BY confighistoryid",
        str(config_id),
    ) == [
        ("INSERT", "etl_admin", str(config_id), None, "0"),
        ("UPDATE", "etl_admin", str(config_id), "0", "5"),
        ("DELETE", "etl_admin", str(config_id), "5", None),
    ]


def test_an_update_moves_last_modified_and_keeps_created(connect_as):
    admin = autocommit(connect_as("etl_admin"))
    insert(admin, "tinboxconfig")
    run(admin, "UPDATE dba.tinboxconfig SET priority = 5, created_at = '2000-01-01'")
    assert one(admin, "SELECT created_at < last_modified_at AND created_at > '2020-01-01' FROM dba.tinboxconfig")


def test_is_active_follows_the_status_of_reports_and_schedules(admin):
    reportid = insert(admin, "treportmanager", datastatusid=2)
    assert one(admin, "SELECT is_active FROM dba.treportmanager WHERE reportid = %s", reportid) is False
    with pytest.raises(psycopg2.Error, match="is_active"):
        run(admin, "UPDATE dba.treportmanager SET is_active = true")


# --- the functions that write config rows ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "add", "change"),
    [
        ("treportmanager", "SELECT dba.f_insert_treportmanager(%s)", "SELECT dba.f_update_treportmanager(%s, %s)"),
        ("tscheduler", "SELECT dba.f_insert_tscheduler(%s)", "SELECT dba.f_update_tscheduler(%s, %s)"),
        ("timportconfig", "CALL dba.pimportconfigi(%s)", "CALL dba.pimportconfigu(%s, %s)"),
    ],
)
def test_the_functions_add_a_row_and_change_only_what_is_named(admin, table, add, change):
    key = CONFIG_TABLES[table]
    new = one(admin, add, Json(LEAST[table]))
    fetch = lambda: one(admin, f"SELECT to_jsonb(t) - 'last_modified_at' FROM dba.{table} AS t WHERE {key} = %s", new)  # noqa: E731
    before = fetch()
    name = next(iter(LEAST[table]))
    assert before.items() >= LEAST[table].items()
    run(admin, change, new, Json({name: "changed"}))
    assert fetch() == before | {name: "changed"} | ({} if table != "timportconfig" else {"metadata_label_location": "orders"})


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("""SELECT dba.f_insert_tscheduler('{"taskname": "x", "cron": "0 3 * * *"}')""", "use columns of schedulerid, taskname"),
        ("""SELECT dba.f_insert_tscheduler('{"taskname": "x", "is_active": true}')""", "cannot be set"),
        ("""SELECT dba.f_insert_tscheduler('[]')""", "names no column"),
        ("""SELECT dba.f_insert_tscheduler('{"taskname": "x", "frequency": "99 * * * *", "scriptpath": "x.py"}')""", "wrong minute field"),
        ("""SELECT dba.f_update_tscheduler(999, '{"taskname": "x"}')""", "does not exist"),
        ("""SELECT dba.f_update_tscheduler(1, '{"created_at": "2000-01-01"}')""", "cannot be set"),
    ],
)
def test_the_functions_refuse_what_they_do_not_understand(admin, statement, words):
    with pytest.raises(errors.CheckViolation, match=re.escape(words)):
        run(admin, statement)
