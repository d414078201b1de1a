#!/usr/bin/env bash
# Every database of the server, and its roles, each in a verified file; the newest 4 of each are kept.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
# shellcheck source=env.sh
source "$ROOT/env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$ROOT/onboarding/sh/lib.sh"
# shellcheck source=onboarding/sh/backup_lib.sh
source "$ROOT/onboarding/sh/backup_lib.sh"

KEPT=4

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh pg_backup_all.sh [--dry-run]

Writes $ETL_HOME/backups/all/NAME_<UTC time>.dump of each database, and globals_<UTC time>.sql with the roles and their
password hashes (ETL_OWNER_USER must be a superuser). Each is read back whole before it gets its name, is readable by its
owner only, and is a row of dba.tbackup. The newest 4 of each name are kept; one that fails stops no other and removes nothing.

  --dry-run   only says which databases would be dumped

Exit code: 0 done, 1 one failed, 75 another backup is running.
TEXT
}

# The name goes through the environment: a database name holding = or spaces is no connection string then.
dump_database() { # NAME PART
    PGDATABASE=$1 as_owner pg_dump -w --format=custom --file="$2" && verify_dump "$2"
}

dump_globals() { # NAME PART
    as_owner pg_dumpall -w --globals-only --file="$2" && grep -q 'database cluster dump complete' "$2" && sync "$2"
}

back_up() { # COMMAND NAME FILE
    local id reason
    id=$(ledger path="$3" <<<"INSERT INTO dba.tbackup (path) VALUES (:'path') RETURNING backupid") || return 1
    if ! "$1" "$2" "$3.part" 2>"$errors"; then
        rm -f "$3.part"
        reason=$(grep -m 1 'error: ' "$errors" || tail -n 1 "$errors")
        say "backup of $2 failed: $reason. Older backups are kept." >&2
        ledger id="$id" reason="$reason" <<<"UPDATE dba.tbackup SET status = 'failed', error = :'reason', finished_at = now() WHERE backupid = :id"
        return 1
    fi
    mv -T "$3.part" "$3" && sync "${3%/*}" && record_done "$id" "$3" &&
        say "backup: $3, $(stat -c %s "$3") bytes, read back whole"
}

record_done() { # BACKUPID FILE
    ledger id="$1" sha="$(sha256sum <"$2" | cut -d' ' -f1)" size="$(stat -c %s "$2")" <<'SQL'
UPDATE dba.tbackup SET status = 'done', sha256 = :'sha', size_bytes = :size, finished_at = now(), verified_at = now() WHERE backupid = :id
SQL
}

remove_old() { # FILE; its older namesakes, by the time in the name
    local file
    find "${1%/*}" -maxdepth 1 -type f -regextype posix-extended -regex '.*_[0-9]{8}T[0-9]{6}Z\.(dump|sql)' |
        while read -r file; do [[ ${file%_*} != "${1%_*}" ]] || printf '%s\n' "$file"; done |
        sort -r | tail -n +$((KEPT + 1)) | while read -r file; do
        rm -f "$file"
        ledger path="$file" <<<"UPDATE dba.tbackup SET status = 'removed' WHERE path = :'path'"
        say "removed: $file"
    done
}

main() {
    local folder=$ETL_HOME/backups/all name file now failed=0
    local -a names
    case ${1:-} in
        '' | --dry-run) ;;
        --help) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
    name=$(psql_as_owner -At -d postgres -c "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1") ||
        die "the server cannot be reached, so there is no backup; the line above says why"
    mapfile -t names <<<"$name"
    if [[ ${1:-} == --dry-run ]]; then
        printf 'would be dumped: %s\n' globals "${names[@]}"
        return
    fi
    lock_backups "$folder"
    find "$folder" -maxdepth 1 -type f -regextype posix-extended -regex '.*_[0-9]{8}T[0-9]{6}Z\.(dump|sql)\.part' -delete
    errors=$(mktemp)
    trap 'rm -f "$errors"' EXIT
    now=$(date -u +%Y%m%dT%H%M%SZ)
    file=$folder/globals_$now.sql
    if back_up dump_globals globals "$file"; then remove_old "$file"; else failed=1; fi
    for name in "${names[@]}"; do
        file=$folder/${name//[^A-Za-z0-9_-]/-}_$now.dump # names that differ in other signs only would meet here
        if [[ -e $file ]]; then
            say "backup of $name failed: its file name $file is taken by another database's" >&2 && failed=1
        elif back_up dump_database "$name" "$file"; then
            remove_old "$file"
        else
            failed=1
        fi
    done
    return "$failed"
}

main "$@"
