"""What ``catalogue`` prints and refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from searchapp.catalogue.ingest.reindex import Reindexed
from searchapp.cli import catalogue_tasks
from searchapp.cli.catalogue import app
from searchapp.cli.catalogue_reports import learned_line
from searchapp.db.repositories.learned import NUMBERS, PROJECTION, Finding
from searchapp.errors import OperatorError


def reported(monkeypatch: pytest.MonkeyPatch, ended: Reindexed) -> list[str]:
    async def embed_again(*, everything: bool) -> Reindexed:
        return ended

    monkeypatch.setattr(catalogue_tasks, "embed_again", embed_again)
    done = CliRunner().invoke(app, ["reindex"])
    assert done.exit_code == 0
    return done.stdout.splitlines()


def test_reindex__all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reported(monkeypatch, Reindexed(304)) == ["embedded 304 products again"]


def test_reindex__pictures_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = reported(monkeypatch, Reindexed(302, unreadable=2))
    assert first == "embedded 302 products again"
    assert second.startswith("2 products with a picture that cannot be read.")


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


def test_import__rejects_have_a_place_before_it_begins(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none" / "rejects.csv"):
        done = CliRunner().invoke(app, ["import", "feed.csv", "--rejects", str(place)])
        assert isinstance(done.exception, OperatorError)
        assert "give a file in a folder that is there" in str(done.exception)


def test_learned__one_line_says_what_was_measured() -> None:
    shares = {"R@1": 50.0, "R@5": 70.0, "R@10": 80.0}
    report = {"pairs": 120, "among": 500, "used": False, "before": shares, "after": shares}
    assert learned_line(Finding(PROJECTION, b"", report)) == (
        "learned from 120 pairs: R@1/5/10 of held-out pairs among 500 products 50.0/70.0/80.0 "
        "before, 50.0/70.0/80.0 after; not better, so not used"
    )
    flat = {"same and right": 90.0, "same though absent": 1.3}
    assert learned_line(Finding(NUMBERS, b"", {"trials": 150, "flat": flat})) == (
        "calibrated on 150 products: flat photos: 'same' and right 90.0 %, "
        "'same' though absent 1.3 %"
    )
