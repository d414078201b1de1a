#!/usr/bin/env bash
# Optional: tools for the workstation of a person who looks after the pipeline. Asks before each. Needs root.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

# Debian package | what it is for
TOOLS=(
    'postgresql-client|psql: the pipeline'"'"'s tables from here'
    'git|the checkout and its upgrades'
    'openssh-client|ssh and sftp to the box and to clients'
    'libreoffice-calc|opens the reports and the workbooks of rejected rows'
    'jq|reads what --json prints'
    'tmux|a session on the box that outlives the line'
    'ncdu|shows what fills a disk'
    'shellcheck|looks over shell scripts before they run'
)

usage() {
    cat <<'TEXT'
usage: CL_onboarding.sh [--yes] [--dry-run]

Offers tools for a workstation one by one and installs those you answer with y, by apt. What is there already is not asked
for. Nothing here is needed by the pipeline itself. Safe to run again.

  --yes       installs all without asking
  --dry-run   only lists them, and which are missing
TEXT
}

wants() { # PACKAGE REASON
    local answer=''
    printf '%s: %s. Install it? [y/N] ' "$1" "$2"
    read -r answer || true
    [[ $answer == [yY]* ]]
}

main() {
    local tool package yes='' dry=''
    local -a chosen=()
    while (($#)); do
        case $1 in
            --yes) yes=yes ;;
            --dry-run) dry=yes ;;
            --help) usage && exit 0 ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift
    done
    command -v apt-get >/dev/null || die "this machine has no apt-get; install by hand what you need: ${TOOLS[*]%%|*}"
    for tool in "${TOOLS[@]}"; do
        package=${tool%%|*}
        if dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
            say "$package: is there"
        elif [[ -n $dry ]]; then
            say "$package: ${tool#*|} (missing)"
        elif [[ -n $yes ]] || wants "$package" "${tool#*|}"; then
            chosen+=("$package")
        fi
    done
    ((${#chosen[@]})) || return 0
    ((EUID == 0)) || die "needs root for ${chosen[*]}. Run: sudo bash $0"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 update -qq
    for package in "${chosen[@]}"; do # one that cannot be had does not stop the others
        apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$package" >/dev/null && say "installed: $package" ||
            printf '%s: %s could not be installed; the lines above say why\n' "${0##*/}" "$package" >&2
    done
}

main "$@"
