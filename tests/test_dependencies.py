"""Only what is needed is installed, in the one version that was tested, and everybody can say why."""

import ast
import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata

import pytest

from conftest import ROOT

README = (ROOT / "README.md").read_text()
FILES = ["requirements.txt", "tests/requirements.txt"]
LINE = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z]+\])?==([\w.]+)\s+# \S.+")


def pinned(name: str) -> dict[str, str]:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line.strip() and not line.startswith("#")]
    wrong = [line for line in lines if not LINE.fullmatch(line)]
    assert not wrong, f"a package needs one exact version and a reason on its line: {wrong}"
    return dict(LINE.fullmatch(line).groups() for line in lines)


@pytest.mark.parametrize("name", FILES)
def test_every_package_has_one_version_and_its_reason_and_that_one_is_installed(name):
    for package, version in pinned(name).items():
        assert metadata.version(package) == version, package


def test_the_packages_agree_with_one_another():
    result = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def plain(name: str) -> str:
    return re.match(r"[\w.-]+", name).group().lower().replace("_", "-").replace(".", "-")


def brought_along(packages: set[str]) -> set[str]:
    """The packages and all that they need in turn."""
    found: set[str] = set()
    waiting = {plain(package) for package in packages}
    while waiting:
        name = waiting.pop()
        found.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # for another platform or an extra
            continue
        waiting |= {plain(need) for need in needs if "extra ==" not in need} - found
    return found


def imported_packages() -> dict[str, set[str]]:
    """{module: packages that provide it} of everything that the jobs import and that is neither ours nor Python's."""
    files = [path for folder in ("systemscripts", "jobscripts") for path in (ROOT / folder).glob("*.py")]
    names = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
    others = names - {path.stem for path in files} - set(sys.stdlib_module_names)
    providers = metadata.packages_distributions()
    return {name: {plain(package) for package in providers.get(name, ())} for name in others}


def test_the_jobs_import_nothing_but_what_their_requirements_bring():
    allowed = brought_along(set(pinned("requirements.txt")))
    assert {module: owners for module, owners in imported_packages().items() if not owners & allowed} == {}


@pytest.fixture
def advisories():
    """An advisory service as https://osv.dev is one: {package: advisory} is what it knows; `asked` who was asked for."""
    known: dict[str, str] = {}
    asked: dict[str, str] = {}

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            package, version = question["package"]["name"], question["version"]
            asked[package] = version
            hole = {"id": known.get(package), "affected": [{"package": question["package"], "versions": [version]}]}
            answer = json.dumps({"vulns": [hole]} if package in known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known, asked, f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()


def test_the_audit_asks_for_every_package_and_names_the_one_with_a_known_hole(advisories, tmp_path):
    known, asked, url = advisories
    options = [option for line in README.splitlines() if "pip-audit --no-deps" in line for option in line.split()[1:]]
    command = [f"{sys.prefix}/bin/pip-audit", *options, "--osv-url", url, "--cache-dir", tmp_path, "--progress-spinner", "off"]
    clean = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert clean.returncode == 0, clean.stderr
    assert {plain(package): version for package, version in asked.items()} == {
        plain(package): version for package, version in pinned("requirements.txt").items()
    }
    known["paramiko"] = "GHSA-planted"
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 1 and re.search(r"paramiko.*GHSA-planted", found.stdout)
