#!/usr/bin/env bash
# Keeps the database fit: vacuum and statistics, their history, a record of long queries, old log rows.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
# shellcheck source=env.sh
source "$ROOT/env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$ROOT/onboarding/sh/lib.sh"

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh database_care.sh [--dry-run] vacuum|statistics|queries|logs

  vacuum       vacuums the tables of dba.vvacuumneeded, then renews the statistics of changed tables (dba.panalyzetables)
  statistics   writes the size and use of every table and index to dba.ttableindexstats; growth: dba.vtablegrowth
  queries      records queries running, blocked or idle in a transaction for 5 minutes, once each, in dba.tlongrunningquery
  logs         removes log rows past the keeping time of dba.tlogretention (dba.ppurgeoldlogs)
  --dry-run    only says what would be run

What was done is in dba.tmaintenancelog. Exit code: 0 done, 1 one failed (the others are done).
TEXT
}

# VACUUM cannot run inside a procedure, so each comes from here, and its outcome goes to dba.tmaintenancelog.
vacuum() {
    local table statement started problem failed=0
    while IFS='|' read -r table statement; do
        [[ -n $table ]] || continue
        started=$(psql_as_owner -At -c 'SELECT clock_timestamp()')
        problem=$(psql_as_owner -c "$statement" 2>&1) || failed=1
        psql_as_owner -v name="$table" -v started="$started" -v problem="$problem" >/dev/null <<'SQL'
SELECT dba.f_log_maintenance('vacuum', :'name', :'started', nullif(:'problem', ''));
SQL
        say "$statement: ${problem:-done}"
    done <<<"$(psql_as_owner -At -c 'SELECT table_name, statement FROM dba.vvacuumneeded ORDER BY 1')"
    call 'CALL dba.panalyzetables()' && return "$failed"
}

call() { # STATEMENT
    psql_as_owner -c "$1"
    say "$1: done"
}

main() {
    local dry='' work=''
    [[ ${1:-} != --help ]] || { usage && exit 0; }
    [[ ${1:-} != --dry-run ]] || { dry=yes && shift; }
    [[ $# == 1 ]] || { usage >&2 && exit 2; }
    case $1 in
        vacuum) work='vacuum' ;;
        statistics) work='CALL dba.psnapshottableindexstats()' ;;
        queries) work='CALL dba.precordlongqueries()' ;;
        logs) work='CALL dba.ppurgeoldlogs()' ;;
        *) usage >&2 && exit 2 ;;
    esac
    if [[ -n $dry ]]; then
        [[ $work == vacuum ]] || { say "would run: $work" && return; }
        psql_as_owner -At -c "SELECT 'would run: ' || statement FROM dba.vvacuumneeded UNION ALL SELECT 'would run: CALL dba.panalyzetables()'"
    elif [[ $work == vacuum ]]; then
        vacuum
    else
        call "$work"
    fi
}

main "$@"
