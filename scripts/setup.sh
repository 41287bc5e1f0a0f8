#!/bin/sh
# Makes what a bare machine lacks, once: `setup.sh runtime|dev|clients|browser|ceph|engine|images`.
# Needs Python 3.11+, and apt (as root or by sudo) only for what is missing of the system.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "bauhof set-up: $*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >&2
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    die "Python 3.11 or newer is needed, found $(python3 --version 2>&1 || true);" \
        "name another one with PYTHON=/path/to/python3.11"
}

make_venv() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || {
        package=$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')
        say "installing $package"
        apt_install "$package" || die "this Python lacks venv: install the package $package"
    }
    "$python" -m venv "$1"
}

pip_install() {
    venv=$1
    shift
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" ||
        die "pip could not install: see the lines above; with the network back, run make again"
}

usable() { "$1/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

runtime() {
    usable .venv || { say "creating .venv"; make_venv .venv; }
    say "installing the locked packages (once, a minute or two)"
    pip_install .venv --no-deps -r requirements.lock
    # The build backend is in the lock, so nothing unpinned is fetched to build the project.
    pip_install .venv --no-deps --no-build-isolation -e .
    touch .venv/.stamp-runtime
}

dev() {
    say "installing the tools of tests and lint"
    pip_install .venv --no-deps -r requirements-dev.lock
    touch .venv/.stamp-dev
}

clients() {
    home=.cache/clients-venv
    usable "$home" || { say "creating $home for the released clients"; make_venv "$home"; }
    say "installing the released clients"
    pip_install "$home" --no-deps -r tests/acceptance/requirements-clients.lock
    touch "$home/.stamp"
}

browser() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    say "installing chromium for the browser tests"
    apt_install chromium || die "the browser tests need chromium: install it and run make again"
}

# The tests of object storage hold our front beside Ceph; without it that half is skipped.
ceph() {
    command -v radosgw >/dev/null 2>&1 && command -v ceph-osd >/dev/null 2>&1 && return 0
    say "installing Ceph for the tests of object storage"
    apt_install ceph-mon ceph-osd radosgw ceph-common ||
        say "Ceph cannot be installed here: the tests beside it are skipped"
}

# The tests of the Docker deployer run a real engine and registry; without them they are skipped.
engine() {
    missing=
    command -v dockerd >/dev/null 2>&1 || missing="docker.io iptables"
    command -v docker-registry >/dev/null 2>&1 || missing="$missing docker-registry"
    command -v debootstrap >/dev/null 2>&1 || missing="$missing debootstrap"
    [ -n "$missing" ] || return 0
    # An engine that answers needs no second one beside it.
    say "installing$(printf ' %s' $missing) for the tests with a Docker engine"
    # shellcheck disable=SC2086 # a list of names
    apt_install $missing ||
        say "they cannot be installed here: the tests with a Docker engine are skipped"
}

# What the images of those tests are made of: a Debian, the released clients, the locked packages.
images() {
    command -v debootstrap >/dev/null 2>&1 || return 0
    PYTHONPATH=tests/engine .venv/bin/python tests/compose/platform_image.py ||
        say "the images' parts could not be made ahead: the tests try again"
}

for step in "$@"; do
    case $step in
        runtime | dev | clients | browser | ceph | engine | images) "$step" ;;
        *) die "unknown step $step" ;;
    esac
done
