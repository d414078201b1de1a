"""The polite visitor against a real server: limits, retries, robots, redirects."""

import time
from email.utils import formatdate

import pytest

from errors import BadFileError, SourceError
from web_server import HTML, drip, html, reset, serve
from web_utils import AskedToWait, Disallowed, Limits, Web

QUICK = Limits(delay_seconds=0, max_retries=3, max_seconds=20, max_bytes=100_000)


@pytest.fixture
def site():
    with serve() as running:
        yield running


@pytest.fixture
def visit(settings):
    """visit(url, known=None, **limits) is one request by a new visitor."""

    def get(url, known=None, **changes):
        with Web(settings, Limits(**(vars(QUICK) | changes))) as web:
            return web.get(url, known)

    return get


def later(headers, before_good=1, status=429):
    """A page that refuses a few times and is then there."""
    return lambda _handler, before: (status, headers, b"") if before < before_good else html("here")


def test_it_says_who_it_is_and_asks_robots_first(site, visit):
    site.pages["/a"] = html("hello")
    answer = visit(f"{site.url}/a")
    assert answer.status == 200 and b"hello" in answer.body
    assert site.asked == ["/robots.txt", "/a"]
    assert site.headers[1]["User-Agent"] == "ClientEtlWorkflow/1.0 (contact: etl@example.com)"


@pytest.mark.parametrize("headers", [{"Retry-After": "1"}, {}, {"Retry-After": "Wed, 01 Jan 2025 10:00:00 GMT"}])
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_site_is_asked_again(site, visit, headers, status):
    site.pages["/a"] = later(headers, 2, status)
    assert visit(f"{site.url}/a").status == 200
    assert site.count("/a") == 3
    assert site.times[-1] - site.times[1] >= (2 if headers.get("Retry-After") == "1" else 0)


@pytest.mark.parametrize("in_words", [False, True])
def test_a_site_that_asks_for_an_hour_is_left_alone_at_once(site, visit, in_words):
    wait = formatdate(time.time() + 3600, usegmt=True) if in_words else "3600"
    site.pages["/a"] = later({"Retry-After": wait})
    with pytest.raises(AskedToWait, match=r"asks to wait 3,[56].. seconds, more than the 20 we do; the next run goes on"):
        visit(f"{site.url}/a")
    assert site.count("/a") == 1


def test_429_for_ever_ends_after_the_retries(site, visit):
    site.pages["/a"] = later({}, 99)
    with pytest.raises(AskedToWait, match="raise delay_seconds"):
        visit(f"{site.url}/a", max_retries=2)
    assert site.count("/a") == 3


def test_a_server_that_stays_broken_is_a_source_error(site, visit):
    site.pages["/a"] = later({}, 99, 500)
    with pytest.raises(SourceError, match="answers 500"):
        visit(f"{site.url}/a", max_retries=1)
    assert site.count("/a") == 2


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_is_final(site, visit, status):
    site.pages["/a"] = (status, HTML, b"no")
    assert visit(f"{site.url}/a").status == status
    assert site.count("/a") == 1


def test_a_cut_line_is_tried_again_and_then_said(site, visit):
    site.pages["/a"] = reset
    with pytest.raises(SourceError, match="gave no whole answer"):
        visit(f"{site.url}/a", max_retries=2)
    assert site.count("/a") == 3


def test_a_body_that_stops_half_way_is_no_answer(site, visit):
    def half(handler, _before):
        handler.close_connection = True
        return 200, {"Content-Length": "1000"}, b"x" * 500

    site.pages["/a"] = half
    with pytest.raises(SourceError, match="gave no whole answer"):
        visit(f"{site.url}/a")


def test_a_slow_drip_ends_in_time(site, visit):
    site.pages["/a"] = drip
    start = time.monotonic()
    with pytest.raises(SourceError, match="was not there after 1 seconds; raise max_seconds"):
        visit(f"{site.url}/a", max_seconds=1)
    assert time.monotonic() - start < 15


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused(site, visit, announced):
    def large(handler, _before):
        if announced:
            return 200, {}, b"x" * 200_000
        handler.protocol_version, handler.close_connection = "HTTP/1.0", True
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 200_000)
        return None

    site.pages["/a"] = large
    with pytest.raises(BadFileError, match="larger than 100,000 bytes; raise max_bytes"):
        visit(f"{site.url}/a")


def test_robots_are_obeyed_also_behind_a_redirect(site, visit):
    site.pages["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /private\nCrawl-delay: 1\n")
    site.pages["/a"] = (302, {"Location": "/private/b"}, b"")
    for path in ("/private/b", "/a"):
        with pytest.raises(Disallowed, match=r"/private/b: robots.txt of the site forbids it"):
            visit(site.url + path)
    assert "/private/b" not in site.asked
    assert site.times[site.asked.index("/a")] - site.times[site.asked.index("/a") - 1] >= 0.5


def test_robots_that_cannot_be_read_forbid_all(site, visit):
    site.pages["/robots.txt"] = (503, {}, b"")
    with pytest.raises(SourceError, match=r"robots.txt: answers 503, so nothing may be fetched now"):
        visit(f"{site.url}/a", max_retries=0)
    assert "/a" not in site.asked


def test_a_redirect_loop_ends(site, visit):
    site.pages["/a"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(SourceError, match="redirected more than 5 times"):
        visit(f"{site.url}/a")


def test_a_redirect_to_a_file_of_this_machine_is_refused(site, visit):
    site.pages["/a"] = (302, {"Location": "file:///etc/passwd"}, b"")
    with pytest.raises(SourceError, match="is not a web address"):
        visit(f"{site.url}/a")


def test_the_delay_lies_between_any_two_requests(site, settings):
    site.pages["/a"] = html("a")
    with Web(settings, Limits(**(vars(QUICK) | {"delay_seconds": 0.3}))) as web:
        web.get(f"{site.url}/a")
        web.get(f"{site.url}/a")
    assert all(later - earlier >= 0.29 for earlier, later in zip(site.times, site.times[1:], strict=False))


def test_a_copy_we_have_is_not_sent_again(site, visit):
    site.pages["/a"] = (200, {"ETag": '"v1"'}, b"data")
    answer = visit(f"{site.url}/a")
    again = visit(f"{site.url}/a", {"etag": answer.headers["ETag"], "last_modified": None})
    assert (again.status, again.body) == (304, b"")
