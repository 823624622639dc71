#!/bin/sh
# The page as static files: one build serves any address.
set -eu
.venv/bin/python -m searchapp build
.venv/bin/python -m compileall -q searchapp alembic
