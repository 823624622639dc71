"""What its owner does to a search: each action is one handler that calls ``jobs`` itself.

Handlers trust nothing that they are given: the search is the one of the page's address, and
everything else is checked as a request to the API would be.  An event may come twice, or late, or
never: the ``key`` under which the page has noted an action makes a second one count as the first,
and ``answered`` tells the page that it need not ask again.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from searchapp.catalogue.matching.candidates import similar_products
from searchapp.db.transact import transact
from searchapp.domain.hosts import Client
from searchapp.domain.ids import is_id, new_id
from searchapp.domain.product import FeedbackKind
from searchapp.domain.search import SearchJob, WantedItem
from searchapp.errors import (
    AppError,
    BadFeedback,
    NotFound,
)
from searchapp.i18n import TEXTS
from searchapp.jobs import access, actions
from searchapp.jobs.actions import record_feedback
from searchapp.jobs.submit import RepeatedSearch, search_again
from searchapp.web import app_context
from searchapp.web.pages.results.requests import (
    DrawnBox,
    Form,
    boxes_of,
    of_catalogue,
    phone_of,
    wanted_filters,
    wanted_items,
)
from searchapp.web.pages.results.state import ResultsState, job_id_of
from searchapp.web.pages.results.view import CardView, card_view
from searchapp.web.reflex_compat import event
from searchapp.web.reflex_compat.frames import takes

_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")

MOST_PENDING = 20
"""How many noted actions one page may resume."""

Work = Callable[[str, Client], Awaitable[str | None]]
"""Does an action to a search for a client; returns where it leads to, if anywhere."""


class ActionState(ResultsState):
    """What all actions have in common."""

    answered: dict[str, str] = {}  # noqa: RUF012 - Reflex gives each tab a copy.
    """By the key of an action: where it has led to, or nothing."""

    said: dict[str, str] = {"ko": "", "en": "", "key": ""}  # noqa: RUF012
    """The last sentence for the person, in both languages; another ``key`` is another sentence."""

    @event
    def resume(self, pending: dict[str, dict[str, Any]]) -> Any:
        """Does what the page has noted and heard no answer to."""
        known = {
            "cancel": OwnerState.cancel,
            "erase": OwnerState.erase,
            "notify": OwnerState.notify,
            "choose": ChoosingState.choose,
            "share": LinkState.share,
            "unshare": LinkState.unshare,
            "vote": VoteState.vote,
            "again": AgainState.search_again,
        }
        events = []
        for name, action in list(pending.items())[:MOST_PENDING]:
            handler = known.get(name.partition(" ")[0])
            arguments = [action.get("key"), *(action.get("args") or ())]
            here = job_id_of(str(action.get("path"))) == self._address()
            if here and handler is not None and takes(handler.fn, arguments):
                events.append(handler(*arguments))
        return events

    async def _act(self, key: str, work: Work) -> bool:
        """Runs an action of the search in the address, and answers it; whether it worked."""
        if not _KEY.fullmatch(key) or not is_id(name := self._address()):
            return False
        context = app_context.current()
        client = context.client(self)
        path = ""
        try:
            await context.admit_action(client)
            path = await work(name, client) or ""
        except NotFound as error:
            self._show_gone(error)
        except AppError as error:
            self._say(error.ko, error.en)
            return False
        finally:
            self.answered = {**self.answered, key: path}
        return True

    def _say(self, korean: str, english: str) -> None:
        self.said = {"ko": korean, "en": english, "key": new_id()}

    def _say_text(self, key: str) -> None:
        self._say(TEXTS["ko"][key], TEXTS["en"][key])

    async def _shown(self, name: str) -> SearchJob:
        return await app_context.current().cache.get(name)


class OwnerState(ActionState):
    """Stopping and erasing a search, and its message."""

    @event
    async def cancel(self, key: str) -> None:
        """Ends the search; one that ended already stays as it is."""

        async def work(name: str, _client: Client) -> None:
            self._show(await actions.cancel(app_context.services(), name))

        await self._act(key, work)

    @event
    async def erase(self, key: str) -> None:
        """Removes everything of the search."""

        async def work(name: str, _client: Client) -> None:
            await actions.erase(app_context.services(), name)
            await self._look()

        await self._act(key, work)

    @event
    async def notify(self, key: str, form: Form) -> None:
        """Sends the link to a number, or again; before the message it changes its number."""

        async def work(name: str, client: Client) -> None:
            asked = actions.NotifyRequest(
                client=client,
                phone=phone_of(form),
                consented=form.get("smsConsent") == "true",
                idempotency_key=key,
            )
            job = await actions.notify(app_context.services(), name, asked)
            await self._look()
            if not job.sms_expected and f"reason.{job.sms_reason}" in TEXTS["ko"]:
                self._say_text(f"reason.{job.sms_reason}")

        await self._act(key, work)


class ChoosingState(ActionState):
    """Choosing what to look for."""

    @event
    async def choose(
        self, key: str, form: Form, left_out: list[str], drawn: list[DrawnBox]
    ) -> None:
        """Starts a search that waits for its owner's choice."""

        async def work(name: str, client: Client) -> None:
            shown = await self._shown(name)
            kept = [item.id for item in shown.items if item.id not in left_out]
            wanted = [*(WantedItem(id=item_id) for item_id in kept), *boxes_of(drawn, shown)]
            phone = phone_of(form)
            choice = actions.Choice(
                wanted=wanted,
                client=client,
                phone=phone,
                consented=phone is not None and form.get("smsConsent") == "true",
                lang="en" if form.get("lang") == "en" else "ko",
                outside_consent=form.get("outsideConsent") == "true",
            )
            self._show(await actions.choose(app_context.services(), name, choice))

        await self._act(key, work)


