"""Reads the admin's config rows."""

from psycopg2.extensions import connection as Connection
from psycopg2.extras import RealDictCursor

from errors import ConfigError
from models import ImportColumn, ImportConfig


def import_configs(connection: Connection) -> list[ImportConfig]:
    """Every active row of dba.timportconfig with its columns, by config_id."""
    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("SELECT * FROM dba.timportcolumn WHERE is_active ORDER BY config_id, source_name")
        columns: dict[int, list[ImportColumn]] = {}
        for row in cursor:
            columns.setdefault(row["config_id"], []).append(_build(ImportColumn, row))
        cursor.execute("SELECT * FROM dba.timportconfig WHERE is_active ORDER BY config_id")
        return [_build(ImportConfig, row | {"columns": tuple(columns.get(row["config_id"], ()))}) for row in cursor.fetchall()]


def chosen_config(configs: list[ImportConfig], wanted: str) -> ImportConfig:
    """The config of that number or name. Raises ConfigError that lists what there is."""
    for config in configs:
        if wanted in (str(config.config_id), config.config_name):
            return config
    names = ", ".join(f"{config.config_id} {config.config_name!r}" for config in configs) or "none"
    raise ConfigError(f"no active row of dba.timportconfig is called {wanted!r}; there are: {names}")


def _build(kind: type, row: dict) -> object:
    fields = kind.__dataclass_fields__
    return kind(
        **{
            name: tuple(value) if isinstance(value, list) and name == "null_tokens" else value
            for name, value in row.items()
            if name in fields
        }
    )
