#!/usr/bin/env bash
# Measures imports against psql's \copy and against other loaders. Installs what that needs; arguments as --help says.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
VENV=$ROOT/.venv-tests
CACHE=${TMPDIR:-/tmp}/etl-benchmarks-$EUID

main() {
    cd "$ROOT"
    bash onboarding/sh/virtual_environment.sh "$VENV" requirements.txt tests/requirements.txt
    if [[ -z ${ETL_TEST_PG_BIN:-} ]]; then
        ETL_TEST_PG_BIN=$(ETL_HOME=$ROOT ETL_VENV=$VENV bash onboarding/sh/embedded_postgres.sh binaries)
    fi
    export ETL_TEST_PG_BIN PYTHONPATH=$ROOT/systemscripts:$ROOT/tests
    (umask 022 && mkdir -p "$CACHE")
    exec "$VENV/bin/python" tests/benchmarks/run_benchmarks.py --cache "$CACHE" "$@"
}

main "$@"
