"""Installs pip into the running virtual environment where Python has no ensurepip (plain Debian and Ubuntu).

Called by virtual_environment.sh with the values of PIP_INDEX_URL, PIP_FIND_LINKS and PIP_CERT; empty ones are looked up
in pip's configuration files, as pip itself does.
"""

import configparser
import hashlib
import html
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

CONFIG_FILES = ("~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/xdg/pip/pip.conf", "/etc/pip.conf")
WHEEL = re.compile(r"pip-(\d+(?:\.\d+)*)-py3-none-any\.whl$")  # finished releases only


def configured(name: str) -> str:
    """The value pip's configuration files give for `name`; '' when none does."""
    for path in CONFIG_FILES:
        parser = configparser.RawConfigParser(strict=False)
        parser.read(Path(path).expanduser(), encoding="utf-8")
        for section in ("install", "global"):
            if parser.has_option(section, name):
                return parser.get(section, name).strip()
    return ""


def version_of(file_name: str) -> tuple[int, ...]:
    match = WHEEL.match(file_name)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def runs_here(requires_python: str) -> bool:
    """Whether '>=3.10' and the like admit this Python."""
    minimum = re.search(r">=\s*(\d+)\.(\d+)", requires_python)
    return not minimum or sys.version_info >= (int(minimum[1]), int(minimum[2]))


def wheels_on_page(page: str, base: str) -> dict[str, str]:
    """File name -> absolute address (with its #sha256=...) of each pip wheel the index page offers to this Python."""
    found = {}
    for attributes, name in re.findall(r"<a\s([^>]*)>\s*([^<]+?)\s*</a>", page):
        address = re.search(r'href="([^"]+)"', attributes)
        requires = re.search(r'data-requires-python="([^"]*)"', attributes)
        usable = version_of(name) and "data-yanked" not in attributes
        if address and usable and runs_here(html.unescape(requires[1]) if requires else ""):
            found[name] = urllib.parse.urljoin(base, html.unescape(address[1]))
    return found


def fetch(address: str, cert: str) -> bytes:
    context = ssl.create_default_context(cafile=cert or None)
    with urllib.request.urlopen(address, timeout=60, context=context) as answer:
        return answer.read()


def fetch_newest(index: str, cert: str, folder: Path) -> Path:
    """The newest pip wheel of the index, saved in `folder`, its checksum compared."""
    base = index.rstrip("/") + "/pip/"
    wheels = wheels_on_page(fetch(base, cert).decode(), base)
    if not wheels:
        raise ValueError(f"{base} offers no pip for Python {sys.version_info.major}.{sys.version_info.minor}")
    name = max(wheels, key=version_of)
    address, _, checksum = wheels[name].partition("#sha256=")
    body = fetch(address, cert)
    if checksum and hashlib.sha256(body).hexdigest() != checksum:
        raise ValueError(f"{address} arrived with a wrong checksum")
    (folder / name).write_bytes(body)
    return folder / name


def main(argv: list[str]) -> int:
    index, links, cert = (
        given or configured(name) for given, name in zip(argv, ("index-url", "find-links", "cert"), strict=True)
    )
    local = [path for folder in links.split() if Path(folder).is_dir() for path in Path(folder).glob("pip-*.whl")]
    with tempfile.TemporaryDirectory() as folder:
        try:
            wheel = max(
                (path for path in local if version_of(path.name)), key=lambda path: version_of(path.name), default=None
            ) or fetch_newest(index or "https://pypi.org/simple", cert, Path(folder))
        except (OSError, ValueError) as error:
            sys.stderr.write(f"bootstrap_pip.py: {error}\n")
            return 1
        install = [sys.executable, f"{wheel}/pip", "install", "-qq", "--no-index", "--no-deps", str(wheel)]
        return subprocess.run(install, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
