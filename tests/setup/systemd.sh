#!/bin/sh
# Makes `systemd-analyze` available, which judges deploy/cardex.service. Nothing is started. Idempotent.
#
# May install packages when run as root or with password-less sudo. Where it may not, it says exactly what is missing
# and exits 1. CARDEX_NO_INSTALL=1 forbids installing.
set -eu

say() { printf 'systemd: %s\n' "$*"; }
fail() { printf 'systemd: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "${CARDEX_NO_INSTALL:-}" = 1 ]; then return 1; fi
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    sudo -n true 2>/dev/null && sudo -n "$@"
}

install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends systemd >/dev/null 2>&1
}

if ! command -v systemd-analyze >/dev/null; then
    say "installing systemd"
    install || { as_root apt-get update -q >/dev/null 2>&1 && install; } ||
        fail "systemd-analyze is missing; as root run: apt-get install -y systemd"
fi
systemd-analyze security --help 2>&1 | grep -q -- --offline ||
    fail "systemd-analyze is older than version 250 and cannot judge a unit offline; use Debian 12 or later"
say "ready"
