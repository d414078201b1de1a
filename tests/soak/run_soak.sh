#!/usr/bin/env bash
# Installs what the soak needs, then runs it. Arguments go to soak.py.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
VENV=$ROOT/.venv-tests

main() {
    cd "$ROOT"
    bash onboarding/sh/virtual_environment.sh "$VENV" requirements.txt tests/requirements.txt
    if [[ -z ${ETL_TEST_PG_BIN:-} ]]; then
        ETL_TEST_PG_BIN=$(ETL_HOME=$ROOT ETL_VENV=$VENV bash onboarding/sh/embedded_postgres.sh binaries)
    fi
    export ETL_TEST_PG_BIN PYTHONPATH=$ROOT/systemscripts:$ROOT/tests
    exec "$VENV/bin/python" -m soak.soak "$@"
}

main "$@"
