"""An unexpected error: one line, and the rest in a file of its own."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import psycopg
import pytest

from searchapp.cli import app
from searchapp.db.object_store import PhotoStoreUnavailable
from searchapp.errors import NotStored


def fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> str:
    """The line that ``main`` ends with when a command meets ``error``."""

    def broken() -> None:
        raise error

    monkeypatch.setattr(app, "get_settings", broken)
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 1
    [line] = capsys.readouterr().err.splitlines()
    return line


def test_unexpected__details_are_for_their_owner_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    lines = [fail(monkeypatch, capsys, RuntimeError("odd +821012345678")) for _ in "ab"]
    reports = sorted(tmp_path.iterdir())
    assert len(reports) == 2
    assert {stat.S_IMODE(report.stat().st_mode) for report in reports} == {0o600}
    for text in (*lines, *(report.read_text() for report in reports)):
        assert "odd" in text
        assert "1012345678" not in text
    assert not any("RuntimeError" in line for line in lines)
    assert all("Traceback" in report.read_text() for report in reports)


def test_unexpected__without_a_place_for_details(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert fail(monkeypatch, capsys, RuntimeError("odd")) == "error: RuntimeError: odd"


def test_unexpected__a_database_without_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = fail(monkeypatch, capsys, psycopg.errors.UndefinedTable("no relation api_keys"))
    assert line.endswith("Run: migrate. Then: doctor")


def test_unreachable__a_command_says_what_the_database_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = psycopg.OperationalError(
        'connection to server at "127.0.0.1", port 1 failed: Connection refused\n'
        "\tIs the server running on that host and accepting TCP/IP connections?"
    )
    passing = NotStored("OperationalError")
    passing.__cause__ = refused
    wanted = (
        'connection to server at "127.0.0.1", port 1 failed: Connection refused. '
        "Start the database server, or correct host and port in DATABASE_URL. Then: doctor"
    )
    for error in (refused, passing):
        assert fail(monkeypatch, capsys, error).endswith(wanted)


def test_unreachable__the_store_of_photos(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away = PhotoStoreUnavailable("photo store: PermissionDeniedError")
    passing = NotStored("PhotoStoreUnavailable")
    passing.__cause__ = away
    for error in (away, passing):
        line = fail(monkeypatch, capsys, error)
        assert line.startswith("error: the photo store: PermissionDeniedError. Check SEARCHAPP_PH")


def test_unreachable__a_database_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = NotStored("TimeoutError")
    error.__cause__ = TimeoutError()
    line = fail(monkeypatch, capsys, error)
    assert line.endswith("or written: TimeoutError. Check DATABASE_URL. Then: doctor")
