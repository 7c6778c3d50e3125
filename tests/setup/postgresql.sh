#!/bin/sh
# Makes PostgreSQL's server programs available to the tests, which start their own private clusters on a Unix socket.
# No system cluster is created or started. Idempotent.
#
# May install packages when run as root or with password-less sudo. Where it may not, it says exactly what is missing
# and exits 1. CARDEX_NO_INSTALL=1 forbids installing. PGBIN names another folder with `initdb` and `postgres`.
set -eu

say() { printf 'postgresql: %s\n' "$*"; }
fail() { printf 'postgresql: %s\n' "$*" >&2; exit 1; }

found() {
    for folder in "${PGBIN:-}" $(printf '%s' "$PATH" | tr ':' ' ') /usr/lib/postgresql/*/bin; do
        [ -n "$folder" ] && [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && return 0
    done
    return 1
}

as_root() {
    if [ "${CARDEX_NO_INSTALL:-}" = 1 ]; then return 1; fi
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    sudo -n true 2>/dev/null && sudo -n "$@"
}

install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null
}

found && { say "ready"; exit 0; }
command -v apt-get >/dev/null || fail "initdb is missing; install the PostgreSQL server, or set PGBIN to the folder that holds it"
say "installing postgresql"
hint="missing Debian package; as root run: apt-get install -y postgresql"
as_root apt-get update -q >/dev/null 2>&1 || true
install postgresql-common || fail "$hint"
# The tests make their own clusters; a system one would only take up a port.
as_root sed -i 's/^#\?create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf || true
install postgresql || fail "$hint"
found || fail "the package is installed, but there is no initdb in /usr/lib/postgresql/*/bin"
say "ready"
