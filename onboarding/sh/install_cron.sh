#!/bin/bash
# Puts a crontab in the place of /etc/cron.d/etl_jobs. A copy of this file that only root can change is the one thing that
# etl_user may run as root, by sudo: it takes no argument and trusts nothing that it reads.
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
umask 077

TARGET=/etc/cron.d/etl_jobs
# What a line may be: nothing, a comment, one of four settings, or five fields and a command of etl_user's.
LINE='(#.*|(SHELL|PATH|MAILTO|ETL_HOME)=.*|[0-9*][0-9A-Za-z*,/-]*( [0-9A-Za-z*][0-9A-Za-z*,/-]*){4} etl_user /.*)?'
MOST_BYTES=10000000

refuse() {
    printf 'the cron file is refused and %s is as it was: %s\n' "$TARGET" "$*" >&2
    exit 1
}

main() {
    if [[ ${1:-} == --help ]]; then
        printf '%s\n' "usage: install_cron.sh <FILE" '' "Reads a crontab on its standard input and makes it $TARGET, whole or not at all." \
            "Refused: a job of another user than etl_user, any line that is no job, comment or setting of ours. Needs root."
        exit 0
    fi
    (($# == 0)) || refuse 'an argument was given; it is read from standard input only'
    ((EUID == 0)) || refuse 'only root can write it'
    local bad
    part=$(mktemp "${TARGET%/*}/.etl_jobs.XXXXXX") # cron passes over names with a dot
    trap 'rm -f -- "$part"' EXIT
    head -c "$MOST_BYTES" >"$part"
    (($(stat -c %s -- "$part") < MOST_BYTES)) || refuse "it has more than $MOST_BYTES bytes"
    [[ -s $part && $(tail -c 1 -- "$part" | od -An -tx1) == ' 0a' ]] || refuse 'it is empty or ends in the middle of a line'
    [[ $(tr -d '\t\n\040-\176\200-\377' <"$part" | wc -c) == 0 ]] || refuse 'it holds a control character'
    bad=$(grep -aEvnx -m 1 -- "$LINE" "$part" || true)
    [[ -z $bad ]] || refuse "line ${bad%%:*} is no job of etl_user: $(printf '%.200s' "${bad#*:}" | tr -c '[:print:]' '?')"
    chmod 0644 -- "$part"
    sync -- "$part"
    mv -f -- "$part" "$TARGET"
}

main "$@"
