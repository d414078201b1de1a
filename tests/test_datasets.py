"""Datasets, the business-day calendar, MeetMax changes and the books of the import ledger."""

import threading

import pytest
from psycopg2 import errors

from schema_rows import autocommit, insert, one, rows, run

# --- datasets ----------------------------------------------------------------------------------------------------------


def new_dataset(connection, label="orders", day="2026-11-23"):
    return one(connection, "SELECT dba.f_dataset_iu('Orders', 'Client A', %s, %s)", label, day)


def test_a_new_dataset_is_inactive_and_its_names_are_added_once(connect_as):
    job = connect_as("etl_user")
    first, second = new_dataset(job), new_dataset(job)
    assert first != second
    assert rows(job, "SELECT datastatusid, isactive, efffromdate, createduser FROM dba.tdataset") == [(4, False, None, "etl_user")] * 2
    assert one(job, "SELECT count(*) FROM dba.tdatasource") == one(job, "SELECT count(*) FROM dba.tdatasettype") == 1


def test_activation_retires_the_predecessor_only(connect_as):
    job = autocommit(connect_as("etl_user"))
    old, new = new_dataset(job), new_dataset(job)
    other_day, other_label = new_dataset(job, day="2026-11-24"), new_dataset(job, label="returns")
    for dataset in (old, other_day, other_label, new, new):
        run(job, "CALL dba.p_dataset_activate(%s, 7)", dataset)
    state = "SELECT datasetid, datastatusid, isactive, effthrudate IS NOT NULL, row_count FROM dba.tdataset ORDER BY datasetid"
    assert rows(job, state) == [
        (old, 2, False, True, 7),
        (new, 1, True, False, 7),
        (other_day, 1, True, False, 7),
        (other_label, 1, True, False, 7),
    ]
    day = "(SELECT %s FROM dba.tdataset WHERE datasetid = %%s)"
    assert one(job, f"SELECT {day % 'effthrudate'} <= {day % 'efffromdate'}", old, new)


def test_two_active_datasets_are_impossible_even_by_hand(connect_as):
    job = connect_as("etl_user")
    for _ in range(2):
        new_dataset(job)
    with pytest.raises(errors.UniqueViolation, match="tdataset_one_active_ux"):
        run(job, "UPDATE dba.tdataset SET isactive = true, datastatusid = 1")


def test_an_empty_dataset_leaves_its_predecessor_active(connect_as):
    job = autocommit(connect_as("etl_user"))
    old, empty = new_dataset(job), new_dataset(job)
    run(job, "CALL dba.p_dataset_activate(%s)", old)
    run(job, "CALL dba.p_dataset_deactivate(%s, 6)", empty)
    assert rows(job, "SELECT datasetid FROM dba.vactivedataset") == [(old,)]
    assert one(job, "SELECT effthrudate FROM dba.tdataset WHERE datasetid = %s", empty) is None
    run(job, "CALL dba.p_dataset_deactivate(%s)", old)
    assert rows(job, "SELECT datasetid FROM dba.vactivedataset") == []


@pytest.mark.parametrize(
    ("statement", "error", "words"),
    [
        ("CALL dba.p_dataset_activate(99)", errors.NoDataFound, "no datasetid 99"),
        ("CALL dba.p_dataset_deactivate(99)", errors.NoDataFound, "no datasetid 99"),
        ("CALL dba.p_dataset_deactivate(1, 1)", errors.CheckViolation, "2 Inactive"),
        ("SELECT dba.f_dataset_iu('Orders', '', 'x', '2026-01-01')", errors.CheckViolation, "datasource"),
        ("SELECT dba.f_dataset_iu('Orders', 'Client A', 'x', NULL)", errors.CheckViolation, "datasetdate"),
    ],
)
def test_a_wrong_dataset_call_is_refused(connect_as, statement, error, words):
    with pytest.raises(error, match=words):
        run(connect_as("etl_user"), statement)


def test_two_files_of_one_dataset_that_finish_together_retire_one_another_in_turn(connect_as):
    watcher = autocommit(connect_as("etl_user"))
    first, second = connect_as("etl_user"), connect_as("etl_user")
    ids = [new_dataset(watcher), new_dataset(watcher)]
    run(first, "CALL dba.p_dataset_activate(%s)", ids[0])
    waiting = threading.Thread(target=run, args=(second, "CALL dba.p_dataset_activate(%s)", ids[1]))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    first.commit()
    waiting.join(10)
    second.commit()
    assert rows(watcher, "SELECT datasetid FROM dba.vactivedataset") == [(ids[1],)]


