"""What an owner does to a search, without a browser: one test for each of its states."""

from __future__ import annotations

from typing import Any

import pytest

from searchapp.domain.product import FeedbackKind
from searchapp.domain.search import Status
from searchapp.errors import TooManyRequests
from searchapp.jobs.actions import feedback_of
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.web import app_context
from searchapp.web.pages.results.actions import (
    ActionState,
    AgainState,
    ChoosingState,
    LinkState,
    OwnerState,
    SimilarState,
    VoteState,
)
from searchapp.web.pages.results.state import ResultsState
from searchapp.web.pages.small import ShareState
from tests.support.jobs import count, job_of, new_search, sql, suggested, worker_context
from tests.support.tabs import Tab

KEY, OTHER = "a" * 32, "b" * 32


async def tab_of(job_id: str) -> Tab:
    """A tab that shows a search."""
    tab = Tab(f"/results/{job_id}")
    await tab.send(ResultsState.load)
    return tab


async def completed(services: Services) -> str:
    """The id of a search with results."""
    job = await start(services, new_search())
    await worker_context(services).run(job.id)
    return job.id


def answered(tab: Tab) -> dict[str, str]:
    """The keys of what was answered, and where it has led to."""
    return tab.state(ActionState).answered


async def test_cancel__once_in_effect_and_answered_each_time(services: Services) -> None:
    job = await start(services, new_search())
    tab = await tab_of(job.id)
    for key in (KEY, KEY, OTHER):
        await tab.send(OwnerState.cancel, key)
    assert (await job_of(services, job.id)).status is Status.CANCELLED
    assert tab.state(ResultsState).job.status == "cancelled"
    assert answered(tab) == {KEY: "", OTHER: ""}


@pytest.mark.parametrize("key", ["", "short", "no key at all!", "x" * 65])
async def test_act__without_a_key_nothing_happens(services: Services, key: str) -> None:
    job = await start(services, new_search())
    tab = await tab_of(job.id)
    await tab.send(OwnerState.cancel, key)
    assert (await job_of(services, job.id)).status is Status.PENDING
    assert answered(tab) == {}


async def test_act__the_search_is_the_one_of_the_address(services: Services) -> None:
    mine, other = [await start(services, new_search()) for _ in range(2)]
    tab = await tab_of(mine.id)
    tab.state(ResultsState).name = other.id
    await tab.send(OwnerState.cancel, KEY)
    assert (await job_of(services, mine.id)).status is Status.CANCELLED
    assert (await job_of(services, other.id)).status is Status.PENDING


