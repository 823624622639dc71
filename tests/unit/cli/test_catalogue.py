"""What ``catalogue reindex`` tells its operator."""

from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner

from searchapp.catalogue.ingest.reindex import Reindexed
from searchapp.cli import catalogue_tasks
from searchapp.cli.catalogue import app
from searchapp.errors import OperatorError


def told(monkeypatch: pytest.MonkeyPatch, ended: Reindexed) -> list[str]:
    async def embed_again(*, everything: bool) -> Reindexed:
        return ended

    monkeypatch.setattr(catalogue_tasks, "embed_again", embed_again)
    done = CliRunner().invoke(app, ["reindex"])
    assert done.exit_code == 0
    return done.stdout.splitlines()


def test_reindex__all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, Reindexed(304)) == ["embedded 304 products again"]


def test_reindex__pictures_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = told(monkeypatch, Reindexed(302, unreadable=2))
    assert first == "embedded 302 products again"
    assert second.startswith("2 products have a picture that cannot be read.")


@pytest.mark.parametrize(
    ("arguments", "advice"), [([], "Start it again and"), (["--all"], "without --all and")]
)
def test_reindex__stopped(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], advice: str
) -> None:
    async def stopped(everything: bool) -> Reindexed:
        raise asyncio.CancelledError

    monkeypatch.setattr(catalogue_tasks, "embed_again", stopped)
    done = CliRunner().invoke(app, ["reindex", *arguments])
    assert isinstance(done.exception, OperatorError)
    assert advice in str(done.exception)
