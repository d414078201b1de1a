#!/usr/bin/env bash
# Makes the Python environment FOLDER with the other loaders, apart from our own packages, and brings pgloader to Debian.
# One that cannot be had is no error: it is left out of the table, the others are measured.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)

main() {
    local folder=$1 package
    bash "$HERE/../../onboarding/sh/virtual_environment.sh" "$folder" "$HERE/requirements.txt" 2>/dev/null ||
        while read -r package _; do
            [[ $package == '#'* ]] || "$folder/bin/python" -m pip install -qq "$package" 2>/dev/null || true
        done <"$HERE/requirements.txt"
    if ((EUID == 0)) && ! command -v pgloader >/dev/null; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends pgloader &>/dev/null || true
    fi
}

main "$@"
