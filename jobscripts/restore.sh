#!/usr/bin/env bash
# Restores one backup for real, into a new database; never over an existing one.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
# shellcheck source=env.sh
source "$ROOT/env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$ROOT/onboarding/sh/lib.sh"

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh restore.sh [--dry-run] FILE DATABASE

Makes DATABASE and restores the dump FILE into it, with owners and rights, all or nothing. An existing DATABASE is refused:
rename it first, so that nothing is lost: ALTER DATABASE client_etl RENAME TO client_etl_broken. The roles must exist
(sql_setupscripts.sh, or the globals file of pg_backup_all.sh). A PGDATABASE of the same name then works at once.

  --dry-run   reads FILE through and says what would be done
TEXT
}

main() {
    local dry='' file database exists
    [[ ${1:-} != --help ]] || { usage && exit 0; }
    [[ ${1:-} != --dry-run ]] || { dry=yes && shift; }
    [[ $# == 2 && $2 =~ ^[a-z_][a-z0-9_]{0,62}$ ]] || { usage >&2 && exit 2; }
    file=$1 database=$2
    pg_restore --file=/dev/null "$file" || die "$file is not a whole dump; nothing was changed. Take an older one of $ETL_HOME/backups"
    exists=$(psql_as_owner -At -d postgres -c "SELECT count(*) FROM pg_catalog.pg_database WHERE datname = '$database'")
    ((exists == 0)) || die "the database $database exists; nothing was changed. Rename it first: ALTER DATABASE $database RENAME TO ${database}_broken"
    if [[ -n $dry ]]; then
        say "would restore $file into the new database $database"
        return
    fi
    psql_as_owner -d postgres -c "CREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8'"
    if ! { as_owner pg_restore -w --exit-on-error --single-transaction --dbname="$database" "$file" &&
        psql_as_owner -1 -d "$database" -f "$ROOT/onboarding/sql/roles.sql" >/dev/null; }; then # rights on the database itself
        psql_as_owner -d postgres -c "DROP DATABASE $database"
        die "$file could not be restored, and $database was removed again; the lines above say why"
    fi
    say "restored: $file into the database $database"
}

main "$@"
