#!/usr/bin/env bash
# One verified backup of the pipeline's database a day; the newest 14 are kept.
set -euo pipefail

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
# shellcheck source=env.sh
source "$ROOT/env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$ROOT/onboarding/sh/lib.sh"
# shellcheck source=onboarding/sh/backup_lib.sh
source "$ROOT/onboarding/sh/backup_lib.sh"

KEPT=14
OURS='.*/client_etl_[0-9]{8}T[0-9]{6}Z\.dump' # nothing else is ever removed

usage() {
    cat <<'TEXT'
usage: run_python_etl_script.sh daily_backup.sh

Writes $ETL_HOME/backups/client_etl_<UTC time>.dump (pg_dump's custom format, readable by the owner only), reads it back
whole, and only then gives it its name. Keeps the newest 14. Every backup is a row of dba.tbackup.
Restore: run_python_etl_script.sh restore.sh FILE DATABASE
Exit code: 0 done, 1 failed (nothing removed), 75 another backup is running.
TEXT
}

# The dump and the sums are of one moment: a second session holds the snapshot that both read.
dump_and_sum() { # FILE SUMS
    local snapshot
    coproc holder { as_owner psql -X -q -At -w -v ON_ERROR_STOP=1; }
    # shellcheck disable=SC2154  # coproc sets it
    local in=${holder[1]} out=${holder[0]} pid=$holder_PID
    printf 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSELECT pg_catalog.pg_export_snapshot();\n' >&"$in"
    read -r snapshot <&"$out" || return 1
    as_owner pg_dump -w --format=custom --snapshot="$snapshot" --file="$1" || { kill "$pid" && return 1; }
    { printf '\\o %s\n' "'${2//\'/\'\'}'" && table_sums_query && printf '\\q\n'; } >&"$in"
    wait "$pid"
}

fail() { # BACKUPID PART ERRORS
    local reason
    reason=$(grep -m 1 'error: ' "$3" || tail -n 1 "$3")
    rm -f "$2"
    ledger id="$1" reason="$reason" <<<"UPDATE dba.tbackup SET status = 'failed', error = :'reason', finished_at = now()
        WHERE backupid = :id" || true # the message below says it too
    die "backup of database $PGDATABASE failed: $reason. Older backups are kept."
}

record_done() { # BACKUPID FILE SUMS
    ledger id="$1" sha="$(sha256sum <"$2" | cut -d' ' -f1)" size="$(stat -c %s "$2")" sums="$(<"$3")" <<'SQL'
UPDATE dba.tbackup SET status = 'done', sha256 = :'sha', size_bytes = :size, finished_at = now(), verified_at = now(), table_sums = :'sums'
WHERE backupid = :id
SQL
}

remove_old() { # FOLDER; names hold the time, so they sort by age, and a file has its name only when it was verified
    local file
    find "$1" -maxdepth 1 -type f -regextype posix-extended -regex "$OURS" | sort -r | tail -n +$((KEPT + 1)) | while read -r file; do
        rm -f "$file"
        ledger path="$file" <<<"UPDATE dba.tbackup SET status = 'removed' WHERE path = :'path'"
        say "removed: $file"
    done
}

main() {
    local folder=$ETL_HOME/backups file id errors sums
    if (($#)); then
        usage
        [[ $1 == --help ]] && exit 0 || exit 2
    fi
    lock_backups "$folder"
    find "$folder" -maxdepth 1 -type f -regextype posix-extended -regex "$OURS\.part" -delete # left by a backup that was killed

    file=$folder/client_etl_$(date -u +%Y%m%dT%H%M%SZ).dump
    errors=$(mktemp) sums=$(mktemp)
    # shellcheck disable=SC2064  # the names are wanted now
    trap "rm -f '$errors' '$sums'" EXIT
    id=$(ledger path="$file" <<<"INSERT INTO dba.tbackup (path) VALUES (:'path') RETURNING backupid") ||
        die "the database cannot be reached, so there is no backup; the line above says why"
    { dump_and_sum "$file.part" "$sums" && verify_dump "$file.part"; } 2>"$errors" || fail "$id" "$file.part" "$errors"
    mv "$file.part" "$file"
    sync "$folder"
    record_done "$id" "$file" "$sums"
    remove_old "$folder"
    say "backup: $file, $(stat -c %s "$file") bytes, read back whole"
}

main "$@"
