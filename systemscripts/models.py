"""The words that modules of every floor share."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """How a job ended: items done and failed, and the line that sums it up."""

    done: int = 0
    failed: int = 0
    message: str = ""


@dataclass(frozen=True)
class ImportColumn:
    """What dba.timportcolumn says of one column; None leaves the rule to the importer."""

    source_name: str
    target_name: str | None = None
    data_type: str | None = None
    date_format: str | None = None
    required: bool = False


@dataclass(frozen=True)
class ImportConfig:
    """One row of dba.timportconfig with its columns. Positions are 1-based; None means: find out, or do without."""

    config_id: int
    config_name: str
    datasource: str
    datasettype: str
    source_directory: str
    archive_directory: str
    file_pattern: str
    file_type: str
    metadata_label_source: str
    metadata_label_location: str | None
    dateconfig: str
    datelocation: str | None
    dateformat: str | None
    filename_delimiter: str | None
    target_table: str
    importstrategyid: int
    field_delimiter: str | None = None
    quote_char: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: int = 1
    skip_rows: int = 0
    skip_footer: int = 0
    null_tokens: tuple[str, ...] = ()
    decimal_mark: str | None = None
    column_types: str = "text"
    transform: list | None = None
    max_reject_rows: int = 0
    on_duplicate: str = "skip"
    min_rows: int = 0
    post_import_procedure: str | None = None
    columns: tuple[ImportColumn, ...] = ()


@dataclass(frozen=True)
class Reject:
    """A row that did not load: its physical line (or sheet row), its text, and why. Column None: the whole row; sheet None: no workbook."""

    line_number: int
    raw_text: str
    column_name: str | None
    error_code: str
    message: str
    sheet: str | None = None


@dataclass
class Counts:
    """What a pass did with the rows: read = loaded + len(rejects) + skipped."""

    read: int = 0
    loaded: int = 0
    skipped: int = 0
    rejects: list[Reject] = field(default_factory=list)

    @property
    def adds_up(self) -> bool:
        return self.read == self.loaded + self.skipped + len(self.rejects)
