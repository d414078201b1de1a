#!/usr/bin/env bash
# Keeps the machine awake for its nightly jobs: no sleep, no suspend, no hibernation. Needs root.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

TARGETS=(sleep.target suspend.target hibernate.target hybrid-sleep.target)
LID_FILE=/etc/systemd/logind.conf.d/client-etl.conf

usage() {
    cat <<'TEXT'
usage: disable_power_saving.sh [--undo] [--dry-run]

Masks systemd's sleep, suspend, hibernate and hybrid-sleep targets, and lets a closed lid change nothing. Safe to run again.

  --undo      the machine may sleep again
  --dry-run   only says what would be changed
TEXT
}

write_lid_file() {
    install -d -m 0755 "${LID_FILE%/*}"
    printf '[Login]\nHandleLidSwitch=ignore\nHandleLidSwitchExternalPower=ignore\nIdleAction=ignore\n' >"$LID_FILE"
    chmod 0644 "$LID_FILE"
}

main() {
    local dry='' verb=mask
    while (($#)); do
        case $1 in
            --undo) verb=unmask ;;
            --dry-run) dry=yes ;;
            --help) usage && exit 0 ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift
    done
    command -v systemctl >/dev/null || die "this machine has no systemd; its power saving is set elsewhere"
    if [[ -n $dry ]]; then
        say "would $verb ${TARGETS[*]}; would $([[ $verb == mask ]] && echo write || echo remove) $LID_FILE"
        return
    fi
    ((EUID == 0)) || die "needs root. Run: sudo bash $0"
    systemctl --quiet "$verb" "${TARGETS[@]}"
    if [[ $verb == mask ]]; then write_lid_file; else rm -f "$LID_FILE"; fi
    say "sleep is ${verb}ed; the lid setting counts after the next restart"
}

main "$@"
