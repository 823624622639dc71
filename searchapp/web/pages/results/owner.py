"""What only the owner of a search sees of it: votes, ways to search on, and the sheets."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.browser.form import CheckedForm
from searchapp.web.browser.kakao import KAKAO, send_by_kakao
from searchapp.web.browser.links import copy_link, share_link
from searchapp.web.browser.pending import is_pending, noted, pending_argument
from searchapp.web.browser.tab import focus_on
from searchapp.web.components.arranging import ARRANGE, TRIED, arrange_sheet, crossed, narrowed
from searchapp.web.components.cards import Around, bones, card_strip, product_card
from searchapp.web.components.fields import phone_field
from searchapp.web.components.shell import OPEN_SHEET, Button, button, hooks, icon, sheet, sized
from searchapp.web.pages.results.actions import LinkState, OwnerState, SimilarState, VoteState
from searchapp.web.pages.results.choosing import begin_drawing, search_again
from searchapp.web.pages.results.state import JOB, VOTES
from searchapp.web.pages.results.view import CardView, ItemView
from searchapp.web.reflex_compat import var_of
from searchapp.web.routes import PICTURE
from searchapp.web.words import tr

LINK = var_of(LinkState.link)
CLOSE = OPEN_SHEET.set("")


def again_button() -> rx.Component:
    return button(icon("pen-line"), tr("again.open"), act="again", on_click=begin_drawing())


class OwnersView(Around):
    """Votes, ways to search on, and the count of looks at a shop."""

    def card(
        self, item: rx.vars.ObjectVar[ItemView], card: rx.vars.ObjectVar[CardView]
    ) -> rx.Component:
        """With what its owner has said of it."""
        said = VOTES[item.id + "/" + card.id]
        return own_card(item=item.id, card=card, said=said | "", key=card.id)

    def try_again(self) -> rx.Component:
        """Drawing on the photo, once the search has ended."""
        return rx.cond(~JOB.running, again_button())

    def everywhere(self) -> rx.Component:
        """The whole catalogue with the filters of the tab."""
        return everywhere_button()

    def why_none(self) -> rx.Var[str]:
        """The search's own filters may be the reason."""
        hint = tr("results.item_none_hint")
        return rx.cond(JOB.filters.length() > 0, tr("filters.none_hint"), hint).to(str)