class AgainState(ActionState):
    """Searching the same photo again: in other places, or with other filters."""

    @event
    async def search_again(self, key: str, wish: dict[str, Any]) -> None:
        """Starts a new search and leads to it.

        ``wish`` may hold ``drawn`` (boxes instead of the pieces), ``outside`` (the consent),
        ``narrow`` (filters that are added), ``drop`` (the name of one that goes) and ``kinds``
        (other kinds of garments, too).
        """

        async def work(name: str, client: Client) -> str:
            shown = await self._shown(name)
            filters = wanted_filters(shown.filters, wish)
            context = app_context.current()
            await context.admit_search(client)
            async with context.storing:
                request = RepeatedSearch(
                    wanted=wanted_items(shown, wish.get("drawn")),
                    client=client,
                    idempotency_key=key,
                    filters=filters,
                    outside_consent=wish.get("outside") is True,
                )
                job = await search_again(context.services, name, request)
            return f"/results/{job.id}"

        await self._act(key, work)


class VoteState(ActionState):
    """What the owner says of the results."""

    @event
    async def vote(self, key: str, item: str, product: str, said: str) -> None:
        """Keeps one vote of a result; a second one takes its place."""

        async def work(name: str, _client: Client) -> None:
            if said not in ("confirmed", "rejected"):
                raise BadFeedback(said[:20])
            if not of_catalogue(await self._shown(name), item, product):
                raise BadFeedback("of another shop")
            await record_feedback(
                app_context.services(),
                name,
                item_id=item,
                product_id=product,
                said=FeedbackKind(said),
            )
            self.votes = {**self.votes, f"{item}/{product}": said}

        await self._act(key, work)

    @event
    async def opened(self, item: str, product: str) -> None:
        """Counts a visit to the shop; a lost count is accepted."""
        context = app_context.current()
        if not is_id(name := self._address()):
            return
        try:
            await context.admit_action(context.client(self))
            if not of_catalogue(await self._shown(name), item, product):
                return
            await record_feedback(
                context.services, name, item_id=item, product_id=product, said=FeedbackKind.CLICKED
            )
        except AppError:
            return


class LinkState(ActionState):
    """The read-only link of the results."""

    link: str = ""
    """Its whole address; empty while none was made in this tab."""

    @event
    async def share(self, key: str) -> None:
        """Makes the link: the same one each time, until it is taken back."""

        async def work(name: str, _client: Client) -> None:
            context = app_context.current()
            self.link = f"{context.base_url(self)}/s/{await access.share(context.services, name)}"

        await self._act(key, work)

    @event
    async def unshare(self, key: str) -> None:
        """Takes the link back."""

        async def work(name: str, _client: Client) -> None:
            await access.unshare(app_context.services(), name)
            self.link = ""
            self._say_text("share.stopped")

        await self._act(key, work)


class SimilarState(ActionState):
    """More products that look like one of the results."""

    similar: list[CardView] = []  # noqa: RUF012 - Reflex gives each tab a copy.
    looking: bool = False

    @event
    async def show_similar(self, product: str) -> Any:
        """Looks for products of the catalogue like one of it."""
        self.similar, self.looking = [], True
        yield
        context = app_context.current()
        try:
            await context.admit_reading(context.client(self))
            found = await transact(
                context.services.engine, lambda session: similar_products(session, product[:400])
            )
        except AppError as error:
            self._say(error.ko, error.en)
            found = None
        self.similar = [card_view(result, None, rank) for rank, result in enumerate(found or ())]
        self.looking = False
