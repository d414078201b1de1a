"""The target table of a feed: its columns, which header belongs to which, and the changes a plan asks for."""

from collections.abc import Mapping

import psycopg2
import psycopg2.errors
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from column_plan import LINEAGE, HeaderKey, Plan, Strategy
from db_config import identifier
from errors import ConfigError
from models import ImportConfig

_LARGE_BYTES = 1 << 30

# A table's number by its schema and name, out of the catalog's rows. to_regclass() and to_regnamespace() ask the session's cache,
# which may not have heard yet of what another importer has committed a moment ago.
_TABLE = "(SELECT pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = %s AND relname = %s)"


def table_columns(cursor: Cursor, table: str) -> dict[str, str] | None:
    """The table's columns {name: type} in order; None when there is no such table."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        f" WHERE attrelid = {_TABLE} AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        table.split(".", 1),
    )
    return dict(cursor.fetchall()) or None


def known_headers(cursor: Cursor, table: str) -> tuple[dict[HeaderKey, str], dict[HeaderKey, str]]:
    """What earlier files of this table have taught: which column each header belongs to, and how its dates are written."""
    cursor.execute("SELECT source_name, occurrence, column_name, date_format FROM dba.timportheader WHERE target_table = %s", (table,))
    rows = cursor.fetchall()
    columns = {(name, occurrence): column for name, occurrence, column, _ in rows}
    return columns, {(name, occurrence): date_format for name, occurrence, _, date_format in rows if date_format}


def lock_shape(cursor: Cursor, name: str) -> None:
    """Until the transaction ends, no other importer changes the shape of this table or schema."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('import shape ' || %s, 0))", (name,))


# The number of the dataset that a transaction loads, which create_dataset sets.
_DATASETID = sql.SQL("dba.f_loading_datasetid()")


def apply_plan(cursor: Cursor, table: str, plan: Plan) -> None:
    """Create or change the table as planned."""
    name = identifier(table)
    if plan.create:
        _create(cursor, table, plan)
        return
    for column, kind in plan.added:
        cursor.execute(sql.SQL("ALTER TABLE {} ADD COLUMN {} {}").format(name, sql.Identifier(column), sql.SQL(kind)))
    for column, _, kind in plan.retyped:
        retype(cursor, table, column, kind)


def _create(cursor: Cursor, table: str, plan: Plan) -> None:
    schema = table.split(".", 1)[0]
    lock_shape(cursor, schema)
    cursor.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,))
    if not cursor.rowcount:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    lineage = sql.SQL("{} bigint NOT NULL DEFAULT {}").format(sql.Identifier(LINEAGE), _DATASETID)
    columns = [sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in plan.added]
    cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(identifier(table), sql.SQL(", ").join([lineage, *columns])))


def index_lineage(cursor: Cursor, table: str) -> None:
    """Give a large table an index of its datasets.

    Rows of a dataset lie together, the smallest kind of index finds them. While the table is small a scan is quick, and
    the index would cost every load a tenth of its time.
    """
    name = table.split(".", 1)
    cursor.execute(
        f"SELECT pg_relation_size({_TABLE}) > %s AND NOT EXISTS (SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
        f" AND attnum = indkey[0] WHERE indrelid = {_TABLE} AND attname = %s)",
        (*name, _LARGE_BYTES, *name, LINEAGE),
    )
    if cursor.fetchone()[0]:
        cursor.execute(sql.SQL("CREATE INDEX ON {} USING brin ({})").format(identifier(table), sql.Identifier(LINEAGE)))


def retype(cursor: Cursor, table: str, column: str, kind: str) -> None:
    """Give a column another type. Raises ConfigError when its values do not fit or something hangs on the old type."""
    statement = sql.SQL("ALTER TABLE {} ALTER COLUMN {} TYPE {} USING {}::{}").format(
        identifier(table), sql.Identifier(column), sql.SQL(kind), sql.Identifier(column), sql.SQL(kind)
    )
    try:
        cursor.execute(statement)
    except psycopg2.errors.FeatureNotSupported as error:
        raise ConfigError(
            f"{table}.{column} must become {kind} for this file, but {error.diag.message_detail or error.diag.message_primary}; "
            "drop that view, import, and make it again"
        ) from error
    except psycopg2.DataError as error:
        raise ConfigError(
            f"{table}.{column} cannot become {kind}, the table holds other values: {error.diag.message_primary}; "
            "correct them, or data_type in dba.timportcolumn"
        ) from error


def ensure_lineage(cursor: Cursor, config: ImportConfig, existing: Mapping[str, str]) -> None:
    """Give a table that an admin made by hand its datasetid column and the default that fills it.

    Raises ConfigError when the strategy does not allow to change the table.
    """
    name, column = identifier(config.target_table), sql.Identifier(LINEAGE)
    cursor.execute(
        "SELECT 1 FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum"
        f" WHERE adrelid = {_TABLE} AND attname = %s",
        (*config.target_table.split(".", 1), LINEAGE),
    )
    if cursor.fetchone():
        return
    default = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}").format(name, column, _DATASETID)
    addition = sql.SQL("ALTER TABLE {} ADD COLUMN {} bigint").format(name, column)
    statements = [default] if LINEAGE in existing else [addition, default]
    if config.importstrategyid != Strategy.CREATE_COLUMNS:
        todo = "; ".join(statement.as_string(cursor) for statement in statements)
        raise ConfigError(f"{config.target_table} lacks what ties its rows to their file; run: {todo}")
    for statement in statements:
        cursor.execute(statement)


def remember_headers(cursor: Cursor, table: str, plan: Plan) -> None:
    """Record which header went to which column, and how its dates are written."""
    for (name, occurrence), column, date_format in plan.headers:
        cursor.execute(
            "INSERT INTO dba.timportheader (target_table, source_name, occurrence, column_name, date_format) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (target_table, source_name, occurrence)"
            " DO UPDATE SET column_name = EXCLUDED.column_name, date_format = EXCLUDED.date_format",
            (table, name, occurrence, column, date_format),
        )
