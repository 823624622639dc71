"""``status`` and ``queue``: what an operator types, what it says, and the line it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import psycopg
import pytest
from typer.testing import CliRunner

from searchapp.cli.app import app
from searchapp.db.engine import psycopg_dsn
from searchapp.errors import OperatorError
from searchapp.settings import get_settings
from tests.crash.processes import KEY

FAILED = (
    "INSERT INTO searchapp.search_jobs (job_id, version, status, stage, progress, error_code,"
    " attempt, lang, choosing, outside_consent, sms_expected, expires_at, finished_at)"
    " SELECT 'job-' || n, 1, 'failed', 'matching', 50, %s, 5, 'ko', false, false, false,"
    " now() + interval '1 day', now() - n * interval '1 minute' FROM generate_series(1, %s) AS n"
)

Say = Callable[..., str]


@pytest.fixture
def say(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Say]:
    """Runs one command on the test's database; what it prints."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("SEARCHAPP_SECRET_KEY", KEY)
    get_settings.cache_clear()

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments))
        if done.exception is not None:
            raise done.exception
        return done.output

    yield run
    get_settings.cache_clear()


def test_pause_and_resume__stand_in_status_and_in_the_audit(say: Say) -> None:
    assert "queue paused" in say("queue", "pause")
    assert say("status").startswith("queue: PAUSED, 0 waiting")
    say("queue", "resume")
    found = json.loads(say("status", "--json"))
    assert not found["paused"]
    assert [action["action"] for action in found["actions"]] == ["resume", "pause"]
    assert all(action["actor"].startswith("command line") for action in found["actions"])


def test_failed__all_of_one_error(say: Say, database: str) -> None:
    with psycopg.connect(psycopg_dsn(database), autocommit=True) as connection:
        connection.execute(FAILED, ["search_failed", 35])
    assert json.loads(say("status", "--json"))["failed"] == {"search_failed": 35}
    first = say("queue", "failed", "--limit", "30").splitlines()
    assert first[0].startswith("job-1 search_failed at matching, attempt 5")
    assert (len(first), first[-1]) == (31, "there may be more: --skip 30")
    assert len(say("queue", "failed", "--skip", "30").splitlines()) == 5
    assert "no search failed" in say("queue", "failed", "--error", "deadline_passed")
    reported = say("queue", "show", "job-1")
    assert "attempt: 5" in reported
    assert "error_code: search_failed" in reported
    with pytest.raises(OperatorError, match="--yes"):
        say("queue", "discard", "--error", "search_failed")
    with pytest.raises(OperatorError, match="takes one of"):
        say("queue", "retry", "--error", "unknown")
    assert "put back 35 searches" in say("queue", "retry", "--error", "search_failed")
    with psycopg.connect(psycopg_dsn(database), autocommit=True) as connection:
        connection.execute(
            "UPDATE searchapp.search_jobs SET status = 'failed', error_code = 'search_failed',"
            " finished_at = now() WHERE job_id <= 'job-2'"
        )
    erased = say("queue", "discard", "--error", "search_failed", "--yes")
    actions = json.loads(say("status", "--json"))["actions"]
    assert [(one["action"], one["target"]) for one in actions] == [
        ("discard", "search_failed"),
        ("retry", "search_failed"),
    ]
    assert f"erased {actions[0]['outcome']}" in erased


def test_migrate__goes_down_only_when_it_is_confirmed(say: Say) -> None:
    with pytest.raises(OperatorError, match=r"erases every search.*--yes"):
        say("migrate", "--down", "base")
    assert say("queue", "failed") == "no search failed\n"


def test_other_commands__leave_a_line_too(say: Say) -> None:
    say("keys", "add", "shop")
    say("keys", "remove", "shop")
    say("erase", "--phone", "010-1234-5678")
    say("purge")
    actions = json.loads(say("status", "--json"))["actions"]
    assert [one["action"] for one in reversed(actions)] == [
        "add key",
        "remove key",
        "erase",
        "purge",
    ]
    assert "1234" not in json.dumps(actions)


@pytest.mark.parametrize("command", [("erase", "--job"), ("queue", "show")])
def test_search__that_is_not_there(say: Say, command: tuple[str, str]) -> None:
    with pytest.raises(
        OperatorError, match=r"^there is no search abc; it may be expired or erased"
    ):
        say(*command, "abc")


def test_sync_list__interval_as_it_was_given(say: Say) -> None:
    say("catalogue", "sync", "add", "https://shop.example/f.csv", "--name", "shop", "--every", "6h")
    assert ", every 6h, next run " in say("catalogue", "sync", "list")
    [action] = json.loads(say("status", "--json"))["actions"]
    assert action["outcome"] == "every 6h"
