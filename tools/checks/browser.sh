#!/usr/bin/env bash
# Makes sure that the browser tests have a Chromium: any on PATH, else Debian's, else the test
# tool's own download, else one clear line.  Installs libfaketime too, if it can be had.
set -uo pipefail

faketime() { compgen -G "/usr/lib/*/faketime/libfaketimeMT.so.1" >/dev/null; }

# Tests of wrong clocks use libfaketime, and are skipped without it.
if ! faketime && command -v apt-get >/dev/null 2>&1; then
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends \
        libfaketime >/dev/null 2>&1 || echo "note: without libfaketime tests of wrong clocks are skipped"
fi

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

if command -v apt-get >/dev/null 2>&1; then
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
    echo "installing chromium …"
    if DEBIAN_FRONTEND=noninteractive $as_root apt-get update -qq >/dev/null 2>&1 \
        && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends \
            chromium fonts-noto-cjk >/dev/null 2>&1; then
        exit 0
    fi
fi

if .venv/bin/python -m playwright install chromium >/dev/null 2>&1; then exit 0; fi

echo "error: the browser tests need a Chromium: install the package chromium, then run again." >&2
exit 1