def test_datasets_cost_the_same_when_there_are_many(database):
    new_dataset(database)
    run(
        database,
        """
        INSERT INTO dba.tdataset (datasettypeid, datasourceid, label, datasetdate, isactive, datastatusid)
        SELECT 1, 1, 'label ' || mod(n, 50), date '2000-01-01' + n / 50, true, 1 FROM generate_series(1, 50000) AS n""",
    )
    run(database, "ANALYZE dba.tdataset")
    plan = rows(
        database,
        "EXPLAIN SELECT FROM dba.tdataset WHERE isactive AND datasettypeid = 1 AND datasourceid = 1 AND label = 'x'"
        " AND datasetdate = '2001-01-01'",
    )
    assert "tdataset_one_active_ux" in str(plan)
    assert one(database, "SELECT count(*) FROM dba.vlatestdataset WHERE datasetdate = '2002-09-26'") == 49
    explained = one(database, "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM dba.vlatestdataset")[0]["Plan"]
    blocks = explained["Shared Hit Blocks"] + explained["Shared Read Blocks"]
    assert blocks < 400, "more than a look per label"


def test_the_latest_dataset_is_the_newest_active_one_of_each_type_source_and_label(connect_as):
    job = autocommit(connect_as("etl_user"))

    def active(kind, source, label, day):
        new = one(job, "SELECT dba.f_dataset_iu(%s, %s, %s, %s)", kind, source, label, day)
        run(job, "CALL dba.p_dataset_activate(%s, 3)", new)
        return new

    latest = "SELECT datasetid FROM dba.vlatestdataset ORDER BY datasetid"
    assert rows(job, latest) == []
    older, newest = active("Orders", "Acme", "a", "2026-11-20"), active("Orders", "Acme", "a", "2026-11-23")
    others = [active(*names, "2026-11-19") for names in (("Orders", "Acme", "b"), ("Orders", "Birch", "a"), ("Prices", "Acme", "a"))]
    active("Orders", "Acme", "a", "2026-11-18")
    new_dataset(job, label="never active", day="2026-11-24")
    assert rows(job, latest) == [(newest,), *((other,) for other in others)]
    assert rows(job, "SELECT * FROM dba.vlatestdataset EXCEPT SELECT * FROM dba.vactivedataset") == []
    run(job, "CALL dba.p_dataset_deactivate(%s)", newest)
    assert rows(job, latest)[0] == (older,)
    replaced = active("Orders", "Acme", "a", "2026-11-20")
    assert (replaced,) in rows(job, latest) and (older,) not in rows(job, latest)


# --- the calendar ------------------------------------------------------------------------------------------------------


def test_business_days_know_weekends_and_holidays_in_any_year(connect_as):
    admin = autocommit(connect_as("etl_admin"))
    run(admin, "INSERT INTO dba.tholidays VALUES ('2026-11-26', 'Thanksgiving')")
    assert rows(admin, "SELECT isholiday, isbusinessday FROM dba.tcalendardays WHERE calendardate = '2026-11-26'") == [(True, False)]
    assert str(one(admin, "SELECT dba.f_previous_business_day('2026-11-27')")) == "2026-11-25"
    assert str(one(admin, "SELECT dba.f_previous_business_day('2026-11-30')")) == "2026-11-27"
    assert one(admin, "SELECT dba.f_is_business_day('2199-01-01')")
    assert one(admin, "SELECT dba.f_fill_calendar(2041, 2042)") == 730
    assert one(admin, "SELECT dba.f_fill_calendar(2041, 2042)") == 0
    run(admin, "UPDATE dba.tholidays SET holidaydate = '2026-11-27'")
    assert rows(admin, "SELECT calendardate::text FROM dba.tcalendardays WHERE isholiday") == [("2026-11-27",)]
    run(admin, "DELETE FROM dba.tholidays")
    assert one(admin, "SELECT count(*) FROM dba.tcalendardays WHERE isholiday") == 0


# --- MeetMax changes ---------------------------------------------------------------------------------------------------


