#!/usr/bin/env bash
# MeetMax: downloads the events, then imports the checks and the events.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh run_download_and_import.sh [--dry-run] [CONFIG]

Runs meetmax_url_download.py for the row CONFIG of dba.tmeetmaxconfig (else its only active row), then imports the feeds
MeetMaxURLCheck and MeetMaxEvent. When single items of a step fail, the next steps still run, for what did arrive; any other
fault (configuration, another run at work, no time left) stops here. Exit code: the first one that is not 0.

  --dry-run   only says what each step would do
TEXT
}

main() {
    local code=0 step_code step
    local -a dry=() config=()
    [[ ${1:-} != --help ]] || { usage && exit 0; }
    [[ ${1:-} != --dry-run ]] || { dry=(--dry-run) && shift; }
    [[ $# -le 1 && ${1:-} != -* ]] || { usage >&2 && exit 2; }
    [[ $# -eq 0 ]] || config=(--config "$1")

    for step in 'meetmax_url_download.py' 'run_import_job.py MeetMaxURLCheck' 'run_import_job.py MeetMaxEvent'; do
        local -a command
        read -ra command <<<"$step"
        [[ ${command[0]} == run_import_job.py ]] || command+=("${config[@]}")
        step_code=0
        bash "$ROOT/jobscripts/run_python_etl_script.sh" "${command[@]}" "${dry[@]}" || step_code=$?
        [[ $code -ne 0 ]] || code=$step_code
        [[ $step_code -le 1 ]] || break
    done
    exit "$code"
}

main "$@"
