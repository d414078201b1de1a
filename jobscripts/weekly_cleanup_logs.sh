#!/usr/bin/env bash
# Removes the pipeline's own log files, and the beginnings of files that a killed job left, past their keeping time.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
# shellcheck source=env.sh
source "$ROOT/env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$ROOT/onboarding/sh/lib.sh"

UNFINISHED='.*/\.part-[a-z0-9_]{8}'       # the temporary names of directory_management.write_whole
OURS='.*/[A-Za-z0-9_]+_[0-9]{8}\.(log|csv)' # JOB_yyyyMMdd.log and its .csv twin

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh weekly_cleanup_logs.sh [--dry-run] [DAYS]

Removes JOB_yyyyMMdd.log and .csv files older than DAYS (default 7) from $ETL_HOME/logs, and unfinished files (.part-xxxxxxxx) as
old that a killed job left in file_watcher, archive and outbox; not from folders in them, and no links.
cron.log, to which cron's jobs write all week, becomes cron_yyyyMMdd.log.

  --dry-run   only says which files would go
TEXT
}

put_cron_log_aside() { # FOLDER
    local today
    today=$1/cron_$(date +%Y%m%d).log
    [[ ! -s $1/cron.log || -L $1/cron.log || -e $today ]] || mv -T "$1/cron.log" "$today"
}

old_files() { # FOLDER PATTERN FIND_ACTION..., uses days
    find "$1" -maxdepth 1 -type f -regextype posix-extended -regex "$2" -mmin +$((days * 24 * 60)) -print "${@:3}"
}

main() {
    local file folder days word=removed
    local -a action=(-delete) gone
    case ${1:-} in
        --dry-run) action=() word='would be removed' && shift ;;
        --help) usage && exit 0 ;;
    esac
    days=${1:-7}
    [[ $# -le 1 && $days =~ ^[1-9][0-9]{0,4}$ ]] || { usage >&2 && exit 2; }
    [[ -d $ETL_HOME/logs && ! -L $ETL_HOME/logs ]] || die "$ETL_HOME/logs is not a folder; nothing was removed"
    mapfile -t gone < <({
        old_files "$ETL_HOME/logs" "$OURS" "${action[@]}"
        for folder in file_watcher archive outbox; do
            [[ ! -d $ETL_HOME/$folder || -L $ETL_HOME/$folder ]] || old_files "$ETL_HOME/$folder" "$UNFINISHED" "${action[@]}"
        done
    } | sort)
    for file in "${gone[@]}"; do say "$word: $file"; done
    [[ $word != removed ]] || put_cron_log_aside "$ETL_HOME/logs"
    say "${#gone[@]} files older than $days days $word"
}

main "$@"
