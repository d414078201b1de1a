#!/usr/bin/env bash
# Installs the Debian packages that the pipeline runs on. Needs root.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

PACKAGES=(ca-certificates cron git logrotate postgresql postgresql-client python3 python3-venv sudo tzdata util-linux)
DEV_PACKAGES=(debootstrap dovecot-imapd faketime libreoffice-calc-nogui openssh-server passwd procps shellcheck)

usage() {
    cat <<'TEXT'
usage: install_dependencies.sh [--dev] [--dry-run]

Installs what is missing, by apt, on Debian 12, Ubuntu 24.04, Mint 22 or newer: PostgreSQL, Python with venv, cron, git ....
Safe to run again.

  --dev       also what the tests need
  --dry-run   only says which packages are missing
TEXT
}

main() {
    local package dry=''
    local -a wanted=("${PACKAGES[@]}") missing=()
    while (($#)); do
        case $1 in
            --dev) wanted+=("${DEV_PACKAGES[@]}") ;;
            --dry-run) dry=yes ;;
            --help) usage && exit 0 ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift
    done
    command -v apt-get >/dev/null || die "this machine has no apt-get; install by hand: ${wanted[*]}"
    for package in "${wanted[@]}"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then
        say "nothing to install: all ${#wanted[@]} packages are there"
    elif [[ -n $dry ]]; then
        say "would install: ${missing[*]}"
    else
        ((EUID == 0)) || die "needs root for ${missing[*]}. Run: sudo bash $0"
        export DEBIAN_FRONTEND=noninteractive
        apt-get -o DPkg::Lock::Timeout=300 update -qq
        apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}"
        say "installed: ${missing[*]}"
    fi
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || [[ -n $dry ]] ||
        die "Python 3.11 or newer is needed; this system has $(python3 --version 2>&1)"
}

main "$@"
