"""What ``catalogue sync add`` refuses before anything is stored."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from searchapp.cli.catalogue_sync import app
from searchapp.errors import OperatorError


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("shop.example/feed.xml", "is not an address that starts with https://"),
        ("https://", "is not an address that starts with https://"),
        ("https://shop.example:port/feed.xml", "is not an address that starts with https://"),
        ("ftp://shop.example/feed.xml", "is not an address that starts with https://"),
        ("https://127.0.0.1/feed.xml", "127.0.0.1 is not on the public internet"),
        ("https://[::1]/feed.xml", "::1 is not on the public internet"),
        ("http://localhost:8080/feed.xml", "name it in SEARCHAPP_PICTURE_HOSTS first"),
    ],
)
def test_add__an_address_that_no_worker_fetches(address: str, reason: str) -> None:
    done = CliRunner().invoke(app, ["add", address, "--name", "shop"])
    assert isinstance(done.exception, OperatorError)
    assert reason in str(done.exception)
