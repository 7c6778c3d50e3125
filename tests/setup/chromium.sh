#!/bin/sh
# Makes a real Chromium, the driver that tests steer it by, and axe-core, which judges how accessible a page is,
# available to the tests. Starts nothing. Idempotent: a second run only checks.
#
# May install packages when run as root or with password-less sudo. Where it may not, it says exactly what is missing
# and exits 1. CARDEX_NO_INSTALL=1 forbids installing. CHROMIUM and CHROMEDRIVER name other programs.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
dir="${CARDEX_TEST_SERVERS:-$root/target/test-servers}/axe"
packages="chromium chromium-driver"
# The same file is on npm and, with one more line feed at its end, in a wheel on PyPI: npm with what it needs is 400
# Debian packages, and Python is here for Tryton anyway.
version=4.12.1
wheel=axe-playwright-python==0.1.8
digest=84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc

say() { printf 'chromium: %s\n' "$*"; }
fail() { printf 'chromium: %s\n' "$*" >&2; exit 1; }

found() {
    command -v "${CHROMIUM:-chromium}" >/dev/null && command -v "${CHROMEDRIVER:-chromedriver}" >/dev/null
}

as_root() {
    if [ "${CARDEX_NO_INSTALL:-}" = 1 ]; then return 1; fi
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    sudo -n true 2>/dev/null && sudo -n "$@"
}

install() {
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1
}

is_axe() { printf '%s  %s\n' "$digest" "$1" | sha256sum --check --status 2>/dev/null; }

from_npm() {
    command -v npm >/dev/null || return 1
    (cd "$dir" && npm pack --silent "axe-core@$version" >/dev/null 2>&1 && tar -xzf "axe-core-$version.tgz" package/axe.min.js) &&
        echo | cat "$dir/package/axe.min.js" - >"$dir/new.js"
}

from_pypi() {
    command -v python3 >/dev/null || install python3 || return 1
    python3 -m pip --version >/dev/null 2>&1 || install python3-pip || return 1
    python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$dir" "$wheel" \
        >/dev/null 2>&1 &&
        python3 -m zipfile -e "$dir"/axe_playwright_python-*.whl "$dir/wheel" &&
        cp "$dir/wheel/axe_playwright_python/axe.min.js" "$dir/new.js"
}

if ! found; then
    command -v apt-get >/dev/null || fail "chromium or chromedriver is missing; install both, or set CHROMIUM and CHROMEDRIVER"
    say "installing $packages"
    # shellcheck disable=SC2086
    install $packages || { as_root apt-get update -q >/dev/null 2>&1 && install $packages; } ||
        fail "missing Debian packages; as root run: apt-get install -y --no-install-recommends $packages"
    found || fail "the packages are installed, but chromium or chromedriver is still missing"
fi

if ! is_axe "$dir/axe.min.js"; then
    say "downloading axe-core $version"
    rm -rf "$dir"
    mkdir -p "$dir"
    { from_npm && is_axe "$dir/new.js"; } || { from_pypi && is_axe "$dir/new.js"; } ||
        fail "axe-core $version could not be had; npm or PyPI must be reachable by \`npm pack axe-core@$version\` or \`pip download $wheel\`"
    mv "$dir/new.js" "$dir/axe.min.js"
    rm -rf "$dir/package" "$dir/wheel" "$dir"/*.tgz "$dir"/*.whl
fi
say "ready"
