# shellcheck shell=bash
# What the backup jobs share. Sourced after env.sh and lib.sh.

# psql as the job's login; statements on standard input see the given NAME=VALUE as :'NAME'.
ledger() {
    local pair
    local -a variables=()
    for pair in "$@"; do variables+=(-v "$pair"); done
    PGUSER=${ETL_JOB_USER:-$PGUSER} PGPASSWORD=${ETL_JOB_PASSWORD:-${PGPASSWORD:-}} \
        psql -X -q -At -w -v ON_ERROR_STOP=1 "${variables[@]}"
}

# A folder readable by its owner only, with no other backup at work in it (descriptor 9 is the lock).
lock_backups() { # FOLDER
    umask 077
    mkdir -p "$1"
    exec 9>"$1/.lock"
    flock -n 9 || { say "another backup is running" >&2 && exit 75; }
}

# The list alone misses a cut-off end, so the whole dump is read.
verify_dump() { # FILE
    pg_restore --list "$1" >/dev/null && pg_restore --file=/dev/null "$1" && sync "$1"
}

# Prints one line per table that keeps rows: name, rows, checksum, sorted. The settings are those of every caller, as the
# checksum is of the rows' text. Partitions count by themselves.
table_sums_query() {
    cat <<'SQL'
SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex';
SELECT format($q$SELECT %L, count(*), coalesce(sum(pg_catalog.hashtextextended(t::text, 0)::numeric), 0) FROM ONLY %I.%I AS t$q$,
              nspname || '.' || relname, nspname, relname)
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname || '.' || relname COLLATE "C"
\gexec
SQL
}
