#!/usr/bin/env bash
# The one door for every job: sets the stage and becomes the job, so its exit code and signals are the job's own.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}" LANG="${LANG:-C.UTF-8}" PYTHONUTF8=1
umask 0007 # the group may work with the files, nobody else

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh SCRIPT [ARGUMENT]...

Runs jobscripts/SCRIPT (a .py or .sh file) with the settings of env.sh, starting the embedded PostgreSQL first when that
is in use and down. ETL_HOME chooses the folder of run-time state; default: this checkout.
Exit code: the script's own. 2: there is no such script, or the set-up is not complete.

  run_python_etl_script.sh run_import_job.py --help      what a script does
TEXT
}

refuse() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

# The server's own note in its data folder, and a connection: no process is started, cron runs this often.
server_is_up() {
    local -a note
    mapfile -t note 2>/dev/null <"$ETL_PGDATA/postmaster.pid" || return 1
    [[ -d /proc/${note[0]:-none} && ${note[3]:-} == "${PGPORT:-}" && ${note[7]:-} == ready* ]] &&
        (exec 3<>"/dev/tcp/127.0.0.1/$PGPORT") 2>/dev/null
}

start_server() {
    bash "$ROOT/onboarding/sh/embedded_postgres.sh" start >&2 ||
        printf '%s: the job goes on without its database\n' "${0##*/}" >&2 # it keeps its record for later and says so
    # shellcheck source=env.sh
    source "$ROOT/env.sh" # the server may have moved to another port
}

main() {
    local script=${1:-}
    case $script in
        --help | -h) usage && exit 0 ;;
        '') usage >&2 && exit 2 ;;
        run_python_etl_script.sh | *[!A-Za-z0-9_.-]* | .* | -*) refuse "'$script' is not the name of a script in $ROOT/jobscripts" ;;
        *.py | *.sh) ;;
        *) refuse "'$script' does not end in .py or .sh" ;;
    esac
    [[ -f $ROOT/jobscripts/$script && ! -L $ROOT/jobscripts/$script ]] ||
        refuse "there is no script '$script' in $ROOT/jobscripts"
    shift

    # shellcheck source=env.sh
    source "$ROOT/env.sh"
    [[ -z ${ETL_PGDATA:-} ]] || server_is_up || start_server
    if [[ $script == *.sh ]]; then
        # A scheduled task is on record already, and a dry run leaves no record.
        [[ -z ${ETL_SCHEDULERID:-} && " $* " != *" --dry-run "* && " $* " != *" --help "* ]] ||
            exec bash "$ROOT/jobscripts/$script" "$@"
        set -- "$script" "$@"
        script=run_shell_script.py
    fi
    [[ -x $ETL_VENV/bin/python ]] || refuse "there is no Python environment in $ETL_VENV. Run: bash $ROOT/onboarding/sh/quickstart.sh"
    unset PYTHONHOME PYTHONSTARTUP
    export PYTHONPATH="$ROOT/systemscripts"
    exec "$ETL_VENV/bin/python" "$ROOT/jobscripts/$script" "$@"
}

main "$@"
