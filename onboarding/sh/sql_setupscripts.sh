#!/usr/bin/env bash
# Brings the database to the schema of onboarding/sql. Safe to run again at any time.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=env.sh
source "$HERE/../../env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

usage() {
    cat <<'TEXT'
usage: sql_setupscripts.sh [--dry-run]

Runs the files listed in onboarding/sql/order.txt, each in one transaction, on the database that PGHOST, PGPORT and
PGDATABASE name, as ETL_OWNER_USER with ETL_OWNER_PASSWORD (a superuser, or a role with CREATEROLE that owns the database).
Sets the passwords of the roles etl_user, etl_admin and etl_report to ETL_JOB_PASSWORD, PGPASSWORD (when PGUSER is
etl_admin) and ETL_REPORT_PASSWORD where these are set. Stops at the first error and names the file and the line.

  --dry-run   asks the database who you would be there, and only says which files would be run

On an existing server:
  PGHOST=db.example.com PGDATABASE=client_etl ETL_OWNER_USER=setup ETL_OWNER_PASSWORD=... bash onboarding/sh/sql_setupscripts.sh
TEXT
}

# psql's own commands, on its standard input: passwords stay off the command line, where everyone can read them.
psql_script() { # FILE
    [[ -z ${ETL_JOB_PASSWORD:-} ]] || set_variable etl_user_password "$ETL_JOB_PASSWORD"
    [[ -z ${ETL_REPORT_PASSWORD:-} ]] || set_variable etl_report_password "$ETL_REPORT_PASSWORD"
    [[ ${PGUSER:-} != etl_admin || -z ${PGPASSWORD:-} ]] || set_variable etl_admin_password "$PGPASSWORD"
    set_variable setup_sha256 "$SHA256"
    printf '\\i %s\n' "$(quoted "$1")"
}

set_variable() { printf '\\set %s %s\n' "$1" "$(quoted "$2")"; }

quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

main() {
    local file folder=$HERE/../sql dry=''
    local -a files
    case ${1:-} in
        '') ;;
        --dry-run) dry=yes ;;
        --help) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
    folder=$(cd "$folder" && pwd -P)
    mapfile -t files < <(grep -Ev '^[[:space:]]*(#|$)' "$folder/order.txt")
    if [[ -n $dry ]]; then
        psql_as_owner -At -c "SELECT format('would run on database %s as %s:', current_database(), current_user)"
        printf '  %s\n' "${files[@]}"
        return
    fi
    SHA256=$(cd "$folder" && cat -- "${files[@]}" | sha256sum | cut -d' ' -f1)
    for file in "${files[@]}"; do
        psql_script "$folder/$file" | psql_as_owner -1 -f - >/dev/null ||
            die "$file failed and changed nothing; the lines above say where and why. The files before it are in place."
        say "  $file"
    done
}

main "$@"
