#!/usr/bin/env bash
# Makes or completes a Python virtual environment. A second run with the same requirements takes milliseconds.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

usage() {
    cat <<'TEXT'
usage: virtual_environment.sh FOLDER REQUIREMENTS_FILE...

Makes the Python virtual environment FOLDER with everything the requirements files list. Needs Python 3.11 or newer, no
root, no python3-venv package. Takes packages from where pip is told to (PIP_INDEX_URL, PIP_FIND_LINKS, pip.conf).
TEXT
}

choose_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    die "Python 3.11 or newer is needed, this machine has $(python3 --version 2>/dev/null || echo none)." \
        "On Debian 12, Ubuntu 24.04 or newer: sudo apt-get install python3"
}

make_empty() { # FOLDER
    local python
    python=$(choose_python)
    if "$python" -c 'import ensurepip; ensurepip.version()' &>/dev/null; then
        "$python" -m venv --clear "$1"
    else # plain Debian and Ubuntu ship no ensurepip: pip comes from the package index
        "$python" -m venv --clear --without-pip "$1"
        "$1/bin/python" "$HERE/bootstrap_pip.py" "${PIP_INDEX_URL:-}" "${PIP_FIND_LINKS:-}" "${PIP_CERT:-}" ||
            die "pip could not be fetched; sudo apt-get install python3-venv also brings it"
    fi
}

main() {
    if [[ ${1:-} == --help || $# -lt 2 ]]; then
        usage
        [[ ${1:-} == --help ]] && exit 0 || exit 2
    fi
    local folder=$1 stamp=$1/.requirements.sha256 wanted file
    shift
    local -a install=()
    for file in "$@"; do install+=(-r "$file"); done
    wanted=$(cat -- "$@" | sha256sum)
    unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_REQUIRE_VIRTUALENV

    if [[ ! -f $stamp ]] || ! "$folder/bin/python" -c '' 2>/dev/null; then
        make_empty "$folder"
        : >"$stamp"
    fi
    if [[ $(<"$stamp") != "$wanted" ]]; then
        "$folder/bin/python" -m pip install -qq --disable-pip-version-check --no-input "${install[@]}" ||
            die "the packages in $* could not be installed; the lines above say which and why"
        printf '%s\n' "$wanted" >"$stamp"
    fi
}

main "$@"
