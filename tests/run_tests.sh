#!/usr/bin/env bash
# Installs what the tests need, then runs the linters and all tests. Arguments go to pytest.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
VENV=$ROOT/.venv-tests

main() {
    local -a scripts
    if [[ ${1:-} == --help ]]; then
        sed -n '2s/^# //p' "${BASH_SOURCE[0]}"
        return
    fi
    cd "$ROOT"
    bash onboarding/sh/virtual_environment.sh "$VENV" requirements.txt tests/requirements.txt
    export PATH="$VENV/bin:$PATH"
    if [[ -z ${ETL_TEST_PG_BIN:-} ]]; then
        ETL_TEST_PG_BIN=$(ETL_HOME=$ROOT ETL_VENV=$VENV bash onboarding/sh/embedded_postgres.sh binaries)
        export ETL_TEST_PG_BIN
    fi

    ruff check --quiet jobscripts onboarding systemscripts tests
    mapfile -t scripts < <(find jobscripts onboarding tests -name '*.sh')
    shellcheck -x .ci/run env.sh "${scripts[@]}"
    python -m pytest -n auto --dist loadfile "$@"
}

main "$@"
