"""What the server's own errors become."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from searchapp.postgres import EmbeddedPostgresError
from searchapp.postgres.server import in_one_line


def test_in_one_line__a_server_that_ends_while_it_is_prepared(tmp_path: Path) -> None:
    lost = psycopg.OperationalError("server closed the connection\nunexpectedly")
    with (
        pytest.raises(EmbeddedPostgresError, match="server closed") as caught,
        in_one_line(tmp_path),
    ):
        raise lost
    assert "\n" not in str(caught.value)
