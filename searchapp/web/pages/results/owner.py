"""What only the owner of a search sees of its results."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.browser.pending import PENDING, noted
from searchapp.web.components.cards import (
    Around,
)
from searchapp.web.components.shell import (
    OPEN_SHEET,
    Button,
    button,
    hooks,
    icon,
)
from searchapp.web.pages.results.actions import SimilarState, VoteState
from searchapp.web.pages.results.choosing import (
    begin_drawing,
)
from searchapp.web.pages.results.progress import JOB
from searchapp.web.pages.results.sheets import everywhere_button
from searchapp.web.pages.results.state import ResultsState
from searchapp.web.pages.results.view import CardView, ItemView
from searchapp.web.words import tr


def again_button() -> rx.Component:
    return button(icon("pen-line"), tr("again.open"), act="again", on_click=begin_drawing())


class OwnersView(Around):
    """Votes, ways to search on, and the count of looks at a shop."""

    def below(self, item: rx.Var[ItemView], card: rx.Var[CardView]) -> rx.Component:
        """Votes move products of the catalogue: what others sell is not ours to rank."""
        says = rx.el.div(
            _say("confirmed", "results.this", item, card),
            _say("rejected", "results.not_this", item, card),
            class_name="says",
        )
        more = Button.create(
            tr("similar.open"),
            type="button",
            class_name="say",
            on_click=[OPEN_SHEET.set("similar"), SimilarState.show_similar(card.id)],
            custom_attrs={
                "aria-label": tr("similar.open") + ": " + card.title,
                **hooks(act="similar"),
            },
        )
        return rx.cond(card.outside, rx.fragment(), rx.fragment(says, more))

    def on_open(self, item: rx.Var[ItemView], card: rx.Var[CardView]) -> Any:
        """Counts a look at the shop."""
        return VoteState.opened(item.id, card.id)

    def try_again(self) -> rx.Component:
        """Drawing on the photo, once the search has ended."""
        return rx.cond(~JOB.running, again_button())

    def everywhere(self) -> rx.Component:
        """The whole catalogue with the filters of the tab."""
        return everywhere_button()

    def why_none(self) -> rx.Var[str]:
        """The search's own filters may be the reason."""
        hint = tr("results.item_none_hint")
        why: rx.Var[str] = rx.cond(JOB.filters.length() > 0, tr("filters.none_hint"), hint).to(str)
        return why


def _say(opinion: str, words: str, item: rx.Var[ItemView], card: rx.Var[CardView]) -> rx.Component:
    """A vote; what is on its way already shows."""
    result = item.id + "/" + card.id
    name = "vote " + result
    pending = PENDING.value.to(dict[str, dict[str, list[str]]])
    said = rx.cond(pending.contains(name), pending[name]["args"][2], ResultsState.votes[result])
    vote = VoteState.vote(noted(name, item.id, card.id, opinion), item.id, card.id, opinion)
    return Button.create(
        tr(words),
        type="button",
        class_name="say",
        on_click=vote,
        custom_attrs={
            "aria-label": tr(words) + ": " + card.title,
            "aria-pressed": rx.cond(said == opinion, "true", "false"),
            **hooks(act="vote", said=opinion),
        },
    )
