"""A site on loopback that behaves like MeetMax and like the worst of the web. Pages and workbooks are made here from what is known."""

import contextlib
import io
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import xlwt

Reply = tuple[int, dict[str, str], bytes]
HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass
class Site:
    """`pages` maps a path with its query to (status, headers, body), or to a function of (handler, how often asked before)."""

    url: str = ""
    pages: dict[str, Reply | Callable] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def count(self, path: str) -> int:
        return Counter(self.asked)[path]


@contextlib.contextmanager
def serve() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            before = site.count(self.path)
            site.asked.append(self.path)
            site.times.append(time.monotonic())
            site.headers.append(dict(self.headers))
            page = site.pages.get(self.path, (404, HTML, b"<html><title>Not found</title></html>"))
            page = page(self, before) if callable(page) else page
            if page is not None:
                self.answer(*page)

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            etag = headers.get("ETag")
            if etag and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304 and "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def html(body: str, title: str = "Company list") -> Reply:
    return 200, dict(HTML), f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>".encode()


def reset(handler: BaseHTTPRequestHandler, _before: int) -> None:
    """Cuts the line without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler, _before: int) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(600):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)


def workbook(companies: int, header: tuple[str, ...] = ("Company/Organization", "Company Ticker", "", "Market Cap ($'M)")) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Companies")
    for column, name in enumerate(header):
        sheet.write(0, column, name)
    for row in range(1, companies + 1):
        for column in range(len(header)):
            sheet.write(row, column, f"v{row}-{column}")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old(event: int) -> str:
    return f"/sched/event_{event}/__co-list_cp.html"


def export(event: int) -> str:
    return f"/sched/event_{event}/__co-list_cp.xls?event_id={event}"


def invalid(event: int) -> Reply:
    return html(f'<div class="alert alert-danger">Invalid Event ID: {event}</div>', "Error")


def rows_page(event: int, page: int, total: int) -> Reply:
    rows = "".join(
        f'<tr class="rows"><td class="col_company">Company &amp; Sons {n}</td><td class="col_ticker">T{n}</td>'
        f'<td class="col_custom_123">{n}</td></tr>'
        for n in range(30 * (page - 1) + 1, min(30 * page, total) + 1)
    )
    pages = -(-total // 30)
    links = "".join(f'<li><a href="__co-list_cp.html?page={n}">{n}</a></li>' for n in range(1, pages + 1) if n != page)
    return html(f"<table>{rows}</table><ul class='pagination'>{links}</ul>", f"Event {event}")


def add_downloadable(site: Site, event: int, companies: int = 3, **headers: str) -> None:
    site.pages[old(event)] = html(f'<a href="__co-list_cp.xls?event_id={event};jsessionid=1F">Excel</a>', f"Event {event}")
    site.pages[export(event)] = (200, {"Content-Type": "application/vnd.ms-excel"} | headers, workbook(companies))


def add_listed(site: Site, event: int, companies: int) -> None:
    site.pages[old(event)] = rows_page(event, 1, companies)
    for page in range(1, -(-companies // 30) + 1):
        site.pages[f"{old(event)}?page={page}"] = rows_page(event, page, companies)
