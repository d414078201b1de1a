#!/usr/bin/env bash
# Makes the pipeline's database and its set-up login on this machine's own PostgreSQL. Needs root.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)

usage() {
    cat <<'TEXT'
usage: system_postgres.sh [--home DIR] [--database NAME] [--dry-run]

Makes the database NAME (default client_etl) and its owner, the login client_etl_setup, on the PostgreSQL that Debian's packages
started on this machine, and notes address and password in DIR/env.local.sh (default: this checkout), which only etl_user can read.
Run configure_etl_user.sh first. Safe to run again: a database stays as it is, the login gets a new password.

  --dry-run   only says what would be made
TEXT
}

# As etl_user, with the password on standard input: nothing that others can see holds it.
record() { # PORT DATABASE
    local password
    # shellcheck source=env.sh
    source "$HERE/../../env.sh"
    # shellcheck source=onboarding/sh/lib.sh
    source "$HERE/lib.sh"
    read -r password
    put_settings PGHOST 127.0.0.1 PGPORT "$1" PGDATABASE "$2" ETL_PGDATA '' ETL_OWNER_USER client_etl_setup ETL_OWNER_PASSWORD "$password"
}

as_postgres() { runuser -u postgres -- psql -X -q -w -v ON_ERROR_STOP=1 -d postgres "$@"; }

main() {
    local home=${ETL_HOME:-$(cd "$HERE/../.." && pwd -P)} database=client_etl dry='' port password
    if [[ ${1:-} == --record ]]; then
        record "$2" "$3"
        return
    fi
    # shellcheck source=onboarding/sh/lib.sh
    source "$HERE/lib.sh"
    while (($#)); do
        case $1 in
            --home | --database)
                [[ -n ${2:-} ]] || { usage >&2 && exit 2; }
                if [[ $1 == --home ]]; then home=$(realpath -m -- "$2"); else database=$2; fi
                shift
                ;;
            --dry-run) dry=yes ;;
            --help) usage && exit 0 ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift
    done
    [[ $database =~ ^[a-z_][a-z0-9_]*$ ]] || die "a database's name has small letters, digits and _: $database"
    if [[ -n $dry ]]; then
        say "would make the login client_etl_setup and the database $database, and note them in $home/env.local.sh"
        return
    fi
    ((EUID == 0)) || die "needs root. Run: sudo bash $0"
    id etl_user >/dev/null 2>&1 || die "there is no etl_user yet. Run: bash $HERE/configure_etl_user.sh"
    id postgres >/dev/null 2>&1 || die "there is no PostgreSQL on this machine. Run: bash $HERE/install_dependencies.sh"
    cd /
    port=$(as_postgres -At -c 'SHOW port') || die "PostgreSQL does not answer; see: pg_lsclusters"
    password=$(new_password)
    as_postgres <<SQL
\\set database $database
SELECT 'CREATE ROLE client_etl_setup' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'client_etl_setup') \\gexec
SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';
ALTER ROLE client_etl_setup LOGIN CREATEROLE CREATEDB PASSWORD '$password';
SELECT format('CREATE DATABASE %I OWNER client_etl_setup TEMPLATE template0 ENCODING ''UTF8''', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
SQL
    runuser -u etl_user -- env ETL_HOME="$home" bash "$HERE/system_postgres.sh" --record "$port" "$database" <<<"$password"
    say "database $database and login client_etl_setup are on port $port; $home/env.local.sh knows them"
}

main "$@"
