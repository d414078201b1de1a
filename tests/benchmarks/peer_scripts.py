"""What a user of pandas or dlt would write. Run in the peers' environment: FUNCTION FILE URL SCHEMA.TABLE"""

import io
import sys
import tempfile


def pandas_copy(file: str, url: str, table: str) -> None:
    import pandas
    import psycopg2

    frame = pandas.read_csv(file, dtype=str, keep_default_na=False)
    text = io.StringIO()
    frame.to_csv(text, index=False)
    text.seek(0)
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv, HEADER)", text)


def pandas_to_sql(file: str, url: str, table: str) -> None:
    import pandas
    import sqlalchemy

    schema, name = table.split(".")
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    pandas.read_csv(file).to_sql(name, engine, schema=schema, index=False, chunksize=10_000)


def dlt_file(file: str, url: str, table: str) -> None:
    import csv

    import dlt

    schema, name = table.split(".")
    with open(file, newline="", encoding="utf-8") as lines:
        columns = {column: {"data_type": "text", "nullable": True} for column in next(csv.reader(lines))}

    @dlt.resource(name=name, columns=columns)
    def rows():
        yield dlt.mark.with_file_import(file, "csv", 1)

    _run_pipeline(rows(), url, schema)


def dlt_rows(file: str, url: str, table: str) -> None:
    import dlt
    import pyarrow.csv

    schema, name = table.split(".")

    @dlt.resource(name=name)
    def rows():
        options = pyarrow.csv.ParseOptions(newlines_in_values=True)
        yield from pyarrow.csv.open_csv(file, parse_options=options)

    _run_pipeline(rows(), url, schema)


def _run_pipeline(rows, url: str, schema: str) -> None:
    import dlt

    with tempfile.TemporaryDirectory() as folder:
        dlt.pipeline("bench", pipelines_dir=folder, destination=dlt.destinations.postgres(url), dataset_name=schema).run(rows)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
