#!/usr/bin/env bash
# Makes sure that the browser tests have a Chromium: any on PATH, else Debian's, else the test
# tool's own download, else one clear line.  Installs the headless shell (two thirds of the
# processor time) and libfaketime too, if they can be had.
set -uo pipefail

APT=(apt-get -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20)

install() {
    local as_root=""
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
    export DEBIAN_FRONTEND=noninteractive
    $as_root "${APT[@]}" install -y --no-install-recommends "$@" >/dev/null 2>&1 && return
    $as_root "${APT[@]}" update >/dev/null 2>&1 \
        && $as_root "${APT[@]}" install -y --no-install-recommends "$@" >/dev/null 2>&1
}

found() { command -v "$1" >/dev/null 2>&1; }

if ! compgen -G "/usr/lib/*/faketime/libfaketimeMT.so.1" >/dev/null; then
    install libfaketime || echo "note: without libfaketime tests of wrong clocks are skipped"
fi

if ! found chromium-headless-shell; then
    install chromium-headless-shell fonts-noto-cjk || true
fi

for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
    if found "$name"; then exit 0; fi
done

echo "installing chromium …"
if install chromium fonts-noto-cjk; then exit 0; fi
if .venv/bin/python -m playwright install chromium >/dev/null 2>&1; then exit 0; fi

echo "error: the browser tests need a Chromium: install the package chromium, then run again." >&2
exit 1
