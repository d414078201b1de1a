#!/usr/bin/env bash
# Removes archived MeetMax event files that are past their keeping time.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
# shellcheck source=env.sh
source "$ROOT/env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$ROOT/onboarding/sh/lib.sh"

OURS='.*/([0-9]{8}T[0-9]{6}_)?MeetMax[A-Za-z0-9_-]*\.(csv|xls|xlsx)'

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh weekly_cleanup_meetmaxevents.sh [--dry-run] [DAYS]

Removes [yyyyMMddTHHmmss_]MeetMax*.csv, .xls and .xlsx files older than DAYS (default 7) from $ETL_HOME/archive/meetmaxevents,
where an imported event lies; not from folders in it, and no links. Files that still wait in file_watcher/ are never touched.

  --dry-run   only says which files would go
TEXT
}

main() {
    local folder=$ETL_HOME/archive/meetmaxevents days word=removed file
    local -a action=(-delete) gone
    case ${1:-} in
        --dry-run) action=() word='would be removed' && shift ;;
        --help) usage && exit 0 ;;
    esac
    days=${1:-7}
    [[ $# -le 1 && $days =~ ^[1-9][0-9]{0,4}$ ]] || { usage >&2 && exit 2; }
    [[ ! -L $folder && (! -e $folder || -d $folder) ]] || die "$folder is not a folder; nothing was removed"
    if [[ ! -e $folder ]]; then
        say "there is no $folder: nothing to remove"
        return
    fi
    mapfile -t gone < <(find "$folder" -maxdepth 1 -type f -regextype posix-extended -regex "$OURS" \
        -mmin +$((days * 24 * 60)) -print "${action[@]}" | sort)
    for file in "${gone[@]}"; do say "$word: $file"; done
    say "${#gone[@]} MeetMax files older than $days days $word"
}

main "$@"
