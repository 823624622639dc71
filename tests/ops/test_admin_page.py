"""What the operator is shown, and that a tab's state alone shows nothing."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.repositories import imports, products
from searchapp.db.secrets import Secrets
from searchapp.domain.phone import parse_phone
from searchapp.errors import BadPhone, Erased
from searchapp.http.operator_access import cookie_name, log_in
from searchapp.jobs import actions
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.web import app_context
from searchapp.web.admin.lines import found_line
from searchapp.web.admin.overview import find, read_overview
from searchapp.web.admin.state import AdminState
from searchapp.web.admin.views import admin_view
from tests.support.fakes import UNREADABLE
from tests.support.jobs import ended, new_search, services_on, worker_context, working

NUMBER = "010-1234-5678"


@pytest.fixture
def services(database: str, engine: AsyncEngine, secrets_: Secrets) -> Services:
    return services_on(database, engine, secrets_, admin_password="a password")


@pytest.fixture
async def searched(services: Services) -> dict[str, str]:
    """One search that was completed, with a number, and one that failed."""
    phone = parse_phone(NUMBER, 82)
    good = await start(services, new_search(phone=phone, consented=True, local=True))
    bad = await start(services, new_search(photo=UNREADABLE))
    async with working(worker_context(services)):
        for job in (good, bad):
            await ended(services, job.id)
    return {"good": good.id, "bad": bad.id}


async def test_overview__counts(services: Services, searched: dict[str, str]) -> None:
    seen = await read_overview(services)
    assert seen.statuses == {"completed": 1, "failed": 1}
    assert [failure.job_id for failure in seen.failures] == [searched["bad"]]
    assert (seen.minutes[-1].completed, seen.minutes[-1].failed) == (1, 1)
    assert (len(seen.minutes), len(seen.hours)) == (60, 24)
    assert [duration.stage for duration in seen.durations][-1] == "total"
    assert sum(seen.sms_states.values()) == 1
    assert not seen.sms_stopped


async def test_find__by_id_link_and_number(services: Services, searched: dict[str, str]) -> None:
    good = searched["good"]
    for asked in (good, f" https://chalkak.example.com/results/{good}/ ", NUMBER, "+821012345678"):
        assert [job.job_id for job in await find(services, asked)] == [good]
    assert await find(services, "010-9999-9999") == []
    for nonsense in ("", "coat", "'; --"):
        with pytest.raises(BadPhone):
            await find(services, nonsense)


async def test_view__holds_no_number_and_no_id(
    services: Services, searched: dict[str, str]
) -> None:
    view = admin_view(await read_overview(services))
    found = [found_line(job) for job in await find(services, NUMBER)]
    sent = json.dumps([dataclasses.asdict(view), *(dataclasses.asdict(line) for line in found)])
    assert found[0].phone_masked == "010-****-5678"
    for secret in ("12345678", "1234-5678", *searched.values()):
        assert secret not in sent


def _tab(cookies: str) -> AdminState:
    """The state of one tab, as an event of a connection with these cookies finds it."""
    root: Any = AdminState.get_root_state()(_reflex_internal_init=True)
    _connect(root, cookies)
    state: AdminState = root.get_substate(AdminState.get_full_name().split("."))
    return state


def _connect(root: Any, cookies: str) -> None:
    from reflex.istate.data import RouterData

    root.router = RouterData.from_router_data(
        {"headers": {"cookie": cookies}, "pathname": "/admin"}
    )


@pytest.fixture
async def tab(services: Services) -> AdminState:
    """A tab of an operator."""
    app_context.install(services, JobCache(services))
    token = await log_in(services, "a password", ip="192.0.2.1")
    return _tab(f"{cookie_name(services.settings)}={token}")


async def test_state__shows_the_system_to_an_operator(
    tab: AdminState, searched: dict[str, str]
) -> None:
    assert await tab.load() is AdminState.follow
    await tab._look()
    assert (tab.phase, len(tab.view.failures)) == ("open", 1)
    await tab.search({"asked": NUMBER})
    assert len(tab.found) == 1


async def test_state__is_no_access(tab: AdminState, searched: dict[str, str]) -> None:
    await tab.load()
    await tab._look()
    await tab.search({"asked": NUMBER})
    ref = tab.view.failures[0].ref
    _connect(tab._get_root_state(), "")  # The same tab's token, from another browser.
    assert tab.view.failures == []
    assert tab.found == []
    await tab.retry(ref)
    assert tab.phase == "login"
    assert await tab.load() is None
    assert (tab._view.failures, tab._names) == ([], {})


async def test_state__needs_a_session(services: Services, searched: dict[str, str]) -> None:
    app_context.install(services, JobCache(services))
    stranger = _tab("admin=made-up")
    assert await stranger.load() is None
    await stranger.search({"asked": NUMBER})
    await stranger.switch_sms(False)
    assert (stranger.phase, stranger.found) == ("login", [])
    assert not (await read_overview(services)).sms_stopped


async def test_state__switch_and_retry(
    tab: AdminState, services: Services, searched: dict[str, str]
) -> None:
    await tab.load()
    await tab._look()
    await tab.switch_sms(False)
    assert tab.view.sms_stopped
    await tab.switch_sms(True)
    assert not tab.view.sms_stopped
    await tab.retry(tab.view.failures[0].ref)
    assert tab.note == "retry"
    assert tab.view.failures == []
    assert [(line.action, line.actor) for line in tab.view.actions] == [
        ("retry", "/admin"),
        ("sms_on", "/admin"),
        ("sms_off", "/admin"),
    ]
    await actions.erase(services, searched["bad"])


async def test_state__pause_and_resume(tab: AdminState, services: Services) -> None:
    await tab.load()
    await tab.pause(True)
    assert (tab.note, tab.view.paused) == ("pause", True)
    assert "paused" in [sign.slug for sign in tab.view.attention]
    await tab.pause(False)
    assert (tab.note, tab.view.paused) == ("resume", False)


async def test_state__failed_searches_by_error(
    tab: AdminState, services: Services, searched: dict[str, str]
) -> None:
    await tab.load()
    await tab.show_failed("search_failed", 0)
    assert (tab.failed_code, tab.view.failures) == ("search_failed", [])
    await tab.show_failed("unreadable_picture", 0)
    assert len(tab.view.failures) == 1
    await tab.show_failed("unreadable_picture", 30)
    assert (tab.failed_from, tab.view.failures) == (30, [])
    await tab.discard_all()
    assert (tab.note, tab.failed_code, tab.view.failed_by_code) == ("discard", "", [])
    with pytest.raises(Erased):
        await actions.cancel(services, searched["bad"])
    assert tab.view.actions[0].target == "unreadable_picture"


async def test_state__attempts_of_one_search(tab: AdminState, searched: dict[str, str]) -> None:
    await tab.load()
    await tab._look()
    ref = tab.view.failures[0].ref
    await tab.show_job(ref)
    assert (tab.opened.status, tab.opened.error_code) == ("failed", "unreadable_picture")
    assert tab.opened.attempt == 1
    assert [event.event for event in tab.opened.events] == ["reading"]
    assert searched["bad"] not in json.dumps(dataclasses.asdict(tab.opened))
    await tab.show_job(ref)
    assert tab.opened.ref == ""
    await tab.discard(ref)
    assert (tab.note, tab.view.failures) == ("discard", [])


async def test_state__what_people_look_for(tab: AdminState, services: Services) -> None:
    today = services.clock().date()
    async with transaction(services.engine) as session:
        for match in ("none", "none", "same"):
            kind = "skirt" if match == "none" else "top"
            await products.count_demand(session, today, kind=kind, colour="red", match=match)
    await tab.load()
    await tab._look()
    assert [(row["kind"], row["none_share"]) for row in tab.view.demand] == [
        ("skirt", "100 %"),
        ("top", "0 %"),
    ]
    assert [(line.kind, line.colour, line.none) for line in tab.view.not_found] == [
        ("skirt", "red", 2)
    ]
    event: Any = await tab.export("demand")
    assert event.handler.fn.__qualname__ == "_download"
    await tab.export("feedback")
    assert tab.note == ""


async def test_state__feeds_by_address_and_their_runs(tab: AdminState, services: Services) -> None:
    await _schedule(services, "shop")
    await tab.load()
    await tab._look()
    assert [(line.feed, line.every) for line in tab.view.schedules] == [("shop", "6h")]
    assert [(run.feed, run.state, run.error) for run in tab.view.imports] == [
        ("shop", "failed", "its server answers 500."),
        ("shop", "done", ""),
    ]
    assert ("import_sync_failed", "shop: its server answers 500.") in [
        (sign.slug, sign.about) for sign in tab.view.attention
    ]


async def _schedule(services: Services, feed: str) -> None:
    """A feed by address with two runs: nothing new, then a server in trouble."""
    now, every = services.clock(), timedelta(hours=6)
    async with transaction(services.engine) as session:
        await imports.save_schedule(
            session, feed, b"", "https://shop.test/feed", every=every, options={}, now=now
        )
        (schedule,) = await imports.all_schedules(session)
        for error in ("", "its server answers 500."):
            now += timedelta(seconds=1)
            await imports.note_fetch(session, schedule, now, now, error)
            await imports.settle_schedule(
                session, feed, etag="", error=error, now=now, next_at=now + every
            )


async def test_state__closed(database: str, engine: AsyncEngine, secrets_: Secrets) -> None:
    closed = services_on(database, engine, secrets_)
    app_context.install(closed, JobCache(closed))
    stranger = _tab("")
    await stranger.load()
    assert stranger.phase == "closed"
