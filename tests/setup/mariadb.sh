#!/bin/sh
# Makes MariaDB's server programs available to the tests, which start a private server of their own, and PHP's driver
# for it to HotelDruid. No system server is created or started. Idempotent.
#
# May install packages when run as root or with password-less sudo. Where it may not, it says exactly what is missing
# and exits 1. CARDEX_NO_INSTALL=1 forbids installing.
set -eu

packages="mariadb-server-core mariadb-client-core php-mysql"

say() { printf 'mariadb: %s\n' "$*"; }
fail() { printf 'mariadb: %s\n' "$*" >&2; exit 1; }

found() {
    for program in mariadbd mariadb-install-db my_print_defaults php; do
        PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || return 1
    done
    php -m | grep -qi '^mysqli$'
}

as_root() {
    if [ "${CARDEX_NO_INSTALL:-}" = 1 ]; then return 1; fi
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    sudo -n true 2>/dev/null && sudo -n "$@"
}

install() {
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages >/dev/null
}

found && { say "ready"; exit 0; }
command -v apt-get >/dev/null || fail "mariadbd, mariadb-install-db or PHP's mysqli is missing; install $packages"
say "installing $packages"
install || { as_root apt-get update -q >/dev/null 2>&1 && install; } ||
    fail "missing Debian packages; as root run: apt-get install -y --no-install-recommends $packages"
found || fail "the packages are installed, but mariadbd, mariadb-install-db or PHP's mysqli is still missing"
say "ready"
