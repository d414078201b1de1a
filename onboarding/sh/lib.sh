# shellcheck shell=bash
# What the set-up scripts share. Sourced after env.sh.

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

new_password() { od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n'; }

# put_settings NAME VALUE [NAME VALUE]...: sets them in $ETL_HOME/env.local.sh, readable by the owner only, and in this
# shell. Other lines stay as they are; the file is replaced whole, so a kill at any moment leaves the old or the new one.
put_settings() {
    local -A value=()
    local file=$ETL_HOME/env.local.sh line name
    local -a lines=("# Logins and local settings of this installation, read by env.sh. Add your own lines, NAME='value'.")
    while (($#)); do
        value[$1]=$2
        shift 2
    done
    [[ ! -f $file ]] || mapfile -t lines <"$file"
    (
        umask 077
        for line in "${lines[@]}"; do
            if [[ $line =~ ^(export )?([A-Za-z_][A-Za-z0-9_]*)= && -n ${value[${BASH_REMATCH[2]}]+x} ]]; then
                continue
            fi
            printf '%s\n' "$line"
        done >"$file.part"
        for name in "${!value[@]}"; do
            printf "%s='%s'\n" "$name" "${value[$name]//\'/\'\\\'\'}"
        done | sort >>"$file.part"
        sync "$file.part"
        mv -f "$file.part" "$file"
    )
    # shellcheck source=env.sh
    source "$ETL_ROOT/env.sh"
}

# Runs psql or pg_dump as the set-up login; an empty password leaves the choice to libpq (peer, .pgpass).
as_owner() {
    if [[ -z ${ETL_OWNER_USER:-} ]]; then
        "$@"
    elif [[ -n ${ETL_OWNER_PASSWORD:-} ]]; then
        PGUSER=$ETL_OWNER_USER PGPASSWORD=$ETL_OWNER_PASSWORD "$@"
    else
        PGUSER=$ETL_OWNER_USER env -u PGPASSWORD "$@"
    fi
}

psql_as_owner() { as_owner psql -X -q -w -v ON_ERROR_STOP=1 "$@"; }
