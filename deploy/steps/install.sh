#!/bin/sh
# The virtual environment with everything that requirements.txt names, in the current folder.
set -eu
"${PYTHON_PROGRAM:-python3}" -m venv .venv
.venv/bin/python -m pip --disable-pip-version-check install --quiet --no-cache-dir -r requirements.txt