async def test_act__counts_by_the_address_of_the_client(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await start(services, new_search())
    tab = await tab_of(job.id)
    tab.ip = "203.0.113.9"
    tab.open(f"/results/{job.id}")

    async def refuse(_kind: object, ip: str) -> None:
        assert ip == tab.ip
        raise TooManyRequests(5)

    monkeypatch.setattr(app_context.current().rates, "hit", refuse)
    await tab.send(OwnerState.cancel, KEY)
    assert (await job_of(services, job.id)).status is Status.PENDING
    assert tab.state(ActionState).said["ko"]
    assert KEY in answered(tab), "the page need not ask again by itself"


async def test_erase__shows_that_it_is_erased(services: Services) -> None:
    tab = await tab_of(await completed(services))
    await tab.send(OwnerState.erase, KEY)
    assert await count(services, "search_jobs") == 0
    assert tab.state(ResultsState).phase == "erased"
    await tab.send(OwnerState.erase, KEY)
    assert tab.state(ResultsState).phase == "erased"


async def test_notify__a_number_is_taken_while_it_runs(services: Services) -> None:
    job = await start(services, new_search())
    tab = await tab_of(job.id)
    form = {"phoneNumber": "010-1234-5678", "smsConsent": "true"}
    await tab.send(OwnerState.notify, KEY, form)
    assert (await job_of(services, job.id)).masked_phone == "010-****-5678"
    assert tab.state(ResultsState).job.banner
    await tab.send(OwnerState.notify, OTHER, {"phoneNumber": "12", "smsConsent": "true"})
    assert tab.state(ActionState).said["en"], "no mobile number"


async def test_choose__what_was_not_left_out_and_what_was_drawn(services: Services) -> None:
    job_id = await suggested(services)
    tab = await tab_of(job_id)
    out = [tab.state(ResultsState).job.pieces[0].id]
    drawn = [{"x": 0.1, "y": 0.1, "w": 0.5, "h": 0.5}]
    for _ in range(2):
        await tab.send(ChoosingState.choose, KEY, {"lang": "en"}, out, drawn)
    job = await job_of(services, job_id)
    assert len(job.items) == 3
    assert tab.state(ResultsState).job.running
    assert await count(services, "procrastinate_jobs") == 1


async def test_choose__nothing_is_refused_in_words(services: Services) -> None:
    job_id = await suggested(services)
    tab = await tab_of(job_id)
    out = [piece.id for piece in tab.state(ResultsState).job.pieces]
    await tab.send(ChoosingState.choose, KEY, {}, out, [])
    assert tab.state(ActionState).said["key"]
    assert (await job_of(services, job_id)).stage == "choosing"


@pytest.mark.parametrize(
    ("wish", "field", "value"),
    [
        ({"kinds": True}, "other_kinds", True),
        ({"narrow": {"colour": "red", "stock": True}}, "colour", "red"),
        ({"drawn": [{"x": 0.0, "y": 0.0, "w": 0.5, "h": 0.5}]}, "kind", ""),
    ],
)
async def test_search_again__leads_to_one_new_search(
    services: Services, wish: dict[str, Any], field: str, value: object
) -> None:
    tab = await tab_of(await completed(services))
    for _ in range(2):
        await tab.send(AgainState.search_again, KEY, wish)
    assert await count(services, "search_jobs") == 2
    path = answered(tab)[KEY]
    again = await job_of(services, path.removeprefix("/results/"))
    assert getattr(again.filters, field) == value


async def test_vote__the_last_one_counts(services: Services) -> None:
    job_id = await completed(services)
    tab = await tab_of(job_id)
    item = tab.state(ResultsState).job.pieces[0].id
    await put_product(services, "p0")
    for key, said in ((KEY, "confirmed"), (OTHER, "rejected")):
        await tab.send(VoteState.vote, key, item, "p0", said)
        assert tab.state(ResultsState).votes == {f"{item}/p0": said}
    assert await feedback_of(services, await job_of(services, job_id)) == {
        (item, "p0"): FeedbackKind.REJECTED
    }
    await tab.send(VoteState.opened, item, "p0")
    another = await tab_of(job_id)
    assert another.state(ResultsState).votes == {f"{item}/p0": "rejected"}


@pytest.mark.parametrize(("product", "said"), [("p0", "clicked"), ("nothing", "confirmed")])
async def test_vote__of_something_else_is_refused(
    services: Services, product: str, said: str
) -> None:
    tab = await tab_of(await completed(services))
    item = tab.state(ResultsState).job.pieces[0].id
    await tab.send(VoteState.vote, KEY, item, product, said)
    assert tab.state(ResultsState).votes == {}
    assert tab.state(ActionState).said["ko"]
    found = await feedback_of(services, await job_of(services, tab.state(ResultsState).name))
    assert found == {}


async def test_share__one_link_until_it_is_taken_back(services: Services) -> None:
    job_id = await completed(services)
    tab = await tab_of(job_id)
    links = set()
    for key in (KEY, OTHER):
        await tab.send(LinkState.share, key)
        links.add(tab.state(LinkState).link)
    [link] = links
    friend = Tab(link.removeprefix("http://localhost:3000"))
    await friend.send(ShareState.load)
    assert friend.state(ShareState).phase == "found"
    assert len(friend.state(ShareState).pieces) == 3
    assert job_id not in repr(friend.root.dict())
    await tab.send(LinkState.unshare, KEY)
    assert tab.state(LinkState).link == ""
    await friend.send(ShareState.load)
    assert friend.state(ShareState).phase == "gone"


async def test_show_similar__of_no_product_is_nothing(services: Services) -> None:
    tab = await tab_of(await completed(services))
    await tab.send(SimilarState.show_similar, "no such product")
    assert tab.state(SimilarState).similar == []
    assert not tab.state(SimilarState).looking


async def put_product(services: Services, product_id: str) -> None:
    """A product of the catalogue, as far as a vote asks for one."""
    await sql(
        services,
        "INSERT INTO products (feed, feed_id, title, link, brand, category, kind, colour,"
        " colour_family, image_key, row_digest, model, checked_at, updated_at, in_stock)"
        " VALUES (:name, '', 't', 'l', '', '', 'top', '', '', 'k', '', '', now(), now(), true)",
        name=product_id,
    )
