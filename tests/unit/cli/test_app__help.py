"""Every command says what it does."""

import pytest
from typer.testing import CliRunner

from searchapp.cli.app import app


@pytest.mark.parametrize(
    "command",
    [
        "",
        "up",
        "build",
        "migrate",
        "web",
        "worker",
        "purge",
        "stop",
        "doctor",
        "export",
        "erase",
        "catalogue",
        "catalogue import",
        "catalogue stats",
        "catalogue remove",
        "catalogue reindex",
        "catalogue demo",
    ],
)
def test_help(command: str) -> None:
    done = CliRunner().invoke(app, [*command.split(), "--help"])

    assert done.exit_code == 0
    assert "Usage" in done.output
