"""What a mail says: a template and its tables become one body in HTML and in plain text.

Pure: no disk, no network, no clock. Values are escaped once, and a template is filled once, so a value can hold neither
HTML nor a placeholder.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from html.parser import HTMLParser

from errors import ConfigError

HELPERS = frozenset({"timestamp", "today", "yesterday", "report_name"})
NO_DATA = "There are no rows for this report today."

# name of a grid -> its (HTML, plain text)
Tables = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Body:
    """One mail body, twice: as HTML and as plain text."""

    html: str
    text: str


# --- templates --------------------------------------------------------------------------------------------------


def template_values(report_name: str, now: datetime) -> dict[str, object]:
    """What every template may say besides its grids; `now` carries the configured zone."""
    return {
        "report_name": report_name,
        "timestamp": f"{now:%Y-%m-%d %H:%M %Z}",
        "today": now.date(),
        "yesterday": now.date() - timedelta(days=1),
    }


def check_template(template: str, queries: Mapping[str, str]) -> None:
    """Raises ConfigError unless the template's placeholders and the queries are the same set."""
    import jinja2
    from jinja2 import meta

    try:
        used = meta.find_undeclared_variables(_environment(autoescape=True).parse(template)) - HELPERS
    except jinja2.TemplateError as error:
        where = f"emailbodytemplate line {getattr(error, 'lineno', '?')}"
        raise ConfigError(f"{where}: {error}; correct the template") from error
    for name in sorted(used - queries.keys()):
        raise ConfigError(f"emailbodytemplate shows {{{{{name}}}}}, but emailbodyqueries has no {name!r}; add the query")
    for name in sorted(queries.keys() - used):
        raise ConfigError(f"emailbodyqueries has {name!r}, but emailbodytemplate does not show {{{{{name}}}}}; add it")


def render_line(text: str, values: Mapping[str, object]) -> str:
    """A subject or file name with {{today}} and its like filled in, on one line."""
    return _filled(text, values, autoescape=False)


def render_body(template: str, tables: Tables, *, values: Mapping[str, object], footer: str) -> Body:
    """The mail body of a report. Raises ConfigError when the template cannot be filled."""
    from markupsafe import Markup

    html = _filled(template, {**values, **{name: Markup(table) for name, (table, _) in tables.items()}}, autoescape=True)
    # Filled a second time with marks, so that the text tables are made from rows and not from HTML.
    marks = {name: Markup(f'<etl-grid name="{escape(name)}"></etl-grid>') for name in tables}
    marked = _filled(template, {**values, **marks}, autoescape=True)
    text = _plain_text(marked, {name: table for name, (_, table) in tables.items()})
    return Body(_document(html, footer), f"{text}\n\n-- \n{footer}\n")


def _filled(template: str, values: Mapping[str, object], *, autoescape: bool) -> str:
    import jinja2

    try:
        return _environment(autoescape).from_string(template).render(values)
    except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError, OverflowError) as error:
        raise ConfigError(f"the template cannot be filled: {error}; correct it in dba.treportmanager") from error


def _environment(autoescape: bool):
    """Templates come from a table that people edit: they may format values and nothing else."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(autoescape=autoescape, undefined=StrictUndefined)


# --- the document -----------------------------------------------------------------------------------------------

_FONT = "font-family: 'Segoe UI', Roboto, Helvetica, Arial, sans-serif;"
_STYLE = f"""
body {{ margin: 0; padding: 24px; {_FONT} font-size: 15px; line-height: 1.5; color: #1f2933; background-color: #ffffff; }}
h1, h2, h3 {{ {_FONT} color: #16324f; line-height: 1.25; margin: 24px 0 8px; }}
h1 {{ font-size: 24px; margin-top: 0; }}
h2 {{ font-size: 18px; }}
h3 {{ font-size: 16px; }}
p {{ margin: 0 0 12px; }}
table.grid {{ border-collapse: collapse; border: 1px solid #c9d3df; margin: 8px 0; {_FONT} font-size: 13px; line-height: 1.4;
  font-variant-numeric: tabular-nums; }}
table.grid th {{ background-color: #16324f; color: #ffffff; font-weight: 600; white-space: nowrap; }}
.box {{ overflow-x: auto; }}
.note {{ font-size: 13px; color: #5b6875; }}
.footer {{ margin: 24px 0 0; padding: 12px 0 0; border-top: 1px solid #c9d3df; font-size: 12px; color: #5b6875; }}
"""
# What cannot be inlined: dark colours, for the programs that ask for them, and the font of tables in Outlook for Windows,
# which does not take it over from <body>.
_HEAD = """<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
body { background-color: #14181d !important; color: #e4e9ef !important; }
h1, h2, h3 { color: #a9cdf2 !important; }
table.grid { border-color: #3a4553 !important; }
table.grid th { background-color: #27425f !important; }
table.grid tr[bgcolor] { background-color: #1e252d !important; }
.note, .footer { color: #9aa7b4 !important; border-color: #3a4553 !important; }
}
</style>
<!--[if mso]><style>td,th{font-family:Arial,sans-serif;font-size:13px}</style><![endif]-->"""


def _document(html: str, footer: str) -> str:
    """A whole document around the filled template, its styles moved into the tags."""
    import css_inline

    foot = f'<p class="footer">{escape(footer)}</p>'
    if re.search(r"<html[\s>]", html, re.IGNORECASE):
        page = _inserted(_inserted(html, r"</head\s*>", f"{_HEAD}<style>{_STYLE}</style>"), r"</body\s*>", foot)
    else:
        page = f"<html><head>{_HEAD}<style>{_STYLE}</style></head><body>{html}{foot}</body></html>"
    page = re.sub(r"^\s*(<!doctype[^>]*>)?", "<!DOCTYPE html>\n", page, count=1, flags=re.IGNORECASE)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
    return inliner.inline(page)


def _inserted(html: str, before: str, what: str) -> str:
    """`what` put before the last match of a closing tag, or at the end when the template has none."""
    places = list(re.finditer(before, html, re.IGNORECASE))
    at = places[-1].start() if places else len(html)
    return html[:at] + what + html[at:]


class _TextMaker(HTMLParser):
    """Collects what a reader sees of the marked HTML in `texts`; the names of the marks between them in `names`."""

    _BLOCKS = frozenset({"p", "div", "br", "h1", "h2", "h3", "h4", "ul", "ol", "li", "tr", "table", "hr", "blockquote", "pre"})
    _HIDDEN = frozenset({"style", "script", "title", "head"})

    def __init__(self) -> None:
        super().__init__()
        self._hidden = 0
        self.texts = [""]
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = 0 if tag == "body" else self._hidden + (tag in self._HIDDEN)
        if tag == "etl-grid":
            self.names.append(dict(attrs)["name"] or "")
            self.texts.append("")
        elif tag in self._BLOCKS:
            self.texts[-1] += "\n- " if tag == "li" else "\n"
        elif tag in ("td", "th"):
            self.texts[-1] += " "

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self._HIDDEN and self._hidden > 0
        if tag in self._BLOCKS and tag != "li":
            self.texts[-1] += "\n"

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts[-1] += re.sub(r"\s+", " ", data)


def _plain_text(marked: str, tables: Mapping[str, str]) -> str:
    maker = _TextMaker()
    maker.feed(marked)
    maker.close()
    first, *others = (re.sub(r"\s*\n\s*\n\s*", "\n\n", re.sub(r" *\n *", "\n", text)).strip() for text in maker.texts)
    pairs = zip(maker.names, others, strict=True)
    return "\n\n".join(filter(None, [first, *(part for name, text in pairs for part in (tables[name], text))]))
