#!/usr/bin/env bash
# Proves the newest backup: restores it into a scratch database and compares rows and checksums of every table.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
# shellcheck source=env.sh
source "$ROOT/env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$ROOT/onboarding/sh/lib.sh"
# shellcheck source=onboarding/sh/backup_lib.sh
source "$ROOT/onboarding/sh/backup_lib.sh"

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh restore_check.sh [--dry-run]

Restores the newest verified backup of dba.tbackup into a scratch database on the same server, compares the rows and the
checksum of every table with those taken at the moment of the backup, writes dba.tbackup.restored_at, and drops the
scratch database. ETL_OWNER_USER must be allowed to create databases.

  --dry-run   only says which backup would be restored

Exit code: 0 proven, 1 not proven or no backup, 75 a backup or another check is running.
TEXT
}

newest_backup() {
    ledger <<<"SELECT backupid, path FROM dba.tbackup WHERE status = 'done' AND table_sums IS NOT NULL ORDER BY backupid DESC LIMIT 1"
}

drop_scratch() { psql_as_owner -d postgres -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" 2>/dev/null; }

main() {
    local newest id file scratch sums different
    case ${1:-} in
        '') ;;
        --dry-run) newest=$(newest_backup) && say "would be restored: ${newest#*|}" && exit 0 ;;
        --help) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
    lock_backups "$ETL_HOME/backups"
    newest=$(newest_backup) || die "the database cannot be reached; the line above says why"
    [[ -n $newest ]] || die "dba.tbackup has no verified backup. Run: run_python_etl_script.sh daily_backup.sh"
    id=${newest%%|*} file=${newest#*|} scratch=etl_restore_check_$$
    [[ $(ledger id="$id" <<<"SELECT sha256 FROM dba.tbackup WHERE backupid = :id") == "$(sha256sum <"$file" | cut -d' ' -f1)" ]] ||
        die "$file is gone or no longer has the bytes that were written (sha256 of dba.tbackup $id). Run daily_backup.sh now"
    sums=$(mktemp)
    # shellcheck disable=SC2064  # the names are wanted now
    trap "rm -f '$sums'; drop_scratch '$scratch' || true" EXIT
    psql_as_owner -d postgres -c "CREATE DATABASE \"$scratch\" TEMPLATE template0 ENCODING 'UTF8'"
    as_owner pg_restore -w --exit-on-error --no-owner --no-acl --dbname="$scratch" "$file" || die "$file cannot be restored; the lines above say why"
    table_sums_query | psql_as_owner -At -d "$scratch" -f - >"$sums"
    different=$(diff <(ledger id="$id" <<<"SELECT table_sums FROM dba.tbackup WHERE backupid = :id") "$sums") ||
        die "$file gives other rows than it was made from (< backed up, > restored: table|rows|checksum):"$'\n'"$different"
    ledger id="$id" <<<"UPDATE dba.tbackup SET restored_at = now() WHERE backupid = :id"
    say "proven: $file restores to the same $(wc -l <"$sums") tables, rows and checksums"
}

main "$@"
