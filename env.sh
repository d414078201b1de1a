# shellcheck shell=bash
# The settings of the pipeline for this shell and what it starts:  source env.sh && psql
#
# Holds no secret. ETL_HOME is the folder of all run-time state (default: this checkout); its env.local.sh, written by
# onboarding/sh/quickstart.sh, holds logins and local settings. What env.local.sh sets wins; what it leaves out comes
# from the caller's environment. For bash and zsh from any folder; in other shells cd to this folder first.

if [ -n "${BASH_VERSION:-}" ]; then
    eval '_etl_root=${BASH_SOURCE[0]}'
elif [ -n "${ZSH_VERSION:-}" ]; then
    eval '_etl_root=${(%):-%x}'
else
    _etl_root=${ETL_ROOT:-.}/env.sh
fi
_etl_root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$_etl_root")")" && pwd -P)

# What another checkout or another ETL_HOME left in this shell must not leak into this one.
if [ -n "${ETL_LOADED_FOR:-}" ] && [ "$ETL_LOADED_FOR" != "$_etl_root:${ETL_HOME:-$_etl_root}" ]; then
    [ "$ETL_LOADED_FOR" = "${ETL_HOME:-}:${ETL_HOME:-}" ] && unset ETL_HOME
    unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGSERVICE ETL_VENV ETL_PG_BIN ETL_PGDATA \
        ETL_JOB_USER ETL_JOB_PASSWORD ETL_REPORT_USER ETL_REPORT_PASSWORD ETL_OWNER_USER ETL_OWNER_PASSWORD \
        ETL_MAILBOX ETL_GMAIL_API_ENDPOINT ETL_GMAIL_CREDENTIALS ETL_GMAIL_TOKEN ETL_IMAP_PASSWORD \
        ETL_SMTP_HOST ETL_SMTP_PORT ETL_EMAIL ETL_EMAIL_PASSWORD ETL_CA_BUNDLE ETL_OPERATOR_EMAIL ETL_TIMEZONE ETL_RUN_USER
fi

# Unset before set: bash forgets what a file does to a variable given as `ETL_HOME=/srv/etl source env.sh`.
_etl_home=${ETL_HOME:-$_etl_root}
unset ETL_HOME
case $_etl_home in
    /*) export ETL_HOME="$_etl_home" ;;
    *) export ETL_HOME="$PWD/$_etl_home" ;;
esac
export ETL_ROOT="$_etl_root" ETL_LOADED_FOR="$_etl_root:$ETL_HOME"

if [ -e "$ETL_HOME/env.local.sh" ]; then
    _etl_mode=$(stat -L -c %a -- "$ETL_HOME/env.local.sh")
    if [ ! -O "$ETL_HOME/env.local.sh" ]; then
        echo "env.sh: $ETL_HOME/env.local.sh belongs to $(stat -L -c %U -- "$ETL_HOME/env.local.sh"), not to $(id -un)." \
            "Work as that user." >&2
        unset _etl_root _etl_home _etl_mode
        return 2
    elif [ "${_etl_mode%00}" = "$_etl_mode" ]; then
        echo "env.sh: others may read the passwords in $ETL_HOME/env.local.sh (mode $_etl_mode)." \
            "Run: chmod 600 '$ETL_HOME/env.local.sh'" >&2
        unset _etl_root _etl_home _etl_mode
        return 2
    fi
    unset PGSERVICE PGHOSTADDR _etl_allexport # libpq would prefer them to the PGHOST of the file
    case $- in *a*) ;; *) _etl_allexport=off ;; esac
    set -a
    # shellcheck source=/dev/null
    . "$ETL_HOME/env.local.sh"
    [ -z "${_etl_allexport:-}" ] || set +a
fi

export ETL_VENV="${ETL_VENV:-$ETL_HOME/.venv}"
case ${ETL_PG_BIN:-}: in
    :) ;;
    *) case $PATH: in "$ETL_PG_BIN":*) ;; *) export PATH="$ETL_PG_BIN:$PATH" ;; esac ;;
esac

# The set-up login is for the scripts that source this file, not for the jobs they start.
if [ -n "${ETL_OWNER_PASSWORD:-}" ]; then
    _etl_mode=$ETL_OWNER_PASSWORD
    unset ETL_OWNER_PASSWORD
    ETL_OWNER_PASSWORD=$_etl_mode
fi
unset _etl_root _etl_home _etl_mode _etl_allexport
