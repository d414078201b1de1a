#!/usr/bin/env bash
# The steps from a Google account to a pipeline that reads its inbox: says which one comes next, does what needs no person.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=env.sh
source "$HERE/../../env.sh"
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

TEMPLATE=$ETL_ROOT/systemscripts/credentials.json.template
CREDENTIALS=${ETL_GMAIL_CREDENTIALS:-systemscripts/credentials.json}
[[ $CREDENTIALS == /* ]] || CREDENTIALS=$ETL_ROOT/$CREDENTIALS
WRAPPER=$ETL_ROOT/jobscripts/run_python_etl_script.sh

usage() {
    cat <<'TEXT'
usage: gmail_api.sh [--dry-run]

1. Puts credentials.json in its place, mode 600, and says where its two values come from.
2. Says whether the pipeline can log in to Gmail; on a terminal, starts the login when it cannot.
Run it as the user the jobs run as. Safe to run again. Exit code 1: a step is left for you, the line above says which.

  --dry-run   changes nothing and logs in nowhere new
TEXT
}

is_filled_in() { [[ -f $CREDENTIALS ]] && ! grep -q 'YOUR-CLIENT' "$CREDENTIALS"; }

put_template() {
    [[ -f $CREDENTIALS ]] || install -m 600 "$TEMPLATE" "$CREDENTIALS"
}

say_where_values_come_from() {
    cat <<TEXT
Next, in https://console.cloud.google.com/ :
  make a project, enable the Gmail API, make an OAuth client of type "Desktop app", publish it under "Audience";
  then write its id and secret into $CREDENTIALS, and run this again.
TEXT
}

main() {
    local dry=''
    case ${1:-} in
        '') ;;
        --dry-run) dry=yes ;;
        --help) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
    if ! is_filled_in; then
        [[ -n $dry ]] || put_template
        say_where_values_come_from
        exit 1
    fi
    if [[ $(stat -L -c %a -- "$CREDENTIALS") != 600 ]]; then
        [[ -n $dry ]] || chmod 600 "$CREDENTIALS"
        say "$CREDENTIALS: $([[ -n $dry ]] && echo would be made || echo is now) readable by its owner only"
    fi
    if bash "$WRAPPER" test_oauth_gmail_headless.py --dry-run; then
        return
    fi
    if [[ -z $dry && -t 0 ]]; then
        exec bash "$WRAPPER" test_oauth_gmail_headless.py
    fi
    say "Next, in a terminal: bash $WRAPPER test_oauth_gmail_headless.py"
    exit 1
}

main "$@"
