"""Writes the business-day calendar: dba.tholidays and dba.tcalendardays."""

from datetime import date

from psycopg2.extensions import connection as Connection


def fill_calendar(connection: Connection, years: range, holidays: dict[date, str]) -> tuple[list[int], int]:
    """Add the days of the years, and the holidays of those that have none yet; returns these years and the holidays added.

    A year that has holidays is the admin's: what was deleted or renamed there stays so.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT extract(year FROM holidaydate)::int FROM dba.tholidays")
        filled = {year for (year,) in cursor}
        new = {day: name for day, name in sorted(holidays.items()) if day.year not in filled}
        cursor.execute("SELECT dba.f_fill_calendar(%s, %s)", (years[0], years[-1]))
        cursor.execute("INSERT INTO dba.tholidays SELECT * FROM unnest(%s::date[], %s::text[])", (list(new), list(new.values())))
    return sorted({day.year for day in new}), len(new)
