#!/bin/sh
# Installs the two Tryton servers that the tests talk to and prepares one template database for each.
#
#   8.2  from PyPI, in a virtual environment
#   6.0  from Debian's packages, unpacked beside it (not installed: no service starts, no root is needed)
#
# Everything lands under target/test-servers/tryton/<version> (or $CARDEX_TEST_SERVERS/tryton/<version>):
#   trytond, trytond-admin   wrappers that set the right interpreter and path
#   template.sqlite          an initialised database: company, employee, currencies, countries; admin/admin
#
# Safe to run again: what is already there is kept. Prints exactly what is missing when it cannot go on.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
base=${CARDEX_TEST_SERVERS:-$here/target/test-servers}/tryton
modules="ir res party party_relationship sale_opportunity"

missing() {
    printf 'missing: %s\n' "$1" >&2
    printf '  hint: %s\n' "$2" >&2
    exit 1
}

say() { printf 'tryton: %s\n' "$1"; }

install_packages() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get install -y -q --no-install-recommends "$@" >/dev/null && return 0
    fi
    return 1
}

need_python() {
    command -v python3 >/dev/null || install_packages python3 \
        || missing "python3" "apt-get install python3 python3-venv"
    python3 -c 'import ensurepip' 2>/dev/null || install_packages python3-venv \
        || missing "python3's venv module" "apt-get install python3-venv"
}

install_82() {
    dir=$base/8.2
    [ -e "$dir/installed" ] && return 0
    need_python
    say "installing 8.2 from PyPI"
    rm -rf "$dir"
    mkdir -p "$dir"
    python3 -m venv "$dir/venv"
    "$dir/venv/bin/pip" install -q --disable-pip-version-check 'trytond==8.2.*' 'trytond_party==8.2.*' \
        'trytond_party_relationship==8.2.*' 'trytond_sale_opportunity==8.2.*' >"$dir/install.log" 2>&1 \
        || missing "trytond 8.2 and its modules party, party_relationship, sale_opportunity" \
            "PyPI must be reachable by pip, with Python 3.9 or later; the log is $dir/install.log"
    for tool in trytond trytond-admin; do
        printf '#!/bin/sh\nexec "%s/venv/bin/python" "%s/venv/bin/%s" "$@"\n' "$dir" "$dir" "$tool" >"$dir/$tool"
        chmod +x "$dir/$tool"
    done
    printf '#!/bin/sh\nexec "%s/venv/bin/python" "$@"\n' "$dir" >"$dir/python"
    chmod +x "$dir/python"
    : >"$dir/installed"
}

debian_packages="tryton-server tryton-modules-party tryton-modules-party-relationship tryton-modules-sale-opportunity"

# The packages that apt would add to this machine for Tryton, one per line.
debian_closure() {
    # shellcheck disable=SC2086
    apt-get -s install --no-install-recommends $debian_packages 2>/dev/null | awk '/^Inst / { print $2 }' \
        | grep -E '^(tryton-|python3-|lib)' || true
}

install_60() {
    dir=$base/6.0
    [ -e "$dir/installed" ] && return 0
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null \
        || missing "apt-get and dpkg-deb (Tryton 6.0 comes from Debian's packages)" "run the tests on Debian 12"
    [ -x /usr/bin/python3 ] || install_packages python3 || missing "/usr/bin/python3" "apt-get install python3"
    candidate() { apt-cache policy tryton-server 2>/dev/null | awk '/Candidate:/ { print $2 }'; }
    case $(candidate) in
        6.0.*) ;;
        *) [ "$(id -u)" = 0 ] && apt-get update -q >/dev/null 2>&1 || true ;;
    esac
    case $(candidate) in
        6.0.*) ;;
        *) missing "the Debian package tryton-server 6.0 (apt offers: $(candidate))" \
            "run the tests on Debian 12 after apt-get update" ;;
    esac
    say "unpacking 6.0 from Debian's packages"
    rm -rf "$dir"
    mkdir -p "$dir/root" "$dir/deb"
    (cd "$dir/deb" && apt-get download -q $(debian_closure) >"$dir/install.log" 2>&1) \
        || missing "the Debian packages $debian_packages" \
            "the Debian mirror must be reachable by apt-get; the log is $dir/install.log"
    if [ "$(find "$dir/deb" -name '*.deb' | wc -l)" = 0 ] && [ ! -d /usr/share/doc/tryton-server ]; then
        missing "the Debian packages $debian_packages" "apt-get -s install $debian_packages must succeed"
    fi
    for deb in "$dir"/deb/*.deb; do
        if [ -e "$deb" ]; then dpkg-deb -x "$deb" "$dir/root"; fi
    done
    rm -rf "$dir/deb"
    libraries=$(find "$dir/root" -name '*.so.*' -exec dirname {} \; | sort -u | paste -sd: -)
    {
        printf '#!/bin/sh\nexport PYTHONPATH="%s/root/usr/lib/python3/dist-packages"\n' "$dir"
        printf 'export LD_LIBRARY_PATH="%s"\nexec /usr/bin/python3 "$@"\n' "$libraries"
    } >"$dir/python"
    chmod +x "$dir/python"
    for tool in trytond trytond-admin; do
        script=$dir/root/usr/bin/$tool
        if [ ! -e "$script" ]; then script=/usr/bin/$tool; fi
        printf '#!/bin/sh\nexec "%s/python" "%s" "$@"\n' "$dir" "$script" >"$dir/$tool"
        chmod +x "$dir/$tool"
    done
    : >"$dir/installed"
}

# Makes the template once: the initialisation takes from ten seconds to a minute and a half.
make_template() {
    dir=$base/$1
    [ -e "$dir/template.sqlite" ] && return 0
    say "initialising the $1 template database (up to two minutes)"
    work=$dir/init
    rm -rf "$work"
    mkdir -p "$work/files"
    printf 'admin\n' >"$work/password"
    printf '[database]\nuri = sqlite://\npath = %s/files\n[session]\nauthentications = password\n' "$work" \
        >"$work/trytond.conf"
    : >"$work/files/crm.sqlite"
    # shellcheck disable=SC2086
    TRYTONPASSFILE=$work/password "$dir/trytond-admin" -c "$work/trytond.conf" -d crm --email admin@example.com \
        -u $modules --activate-dependencies >"$dir/init.log" 2>&1 \
        || missing "an initialised Tryton $1 database" "trytond-admin failed; the log is $dir/init.log"
    "$dir/python" "$here/tests/setup/tryton_seed.py" "$work/trytond.conf" crm >>"$dir/init.log" 2>&1 \
        || missing "the seed data of the Tryton $1 database" "the log is $dir/init.log"
    mv "$work/files/crm.sqlite" "$dir/template.sqlite"
    rm -rf "$work"
}

mkdir -p "$base"
install_82
install_60
make_template 8.2
make_template 6.0
say "8.2 and 6.0 are ready in $base"