@rx.memo
def own_card(
    item: rx.vars.StringVar[str],
    card: rx.vars.ObjectVar[CardView],
    said: rx.Var[str],
    rest: rx.RestProp,
) -> rx.Component:
    """A product with votes, which move products of the catalogue: what others sell is not ours to
    rank.  It is drawn again only when it, its vote or the language changes.
    """
    name = "vote " + item + "/" + card.id
    shown = pending_argument(name, 2) | said
    says = rx.el.div(
        *(_say(opinion, words, name, item, card, shown) for opinion, words in _OPINIONS),
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
    below = rx.cond(card.outside, rx.fragment(), rx.fragment(says, more))
    return product_card(card, rest, below, on_open=VoteState.opened(item, card.id))


_OPINIONS = (("confirmed", "results.this"), ("rejected", "results.not_this"))


def _say(
    opinion: str,
    words: str,
    name: rx.Var[str],
    item: rx.Var[str],
    card: rx.vars.ObjectVar[CardView],
    shown: rx.Var[str],
) -> rx.Component:
    """A vote; what is on its way already shows."""
    vote = VoteState.vote(noted(name, item, card.id, opinion), item, card.id, opinion)
    return Button.create(
        tr(words),
        type="button",
        class_name="say",
        on_click=vote,
        custom_attrs={
            "aria-label": tr(words) + ": " + card.title,
            "aria-pressed": rx.cond(shown == opinion, "true", "false"),
            **hooks(act="vote", said=opinion),
        },
    )


# --- sheets --------------------------------------------------------------------------------------


def sheets() -> rx.Component:
    """All of them; each is closed until its button is pressed."""
    arrange = arrange_sheet(JOB.facets, _search_everywhere())
    return rx.fragment(_qr(), _number(), _share(), _erase(), _similar(), arrange)


def _qr() -> rx.Component:
    return sheet(
        "qr",
        tr("way.qr_title"),
        rx.cond(
            OPEN_SHEET.part(lambda opened: opened == "qr"),
            _code("/qr/results/" + JOB.id, "way.qr_alt"),
        ),
        rx.el.p(tr("way.link_note"), class_name="soft small"),
    )


def _code(address: rx.Var[str], words: str) -> rx.Component:
    return rx.el.img(src=address, alt=tr(words), class_name="qr", custom_attrs=sized(240, 240))


def _number() -> rx.Component:
    save = button(
        icon("message-square"),
        tr("sms.save"),
        kind="primary large",
        type="submit",
        busy=is_pending("notify"),
    )
    return sheet(
        "number",
        tr("sms.add"),
        CheckedForm.create(
            phone_field("dialog", required=True),
            save,
            on_sent=lambda form: [OwnerState.notify(noted("notify", form), form), CLOSE],
        ),
    )


def _erase() -> rx.Component:
    return sheet(
        "erase",
        tr("erase.title"),
        rx.el.p(tr("erase.note")),
        rx.el.div(
            button(
                icon("trash-2"),
                tr("erase.yes"),
                kind="danger",
                busy=is_pending("erase"),
                attrs=hooks(testid="erase-now"),
                on_click=OwnerState.erase(noted("erase")),
            ),
            button(tr("common.cancel"), on_click=CLOSE),
            class_name="actions",
        ),
    )


def _similar() -> rx.Component:
    """More products that look like one of the results."""
    nothing = rx.el.p(tr("similar.none"), class_name="soft")
    found = var_of(SimilarState.similar)
    return sheet(
        "similar",
        tr("similar.title"),
        rx.cond(
            SimilarState.looking,
            bones(),
            rx.cond(found.length() > 0, card_strip(found), nothing),
        ),
    )


# --- sharing -------------------------------------------------------------------------------------


def _share() -> rx.Component:
    """First a button that makes the link, then the ways to send it and the one to end it."""
    make = button(
        icon("link"),
        tr("share.make"),
        kind="primary large",
        act="share-make",
        busy=is_pending("share"),
        on_click=LinkState.share(noted("share")),
    )
    return sheet(
        "share",
        tr("share.title"),
        rx.el.p(tr("share.note"), class_name="soft"),
        rx.cond(LINK == "", make, _shared(LINK)),
    )


def _shared(link: rx.vars.StringVar) -> rx.Component:
    stop = button(
        icon("link-2-off"),
        tr("share.stop"),
        kind="quiet",
        act="share-stop",
        busy=is_pending("unshare"),
        on_click=[LinkState.unshare(noted("unshare")), CLOSE],
    )
    failed = rx.el.p(tr("share.kakao_failed"), class_name="wrong")
    return rx.el.div(
        rx.el.p(link, class_name="url"),
        rx.el.div(
            *link_ways(link, "share.send", kind="primary"), _kakao(link), stop, class_name="actions"
        ),
        rx.el.div(rx.cond(KAKAO.value == "failed", failed), custom_attrs={"role": "alert"}),
        _code("/qr/s/" + link.split("/")[-1], "share.qr_alt"),
    )


def link_ways(link: Any, send_words: str, kind: str = "plain") -> tuple[rx.Component, ...]:
    """Buttons that send a link and copy it: the page's own where ``link`` is empty."""
    said, failed = tr("way.copied"), tr("way.copy_failed")
    send = button(
        icon("share-2"),
        tr(send_words),
        kind=kind,
        act="share",
        on_click=share_link(link, said, failed, tr("app.name")),
    )
    copy = button(
        icon("copy"),
        tr("way.copy"),
        act="copy",
        attrs=hooks(link=link),
        on_click=copy_link(link, said, failed),
    )
    return send, copy


def _kakao(link: rx.vars.StringVar) -> rx.Component:
    """KakaoTalk's own sheet, where the server has a key."""
    words = (tr("share.page_title"), tr("app.description"), tr("share.kakao_open"))
    return button(
        icon("send"),
        tr("share.kakao"),
        kind="plain where-kakao",
        act="kakao",
        busy=KAKAO.value == "busy",
        on_click=send_by_kakao(link, link.split("/s/")[0] + PICTURE, *words),
    )


# --- the whole catalogue -------------------------------------------------------------------------


def _search_everywhere() -> rx.Component:
    """The end of the sheet: a new search of the same photo with its filters."""
    return rx.cond(
        JOB.again,
        rx.el.div(
            everywhere_button(disabled=narrowed() == 0),
            rx.el.p(tr("filters.note"), class_name="soft small"),
            class_name="everywhere",
        ),
    )


def everywhere_button(**props: Any) -> rx.Component:
    """Starts that search, or says in the sheet that the prices are crossed."""
    added = ARRANGE.value.merge(rx.Var.create({"currency": JOB.facets.currency}))
    wrong = [TRIED.set(value=True), OPEN_SHEET.set("arrange"), focus_on("#arrange-low")]

    def named(on_click: Any) -> rx.Component:
        return button(
            icon("search"),
            tr("filters.everywhere"),
            busy=is_pending("again"),
            on_click=on_click,
            **props,
        )

    return rx.cond(crossed(), named(wrong), named(search_again({"narrow": added})))
