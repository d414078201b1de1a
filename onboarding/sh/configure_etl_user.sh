#!/usr/bin/env bash
# Makes the user that cron runs the jobs as, its group, and the folders with their modes. Needs root.
set -euo pipefail

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=onboarding/sh/lib.sh
source "$HERE/lib.sh"

INSTALLER=/usr/local/sbin/client_etl_install_cron
SUDOERS=/etc/sudoers.d/client_etl
FOLDERS=(file_watcher archive logs backups outbox mailbox)

usage() {
    cat <<'TEXT'
usage: configure_etl_user.sh [--home DIR] [--member USER]... [--dry-run]

Makes the system user etl_user (no login) in the group etl_group, and DIR (default: this checkout) with its folders:
  DIR                      0750  etl_user:etl_group, so that cron and logrotate accept it
  file_watcher archive outbox mailbox   2770, new files stay in etl_group; files 0660
  logs                     2750, as logrotate refuses a folder the group may write
  backups, env.local.sh    0700, 0600, etl_user only
A checkout in DIR belongs to etl_user, so that upgrade.sh can pull. The one thing etl_user may do as root, by sudo, is to run
/usr/local/sbin/client_etl_install_cron, a copy of install_cron.sh that takes no other jobs than etl_user's own.
Safe to run again; what is right already stays. Links are never followed.

  --member USER   lets this person work with the files (adds USER to etl_group)
  --dry-run       only says what would be run
TEXT
}

run() {
    if [[ -n $dry ]]; then say "would run: $*"; else "$@"; fi
}

make_user() {
    getent group etl_group >/dev/null || run groupadd --system etl_group
    id etl_user >/dev/null 2>&1 ||
        run useradd --system --gid etl_group --home-dir "$home" --no-create-home --shell /usr/sbin/nologin etl_user
}

make_folders() {
    local name
    [[ -d $home ]] || run install -d "$home"
    run chown -h etl_user:etl_group "$home"
    run chmod 0750 "$home"
    [[ ! -d $home/jobscripts ]] || run chown -hR etl_user:etl_group "$home"
    for name in "${FOLDERS[@]}"; do
        [[ ! -L $home/$name ]] || die "$home/$name is a link; make it a folder, or mount the other disk there"
        [[ -d $home/$name ]] || run mkdir "$home/$name"
        run chown -hR etl_user:etl_group "$home/$name"
        case $name in
            backups) run chmod -R u=rwX,go= "$home/$name" ;;
            logs) run chmod -R u=rwX,g=rX,o= "$home/$name" && run chmod g+s "$home/$name" ;;
            *)
                run chmod -R u=rwX,g=rwX,o= "$home/$name"
                run find "$home/$name" -type d -exec chmod g+s {} +
                ;;
        esac
    done
    if [[ -f $home/env.local.sh && ! -L $home/env.local.sh ]]; then
        run chown etl_user:etl_group "$home/env.local.sh"
        run chmod 0600 "$home/env.local.sh"
    fi
}

# visudo looks at the file before sudo can see it: a bad one would lock everybody out of sudo.
allow_cron_file() {
    local part
    command -v visudo >/dev/null || { say "no sudo on this machine: root has to install the cron file (see README, Cron)" && return; }
    run install -o root -g root -m 0755 "$HERE/install_cron.sh" "$INSTALLER"
    [[ -z $dry ]] || { say "would write $SUDOERS: etl_user may run $INSTALLER" && return; }
    part=$(mktemp)
    printf '# Written by configure_etl_user.sh.\netl_user ALL=(root) NOPASSWD: %s ""\n' "$INSTALLER" >"$part"
    visudo -cqf "$part" || die "visudo refuses the rule for etl_user; nothing was changed there"
    install -o root -g root -m 0440 "$part" "$SUDOERS"
    rm -f "$part"
}

main() {
    local home=${ETL_HOME:-$(cd "$HERE/../.." && pwd -P)} dry='' member
    local -a members=()
    while (($#)); do
        case $1 in
            --home | --member)
                [[ -n ${2:-} ]] || { usage >&2 && exit 2; }
                if [[ $1 == --home ]]; then home=$(realpath -m -- "$2"); else members+=("$2"); fi
                shift
                ;;
            --dry-run) dry=yes ;;
            --help) usage && exit 0 ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift
    done
    [[ -n $dry || $EUID == 0 ]] || die "needs root. Run: sudo bash $0 --home '$home'"
    [[ $home != / ]] || die "the root folder cannot be the pipeline's home; name another one with --home DIR"
    for member in "${members[@]}"; do id "$member" >/dev/null 2>&1 || die "there is no user $member; nothing was changed"; done
    make_user
    for member in "${members[@]}"; do run usermod --append --groups etl_group "$member"; done
    make_folders
    allow_cron_file
    [[ -n $dry ]] || say "etl_user and the folders of $home are ready"
}

main "$@"