def load_event(job, event, day, companies):
    dataset = one(job, "SELECT dba.f_dataset_iu('MeetMax', 'MeetMax', %s, %s)", event, day)
    for company in companies:
        row = (dataset, event, company, company[:3].upper(), f"https://x/{event}")
        run(job, "INSERT INTO feeds.tmeetmaxevent VALUES (%s, %s, %s, %s, %s)", *row)
    run(job, "CALL dba.p_dataset_activate(%s)", dataset)


def test_event_changes_are_those_between_two_business_days(connect_as):
    job, report = autocommit(connect_as("etl_user")), autocommit(connect_as("etl_report"))

    def changes(day):
        columns = "eventid, company_name, ticker, mindate::text, maxdate::text, scenario"
        return rows(report, f"SELECT {columns} FROM dba.f_get_event_changes(%s)", day)

    assert changes("2026-11-23") == []
    run(job, "CREATE SCHEMA feeds")
    run(job, "CREATE TABLE feeds.tmeetmaxevent (datasetid bigint, eventid text, company_organization text, company_ticker text, url text)")
    load_event(job, "119179", "2026-11-19", ["Acme", "Bolt"])
    load_event(job, "119179", "2026-11-20", ["Acme", "Old"])
    load_event(job, "119179", "2026-11-20", ["Acme", "Bolt"])
    load_event(job, "119179", "2026-11-23", ["Acme", "Core"])
    load_event(job, "119180", "2026-11-20", ["Acme"])
    load_event(job, "120000", "2026-11-23", ["Dune"])
    expected = [
        ("119179", "Core", "COR", "2026-11-23", "2026-11-23", "Added"),
        ("119179", "Bolt", "BOL", "2026-11-19", "2026-11-20", "Removed"),
        ("120000", "Dune", "DUN", "2026-11-23", "2026-11-23", "Added"),
    ]
    assert changes("2026-11-23") == expected
    assert changes("2026-11-22") == changes("2026-11-20")
    assert changes("2026-11-24") == []
    assert one(report, "SELECT url FROM dba.f_get_event_changes('2026-11-23') LIMIT 1") == "https://x/119179"


# --- ledgers -----------------------------------------------------------------------------------------------------------


def add_file(connection, config_id, datasetid=None, **counts):
    row = {"config_id": config_id, "file_name": "a.csv", "sha256": "0" * 64, "size_bytes": 1, "status": "Loaded"}
    row |= {"datasetid": datasetid} | counts
    places = ", ".join(["%s"] * len(row))
    return one(connection, f"INSERT INTO dba.timportfile ({', '.join(row)}) VALUES ({places}) RETURNING importfileid", *row.values())


def test_a_file_whose_rows_do_not_add_up_is_refused(database):
    config_id = insert(database, "timportconfig")
    with pytest.raises(errors.CheckViolation, match="timportfile_books_ck"):
        add_file(database, config_id, new_dataset(database), rows_read=3, rows_loaded=1, rows_rejected=1)


def test_the_books_name_what_does_not_agree(database):
    config_id = insert(database, "timportconfig")
    datasets = [new_dataset(database, label=str(n)) for n in range(3)]
    for dataset in datasets[:2]:
        run(database, "CALL dba.p_dataset_activate(%s, 2)", dataset)
    good = add_file(database, config_id, datasets[0], rows_read=3, rows_loaded=2, rows_rejected=1)
    run(database, "INSERT INTO dba.timportreject (importfileid, line_number, error_code, message) VALUES (%s, 2, 'x', 'x')", good)
    add_file(database, config_id, status="Failed", error="x")
    add_file(database, config_id, datasets[0], status="Duplicate")
    assert rows(database, "SELECT * FROM dba.vimportbooks") == []
    add_file(database, config_id, datasets[1], rows_read=3, rows_loaded=2, rows_rejected=1)
    add_file(database, config_id, datasets[1], rows_read=9, rows_loaded=9)
    add_file(database, config_id, datasets[2], rows_read=1, rows_loaded=1)
    assert rows(database, "SELECT problem FROM dba.vimportbooks ORDER BY importfileid") == [
        ("rejected rows are not all on record",),
        ("dataset has another number of rows",),
        ("loaded, but its dataset never became active",),
    ]
