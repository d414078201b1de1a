"""How pip is found where Python brings none."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "onboarding/sh/bootstrap_pip.py"
_spec = spec_from_file_location("bootstrap_pip", SCRIPT)
bootstrap_pip = module_from_spec(_spec)
_spec.loader.exec_module(bootstrap_pip)

PAGE = """
<a href="../../p/pip-24.0-py3-none-any.whl#sha256=aa" data-requires-python="&gt;=3.7">pip-24.0-py3-none-any.whl</a><br/>
<a href="https://files/pip-26.3-py3-none-any.whl#sha256=bb" data-requires-python="&gt;=3.10">pip-26.3-py3-none-any.whl</a>
<a data-yanked="bad" href="https://files/pip-27.0-py3-none-any.whl">pip-27.0-py3-none-any.whl</a>
<a href="https://files/pip-28.0-py3-none-any.whl" data-requires-python="&gt;=4.0">pip-28.0-py3-none-any.whl</a>
<a href="https://files/pip-29.0b1-py3-none-any.whl">pip-29.0b1-py3-none-any.whl</a>
<a href="https://files/pip-26.3.tar.gz">pip-26.3.tar.gz</a>
"""


def test_only_finished_wheels_for_this_python_count_and_the_newest_wins():
    found = bootstrap_pip.wheels_on_page(PAGE, "https://index/simple/pip/")
    assert found == {
        "pip-24.0-py3-none-any.whl": "https://index/p/pip-24.0-py3-none-any.whl#sha256=aa",
        "pip-26.3-py3-none-any.whl": "https://files/pip-26.3-py3-none-any.whl#sha256=bb",
    }
    assert max(found, key=bootstrap_pip.version_of) == "pip-26.3-py3-none-any.whl"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("pip-9.0.1-py3-none-any.whl", (9, 0, 1)),
        ("pip-26.3-py3-none-any.whl", (26, 3)),
        ("pip-26.3.tar.gz", ()),
        ("pipx-1-py3-none-any.whl", ()),
    ],
)
def test_versions_compare_as_numbers(name, version):
    assert bootstrap_pip.version_of(name) == version


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a package index on loopback and the folder it serves."""
    (tmp_path / "pip").mkdir()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", tmp_path
        server.shutdown()


def offer(folder: Path, body: bytes, checksum: str) -> None:
    name = "pip-26.3-py3-none-any.whl"
    (folder / "pip" / name).write_bytes(body)
    (folder / "pip/index.html").write_text(f'<a href="{name}#sha256={checksum}">{name}</a>')


def test_a_wheel_of_the_index_is_fetched_and_its_checksum_compared(index, tmp_path):
    address, folder = index
    offer(folder, b"wheel", sha256(b"wheel").hexdigest())
    assert bootstrap_pip.fetch_newest(address, "", tmp_path).read_bytes() == b"wheel"
    offer(folder, b"changed", sha256(b"wheel").hexdigest())
    with pytest.raises(ValueError, match="wrong checksum"):
        bootstrap_pip.fetch_newest(address, "", tmp_path)


def test_an_index_that_does_not_answer_is_one_line(tmp_path):
    result = subprocess.run(
        [sys.executable, SCRIPT, "http://127.0.0.1:1/simple", str(tmp_path), ""], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr.startswith("bootstrap_pip.py: ")
    assert len(result.stderr.splitlines()) == 1


def test_pip_arrives_in_an_environment_made_without_it(tmp_path):
    """With the real index, or whatever pip is configured to use on this machine."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    python = tmp_path / "env/bin/python"
    subprocess.run([python, SCRIPT, "", "", ""], check=True)
    assert subprocess.run([python, "-m", "pip", "--version"], check=True, capture_output=True).stdout.startswith(b"pip ")
