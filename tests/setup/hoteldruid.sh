#!/bin/sh
# Makes a real HotelDruid available to the tests: PHP with its database drivers, and the
# unpacked hoteldruid package in target/test-servers/hoteldruid. Starts nothing; the tests
# start and stop their own instances. Idempotent: a second run only checks.
#
# May install packages when run as root or with password-less sudo. Where it may not, it
# says exactly what is missing and exits 1. CARDEX_NO_INSTALL=1 forbids installing.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
dir="$root/target/test-servers/hoteldruid"
packages="php-cli php-sqlite3 php-pgsql php-xml php-mbstring php-curl util-linux"

say() { printf 'hoteldruid: %s\n' "$*"; }
fail() { printf 'hoteldruid: %s\n' "$*" >&2; exit 1; }

missing_packages() {
    for package in $packages; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
    done
}

as_root() {
    if [ "${CARDEX_NO_INSTALL:-}" = 1 ]; then return 1; fi
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    sudo -n true 2>/dev/null && sudo -n "$@"
}

command -v dpkg-query >/dev/null || fail "this script knows Debian only; install by hand: $packages, and the hoteldruid 3.0.4 package"

missing=$(missing_packages)
if [ -n "$missing" ]; then
    say "installing $missing"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null ||
        as_root sh -c "apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null" ||
        fail "missing Debian packages; as root run: apt-get install -y --no-install-recommends $missing"
fi

for extension in sqlite3 pgsql xml mbstring curl; do
    php -m | grep -qi "^$extension\$" || fail "php has no extension \`$extension\`; as root run: apt-get install php-$extension"
done

if [ ! -f "$dir/www/creadb.php" ] || [ ! -f "$dir/www/.complete" ]; then
    mkdir -p "$dir"
    cd "$dir"
    if ! ls hoteldruid_*.deb >/dev/null 2>&1; then
        say "downloading the hoteldruid package"
        apt-get download -q hoteldruid >/dev/null 2>&1 ||
            { as_root apt-get update -q >/dev/null 2>&1 && apt-get download -q hoteldruid >/dev/null 2>&1; } ||
            fail "could not download the package; run \`apt-get download hoteldruid\` in $dir"
    fi
    rm -rf unpacked www
    dpkg -x "$(ls hoteldruid_*.deb | head -n 1)" unpacked
    mv unpacked/usr/share/hoteldruid www
    rm -rf unpacked
    # One copy of the program serves every instance: its data directory and database come from
    # the environment of the server process instead of the system-wide paths.
    sed -i \
        -e "s#define('C_DATI_PATH'.*#define('C_DATI_PATH',getenv('HD_HOME').'/data');#" \
        -e "s#define('C_EXT_DB_DATA_PATH'.*#define('C_EXT_DB_DATA_PATH',getenv('HD_HOME').'/database.php');#" \
        -e "s#define('C_CARTELLA_CREA_MODELLI'.*#define('C_CARTELLA_CREA_MODELLI',getenv('HD_HOME').'/pages');#" \
        www/costanti.php
    [ "$(grep -c "getenv('HD_HOME')" www/costanti.php)" = 3 ] ||
        fail "costanti.php of this package has another shape; 3.0.4 is needed"
    touch www/.complete
fi

say "ready: $dir/www"
