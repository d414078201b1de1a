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


MEETMAX = "datasetid bigint, company_name text, company_organization text, ticker text, company_ticker text"
THURSDAY, FRIDAY, SATURDAY, MONDAY, TUESDAY = (f"2026-11-{day}" for day in (19, 20, 21, 23, 24))


@pytest.fixture
def job(connect_as):
    """A job's connection to a database whose imports have made the table of MeetMax events."""
    job = autocommit(connect_as("etl_user"))
    run(job, "CREATE SCHEMA feeds")
    run(job, f"CREATE TABLE feeds.tmeetmaxevent ({MEETMAX})")
    return job


@pytest.fixture
def changes(connect_as):
    """changes(day) is what a report reads of that day, without the address."""
    columns = "eventid, company_name, ticker, mindate::text, maxdate::text, scenario"
    report = autocommit(connect_as("etl_report"))
    return lambda day: rows(report, f"SELECT {columns} FROM dba.f_get_event_changes(%s)", day)


def load_event(job, event, day, companies, columns="company_name, ticker"):
    dataset = one(job, "SELECT dba.f_dataset_iu('MeetMaxEvent', 'MeetMax', %s, %s)", event, day)
    for company in companies:
        run(job, f"INSERT INTO feeds.tmeetmaxevent (datasetid, {columns}) VALUES (%s, %s, %s)", dataset, company, company[:3].upper())
    run(job, "CALL dba.p_dataset_activate(%s)", dataset)


def test_without_the_table_of_events_nothing_has_changed(changes):
    assert changes(MONDAY) == []


def test_on_first_load_every_company_is_added(job, changes):
    load_event(job, "1", MONDAY, ["Bolt", "Acme", "Acme"])
    assert changes(MONDAY) == [("1", name, name[:3].upper(), MONDAY, MONDAY, "added") for name in ("Acme", "Bolt")]


def test_an_unchanged_event_has_no_changes(job, changes):
    for day in (FRIDAY, MONDAY):
        load_event(job, "1", day, ["Acme", "Bolt"])
    assert changes(MONDAY) == []


def test_companies_come_and_go_and_come_back(job, changes):
    load_event(job, "1", THURSDAY, ["Acme", "Bolt"])
    load_event(job, "1", FRIDAY, ["Acme", "Core"])
    load_event(job, "1", MONDAY, ["Acme", "Bolt"])
    assert changes(FRIDAY) == [("1", "Core", "COR", FRIDAY, FRIDAY, "added"), ("1", "Bolt", "BOL", THURSDAY, THURSDAY, "removed")]
    assert changes(MONDAY) == [("1", "Bolt", "BOL", THURSDAY, MONDAY, "added"), ("1", "Core", "COR", FRIDAY, FRIDAY, "removed")]


def test_only_the_dataset_that_counts_is_compared(job, changes):
    load_event(job, "1", FRIDAY, ["Acme", "Old"])
    load_event(job, "1", FRIDAY, ["Acme", "Bolt"])
    load_event(job, "1", MONDAY, ["Acme"])
    assert changes(MONDAY) == [("1", "Bolt", "BOL", FRIDAY, FRIDAY, "removed")]


def test_an_event_that_is_gone_or_was_missed_is_no_change(job, changes):
    load_event(job, "1", THURSDAY, ["Acme"])
    load_event(job, "2", FRIDAY, ["Acme"])
    load_event(job, "1", MONDAY, ["Acme", "Bolt"])
    assert changes(MONDAY) == [("1", "Bolt", "BOL", MONDAY, MONDAY, "added")]
    assert changes(TUESDAY) == []


def test_days_off_belong_to_the_business_day_around_them(job, changes, connect_as):
    run(autocommit(connect_as("etl_admin")), "INSERT INTO dba.tholidays VALUES (%s, 'Founders')", MONDAY)
    load_event(job, "1", FRIDAY, ["Acme"])
    load_event(job, "1", SATURDAY, ["Acme", "Bolt"])
    load_event(job, "1", MONDAY, ["Acme", "Bolt", "Core"])
    assert changes(MONDAY) == changes(SATURDAY) == changes(FRIDAY) == [("1", "Acme", "ACM", FRIDAY, FRIDAY, "added")]
    on_tuesday = [("1", "Bolt", "BOL", SATURDAY, MONDAY, "added"), ("1", "Core", "COR", MONDAY, MONDAY, "added")]
    assert changes(TUESDAY) == on_tuesday
    load_event(job, "1", TUESDAY, ["Acme", "Bolt", "Core"])
    assert [change[1] for change in changes(TUESDAY)] == ["Bolt", "Core"]


def test_the_name_stands_in_another_column_from_event_to_event_and_day_to_day(job, changes):
    other = "company_organization, company_ticker"
    load_event(job, "1", FRIDAY, ["Acme", "Bolt"])
    load_event(job, "2", FRIDAY, ["Dune", "Echo"], other)
    load_event(job, "1", MONDAY, ["Acme", "Core", "  "], other)
    load_event(job, "2", MONDAY, [" Dune "], other)
    assert changes(MONDAY) == [
        ("1", "Core", "COR", MONDAY, MONDAY, "added"),
        ("1", "Bolt", "BOL", FRIDAY, FRIDAY, "removed"),
        ("2", "Echo", "ECH", FRIDAY, FRIDAY, "removed"),
    ]


def test_the_address_is_that_of_the_last_check(job, connect_as):
    load_event(job, "1", MONDAY, ["Acme"])
    query = "SELECT url FROM dba.f_get_event_changes(%s)"
    report = autocommit(connect_as("etl_report"))
    assert one(report, query, MONDAY) is None
    run(job, "CREATE TABLE feeds.tmeetmaxurlcheck (datasetid bigint, eventid text, url text)")
    for day in (THURSDAY, FRIDAY, TUESDAY):
        check = one(job, "SELECT dba.f_dataset_iu('MeetMaxURLCheck', 'MeetMax', 'MeetMaxURLCheck', %s)", day)
        run(job, "INSERT INTO feeds.tmeetmaxurlcheck VALUES (%s, '1', %s), (%s, '2', 'x')", check, f"https://x/{day}", check)
        run(job, "CALL dba.p_dataset_activate(%s)", check)
    assert one(report, query, MONDAY) == f"https://x/{FRIDAY}"


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
