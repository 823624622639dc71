"""``catalogue ...``: what an operator does with products."""

from __future__ import annotations

import typer

app = typer.Typer(help="Import, count and remove products.", no_args_is_help=True)
