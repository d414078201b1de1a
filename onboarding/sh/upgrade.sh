#!/usr/bin/env bash
# Brings a live installation to the newest version: backup, pull, Python packages, schema. Nothing is lost.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=env.sh
source "$HERE/../../env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

usage() {
    cat <<'TEXT'
usage: upgrade.sh [--dry-run]

Makes a verified backup, pulls the checkout (fast-forward only), installs its Python packages and brings the database from
whatever version it has to the present schema; rows stay. Stops at the first failure and says which step it was; safe to
run again. A checkout with changes of your own is refused. Then write the crontab anew: update_cron_jobs.py.

  --dry-run   only says what would be pulled and run
TEXT
}

step() { # NAME COMMAND...
    say "upgrade: $1"
    "${@:2}" || die "$1 failed; the lines above say why. Correct it and run upgrade.sh again"
}

# The second half runs from the files just pulled, not from those that bash began to read.
main() {
    local wrapper=$ETL_ROOT/jobscripts/run_python_etl_script.sh
    case ${1:-} in
        '' | --dry-run) ;;
        --after-pull)
            step 'Python packages' bash "$HERE/virtual_environment.sh" "$ETL_VENV" "$ETL_ROOT/requirements.txt"
            step 'schema' bash "$HERE/sql_setupscripts.sh"
            say "upgraded to $(git -C "$ETL_ROOT" log -1 --format='%h %s'). Now: bash $wrapper update_cron_jobs.py"
            return
            ;;
        --help) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
    [[ -z $(git -C "$ETL_ROOT" status --porcelain --untracked-files=no) ]] ||
        die "$ETL_ROOT has changes of its own; nothing was done. See them: git -C $ETL_ROOT diff"
    step 'fetch' git -C "$ETL_ROOT" fetch --quiet
    if [[ ${1:-} == --dry-run ]]; then
        say "would be pulled:"
        git -C "$ETL_ROOT" log --oneline 'HEAD..@{upstream}'
        return
    fi
    step 'backup' bash "$wrapper" daily_backup.sh
    step 'pull' git -C "$ETL_ROOT" merge --quiet --ff-only '@{upstream}'
    exec bash "$HERE/upgrade.sh" --after-pull
}

main "$@"
