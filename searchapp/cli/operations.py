"""``queue``, ``status`` and ``keys``: the operator's hand on the queue, and the keys of the API."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.cli.data import actor, no_search, with_services
from searchapp.db.repositories import admin
from searchapp.domain.ids import KeyScope, api_key_hash, new_api_key
from searchapp.errors import JOB_ERRORS, NotFound, OperatorError, counted
from searchapp.jobs import operations

app = typer.Typer(help="Pause, resume, retry, discard, and look at searches.", no_args_is_help=True)

_ERROR = Annotated[str, typer.Option("--error", help=f"One of: {', '.join(JOB_ERRORS)}.")]

SKEW_SECONDS = 5.0
"""How far a worker's clock may be from the database's before ``status`` marks it."""


def _known(code: str) -> str:
    if code not in JOB_ERRORS:
        raise OperatorError(f"--error takes one of {', '.join(JOB_ERRORS)}, not {code}.")
    return code


@app.command()
def pause() -> None:
    """Let workers take no more searches; those that run go on to their end."""
    with_services(lambda services: operations.set_paused(services, actor(), paused=True))
    print("queue paused: new searches are stored and wait. Go on with: queue resume")


@app.command()
def resume() -> None:
    """Let workers take searches again."""
    with_services(lambda services: operations.set_paused(services, actor(), paused=False))
    print("queue resumed")


@app.command()
def retry(error: _ERROR) -> None:
    """Put every failed search with one error back into the queue."""
    code = _known(error)
    count = with_services(lambda services: operations.retry_failed(services, code, actor()))
    print(f"put back {counted(count, 'search')}")


@app.command()
def discard(
    error: _ERROR,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
) -> None:
    """Erase every failed search with one error."""
    code = _known(error)
    if not yes:
        raise OperatorError(f"this erases every search that failed with {code}: add --yes.")
    count = with_services(lambda services: operations.discard_failed(services, code, actor()))
    print(f"erased {counted(count, 'search')}")


@app.command("failed")
def list_failed(
    error: Annotated[
        str | None, typer.Option("--error", help="Only those with this error.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 50,
    skip: Annotated[int, typer.Option("--skip", min=0, help="Leave out so many.")] = 0,
) -> None:
    """List the failed searches, the newest first."""
    code = None if error is None else _known(error)
    found = with_services(
        lambda services: operations.failed_searches(services, limit, skip=skip, error_code=code)
    )
    for job in found:
        print(
            f"{job.job_id} {job.error_code} at {job.stage}, attempt {job.attempt}, {_plain(job.at)}"
        )
    if len(found) == limit:
        print(f"there may be more: --skip {skip + limit}")
    elif not found:
        print("no search failed" if not skip else "no more")


@app.command()
def show(job: Annotated[str, typer.Argument(help="The id of a search.")]) -> None:
    """Print state, queue entries and attempts of one search."""
    try:
        report = with_services(lambda services: operations.report_on(services, job))
    except NotFound:
        raise no_search(job) from None
    for name, value in report.job.items():
        print(f"{name}: {_plain(value)}")
    for entry in report.entries:
        print("entry: " + ", ".join(f"{name} {_plain(value)}" for name, value in entry.items()))
    for attempt in report.attempts:
        print(f"event: {attempt.event} at {_plain(attempt.at)}")


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Queue, workers and their clocks, imports, messages, and what operators did last."""
    found = with_services(operations.status)
    if as_json:
        print(json.dumps(found, default=_plain, ensure_ascii=False))
        return
    queue = found["queue"]
    print(
        f"queue: {'PAUSED, ' if found['paused'] else ''}{queue['waiting']} waiting"
        f" (the oldest for {queue['oldest_seconds']:.0f} s), {queue['running']} running,"
        f" {queue['choosing']} wait for a choice"
    )
    for worker in found["workers"]:
        print(_worker_line(worker))
    if not found["workers"]:
        print("workers: none was seen within the hour")
    print("failed: " + _counts(found["failed"]))
    print("messages: " + _counts(found["messages"]))
    for run in found["imports"]:
        print(f"import: {run['feed']} {run['state']}, began {_plain(run['started_at'])}")
    for action in found["actions"]:
        print(
            f"did: {_plain(action['at'])} {action['actor']}: {action['action']}"
            f" {action['target']}, {action['outcome']}"
        )


def _worker_line(worker: dict[str, Any]) -> str:
    skew = worker["clock_skew"]
    warning = "  ← set this host's clock by NTP" if abs(skew) > SKEW_SECONDS else ""
    return (
        f"worker: {worker['host']} pid {worker['pid']}, {worker['running']} running,"
        f" heard of {worker['silent']:.1f} s ago, clock {skew:+.1f} s{warning}"
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


NAME_LIMIT = 80

keys = typer.Typer(help="Keys of the catalogue API.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="What the key is called, for example `shop`.")]


@keys.command("add")
def add_key(
    name: _Name,
    scope: Annotated[
        KeyScope, typer.Option(help="`read` may look at products, `write` may change them.")
    ] = KeyScope.READ,
) -> None:
    """Make a key and show it once; only its hash is stored."""
    if not name.strip() or not name.isprintable() or len(name) > NAME_LIMIT:
        raise OperatorError(f"NAME takes 1 to {NAME_LIMIT} printable characters.")
    key = new_api_key()

    async def work(session: AsyncSession) -> bool:
        added = await admin.add_key(session, name, scope, api_key_hash(key))
        if added:
            await operations.note(
                session, actor=actor(), action="add key", target=name, outcome=scope.value
            )
        return added

    added = with_services(lambda services: services.transact(work))
    if not added:
        raise OperatorError(f"There is a key called {name}: take another name, or `keys remove`.")
    print(f"{key}\nKeep this key of scope {scope.value}: it is not shown again.")


@keys.command("list")
def list_keys() -> None:
    """List the keys by name, with their scope and when they were last used."""
    found = with_services(lambda services: services.transact(admin.list_keys))
    for key in found:
        used = f"{key.used_at:%Y-%m-%d %H:%M %Z}" if key.used_at else "never"
        print(f"{key.name}\t{key.scope.value}\tmade {key.created_at:%Y-%m-%d}\tused {used}")
    if not found:
        print("no keys; make one with: keys add NAME")


@keys.command("remove")
def remove_key(name: _Name) -> None:
    """Remove a key; requests with it are refused from now on."""

    async def work(session: AsyncSession) -> bool:
        removed = await admin.remove_key(session, name)
        if removed:
            await operations.note(
                session, actor=actor(), action="remove key", target=name, outcome="done"
            )
        return removed

    removed = with_services(lambda services: services.transact(work))
    if not removed:
        raise OperatorError(f"There is no key called {name}: see `keys list`.")
    print(f"removed the key {name}")
