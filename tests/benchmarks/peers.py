"""Other loaders on the same file in the same run, each in the way its own manual shows first."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cases import Scene
from data_files import TEXT_COLUMNS, table_csv
from measure import Cost, Way, medians
from ways import Load, check_rows, create_table, ours, psql_copy, ready

_FLOOR = r"psql \copy"
_SCRIPT = str(Path(__file__).with_name("peer_scripts.py"))
_PGLOADER = """LOAD CSV FROM '{file}' ({columns}) INTO {url} TARGET TABLE {table} ({columns})
WITH skip header = 1, fields optionally enclosed by '"', fields escaped by double-quote, fields terminated by ',';
"""


@dataclass(frozen=True)
class Peer:
    """A loader: the command that loads a file, the module or program it needs, and whether it makes its table itself."""

    name: str
    needs: str
    command: Callable[[Scene, Load], tuple[str, ...]]
    creates: bool = True


def _script(function: str) -> Callable[[Scene, Load], tuple[str, ...]]:
    return lambda scene, load: (_python(scene), _SCRIPT, function, str(load.file), scene.stage.url, load.table)


def _sling(scene: Scene, load: Load) -> tuple[str, ...]:
    program = subprocess.run(
        [_python(scene), "-c", "import sling_linux_amd64, pathlib; print(pathlib.Path(sling_linux_amd64.__file__).parent)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    binary = Path(program) / "bin/sling-linux-amd64"
    binary.chmod(0o755)
    source = ("--src-stream", f"file://{load.file}")
    target = ("--tgt-conn", "BENCH", "--tgt-object", load.table, "--mode", "full-refresh")
    return (str(binary), "run", *source, *target)


def _pgloader(scene: Scene, load: Load) -> tuple[str, ...]:
    command = scene.stage.home / "pgloader.load"
    url = scene.stage.url + "?sslmode=disable"
    command.write_text(_PGLOADER.format(file=load.file, columns=", ".join(load.columns), url=url, table=load.table))
    return ("pgloader", str(command))


PEERS = (
    Peer("pandas -> CSV -> COPY", "pandas", _script("pandas_copy"), creates=False),
    Peer("dlt, CSV file handed to COPY", "dlt", _script("dlt_file")),
    Peer("dlt, arrow rows", "dlt", _script("dlt_rows")),
    Peer("Sling", "sling_linux_amd64", _sling),
    Peer("pgloader", "pgloader", _pgloader, creates=False),
    Peer("pandas to_sql", "pandas", _script("pandas_to_sql")),
)


def measure_peers(scene: Scene) -> Iterator[tuple[str, Cost | str, Cost]]:
    """(name, its cost or why there is none, cost of the floor) of psql, ours and every peer."""
    subprocess.run(["bash", Path(__file__).with_name("install_peers.sh"), scene.cache / "peers"], check=True)
    floor, own = (_load(scene, name) for name in ("bench.floor_peers", "bench.peers"))
    ways, skipped = {_FLOOR: psql_copy(scene.stage, floor), "ours": ours(scene.stage, own, existing=False)}, {}
    for peer in PEERS:
        missing = _missing(scene, peer)
        if missing:
            skipped[peer.name] = missing
        else:
            ways[peer.name] = _way(scene, peer)
    costs = dict(zip(ways, medians(tuple(ways.values()), 3), strict=True))
    for name, cost in sorted((costs | skipped).items(), key=lambda item: getattr(item[1], "wall", 1e9)):
        yield name, cost, costs[_FLOOR]


def _way(scene: Scene, peer: Peer) -> Way:
    stage, schema = scene.stage, f"peer_{PEERS.index(peer)}"
    load = _load(scene, f"{schema}.loaded")
    shape = f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; {'' if peer.creates else create_table(load)}"
    env = stage.psql_env | {"HOME": str(stage.home), "BENCH": stage.url + "?sslmode=disable"}
    return Way(peer.command(scene, load), env, lambda: ready(stage, load, shape), lambda: check_rows(stage, load))


def _load(scene: Scene, table: str) -> Load:
    return Load(table, TEXT_COLUMNS, table_csv(scene.cache, scene.rows), scene.rows)


def _missing(scene: Scene, peer: Peer) -> str | None:
    """Why the peer cannot run; None when it can."""
    if peer.needs == "pgloader":
        return None if shutil.which("pgloader") else "pgloader is not installed; apt-get install pgloader"
    result = subprocess.run([_python(scene), "-c", f"import {peer.needs}"], capture_output=True, text=True, check=False)
    return f"{peer.needs} could not be installed" if result.returncode else None


def _python(scene: Scene) -> str:
    return str(scene.cache / "peers/bin/python")
