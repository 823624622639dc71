"""Pieces of clothing, the products found for them, and how a tab arranges these."""

from __future__ import annotations

from typing import Annotated, Any

import reflex as rx
from reflex.event import no_args_event_spec

from searchapp.web.browser.client_var import ClientVar, deferred
from searchapp.web.browser.intl import money
from searchapp.web.browser.links import choose
from searchapp.web.browser.tab import turn
from searchapp.web.components.arranging import ARRANGE, SORT, piece, reset_button
from searchapp.web.components.shell import (
    button,
    hooks,
    icon,
    sized,
)
from searchapp.web.pages.results.view import CardView, FacetsView, ItemView
from searchapp.web.words import LANG, label_name, tr

DRAWN = ClientVar("cards", 6, "page")
"""How many products of a strip are drawn: all when a user turns to them, or after a while."""

ALL = 24
LIT = ClientVar("lit", "", "page")
"""The piece whose results are looked at."""


class Touched(rx.el.Section):
    """A section that also tells of a finger on it, as when it is scrolled."""

    on_touch_start: Annotated[rx.EventHandler, no_args_event_spec]


class Later(rx.el.Span):
    """An element whose animation is a clock."""

    on_animation_end: Annotated[rx.EventHandler, no_args_event_spec]


def _dom_event(event: rx.Var[Any]) -> tuple[rx.Var[Any]]:
    """The browser's event itself, which a handler in the browser may prevent."""
    return (event,)


class ShopLink(rx.el.A):
    """A link that also reports a press of the middle button."""

    on_click: Annotated[rx.EventHandler, _dom_event]
    on_aux_click: Annotated[rx.EventHandler, _dom_event]


# --- one piece -----------------------------------------------------------------------------------


class Around:
    """What stands around the products of a search that its owner looks at; nothing by default."""

    def card(
        self, _item: rx.vars.ObjectVar[ItemView], card: rx.vars.ObjectVar[CardView]
    ) -> rx.Component:
        """One product of a piece."""
        return plain_card(card=card, key=card.id)

    def try_again(self) -> rx.Component:
        """What to do where nothing was found."""
        return rx.fragment()

    def everywhere(self) -> rx.Component:
        """What to do where the filters of the tab leave nothing."""
        return rx.fragment()

    def why_none(self) -> rx.Var[str]:
        """What to try where nothing was found."""
        return tr("results.item_none_hint")


def item_sections(
    pieces: rx.vars.ArrayVar[list[ItemView]],
    facets: rx.vars.ObjectVar[FacetsView],
    around: Around | None = None,
) -> rx.Component:
    """The pieces of a search, one below the other."""
    chosen = around or Around()
    sections = rx.foreach(pieces, lambda item: _item_section(item, facets, chosen))
    return deferred(sections, of=[LANG, SORT, ARRANGE])


def _item_section(
    item: rx.vars.ObjectVar[ItemView], facets: rx.vars.ObjectVar[FacetsView], around: Around
) -> rx.Component:
    """One piece: its name, what we believe, and a strip of products or their skeletons."""
    light = LIT.set(item.id)
    return Touched.create(
        rx.el.div(
            rx.el.h2(label_name(item.label), id="title-" + item.id),
            rx.el.p(_belief(item), class_name="belief", custom_attrs=hooks(state=item.state)),
            class_name="item-head",
        ),
        _instead(item, around),
        rx.cond(item.results.length() > 0, _strip(item, facets, around)),
        on_touch_start=light,
        on_mouse_over=light,
        on_focus=light,
        id="item-" + item.id,
        class_name="item",
        custom_attrs={
            "aria-labelledby": "title-" + item.id,
            **hooks(testid="item", item=item.id, state=item.state),
        },
    )


def _instead(item: rx.vars.ObjectVar[ItemView], around: Around) -> rx.Component:
    """What stands in the place of products that are not there."""
    return rx.match(
        item.state,
        ("none", rx.cond(item.results.length() == 0, _nothing(around.why_none(), around))),
        ("failed", _nothing(tr("results.item_failed_hint"), around)),
        ("looking", bones()),
        ("suggested", bones()),
        rx.fragment(),
    )


def _belief(item: rx.vars.ObjectVar[ItemView]) -> rx.Var[str]:
    told = ("same", "similar", "none", "failed")
    looking = tr("results.item_looking")
    shown: rx.Var[str] = rx.match(
        item.state, *((state, tr(f"results.item_{state}")) for state in told), looking
    ).to(str)
    return shown


def _nothing(words: Any, around: Around) -> rx.Component:
    """What to try; the owner can do so at once."""
    return rx.el.div(
        icon("search-x"),
        rx.el.p(words, class_name="soft"),
        around.try_again(),
        class_name="nothing",
    )


def bones() -> rx.Component:
    """A strip of products that are not there yet, as tall as one of products."""
    bone = rx.el.li(
        rx.el.div(class_name="bone picture"),
        rx.el.div(class_name="bone line"),
        rx.el.div(class_name="bone line short"),
        class_name="card",
    )
    return rx.el.ul(*[bone] * 4, class_name="strip cards", custom_attrs={"aria-hidden": "true"})


def _strip(
    item: rx.vars.ObjectVar[ItemView], facets: rx.vars.ObjectVar[FacetsView], around: Around
) -> rx.Component:
    order = item.orders[SORT.value].to(list[int])

    def at(place: rx.vars.NumberVar[int]) -> rx.vars.ObjectVar[CardView]:
        return item.results[place]

    passing = order.filter(lambda place: _passes(at(place), facets))
    shown = passing[: DRAWN.value]
    draw_all = DRAWN.set(ALL)
    strip = "strip-" + item.id

    return rx.el.div(
        Later.create(class_name="later", on_animation_end=draw_all),
        rx.el.ul(
            rx.cond(item.state == "none", _near(around)),
            rx.foreach(shown, lambda place: around.card(item, at(place))),
            id=strip,
            class_name="strip cards",
            on_scroll=draw_all,
        ),
        _turner(strip, -1, "arrow-left", "results.before"),
        _turner(strip, 1, "arrow-right", "results.more"),
        rx.cond(passing.length() == 0, _filtered(around)),
        on_mouse_enter=draw_all,
        on_focus=draw_all,
        class_name="strip-hold",
    )


def _passes(
    card: rx.vars.ObjectVar[CardView], facets: rx.vars.ObjectVar[FacetsView]
) -> rx.Var[bool]:
    """Whether a product passes the filters of the tab; prices count in one currency."""
    low, high, brand = piece("low"), piece("high"), piece("brand").to(str)
    priced = (card.currency == facets.currency) & (card.price.to(str) != rx.Var("null").to(str))
    price = card.price.to(float)
    return (
        ((piece("kind") == "") | (card.kind == piece("kind")))
        & ((piece("colour") == "") | (card.colour == piece("colour")))
        & ((brand == "") | (card.brand.lower() == brand.lower().strip()))
        & ((low == "") | (priced & (price >= low.to(float))))
        & ((high == "") | (priced & (price <= high.to(float))))
        & (~piece("stock").to(bool) | ~card.sold_out)
    )


def _near(around: Around) -> rx.Component:
    """The first card of a strip that holds no good match: what these are, and what to try."""
    return rx.el.li(
        rx.el.p(tr("results.near"), class_name="strong"),
        rx.el.p(tr("results.item_none_hint"), class_name="soft"),
        around.try_again(),
        class_name="card near",
    )


def _filtered(around: Around) -> rx.Component:
    """No result passes the filters of the tab; the owner may ask the whole catalogue."""
    return rx.el.div(
        rx.el.p(tr("results.filtered"), class_name="soft"),
        around.everywhere(),
        reset_button(),
        class_name="nothing",
    )


def _turner(strip: rx.Var[str], by: int, picture: str, words: str) -> rx.Component:
    """For a mouse without a sideways wheel; fingers and keys move the strip by themselves."""
    return button(
        icon(picture),
        kind="round turner",
        attrs={"aria-label": tr(words), **hooks(by=str(by))},
        on_click=turn(strip, by),
    )


# --- one product ---------------------------------------------------------------------------------


def product_card(
    card: rx.vars.ObjectVar[CardView], rest: rx.RestProp, *below: rx.Component, on_open: Any = None
) -> rx.Component:
    """One product, a link to its shop if it has one, and what stands below the link.

    :param on_open: the event of opening its shop.
    """
    chosen = choose({"productId": card.id, "link": card.link, "title": card.title})
    events = [chosen] if on_open is None else [chosen, on_open]
    return rx.el.li(
        rest,
        rx.cond(
            card.link != "",
            ShopLink.create(
                *_face(card),
                href=card.link,
                target="_blank",
                rel="noopener noreferrer nofollow",
                class_name="face",
                custom_attrs={"referrerPolicy": "no-referrer"},
                on_click=events,
                on_aux_click=events,
            ),
            rx.el.div(*_face(card), class_name="face"),
        ),
        *below,
        class_name="card",
        custom_attrs=hooks(testid="product-card", product=card.id)
        | {"data-outside": rx.cond(card.outside, "", rx.Var("undefined"))},
    )


@rx.memo
def plain_card(card: rx.vars.ObjectVar[CardView], rest: rx.RestProp) -> rx.Component:
    """A product with nothing below it; drawn again only when it or the language changes."""
    return product_card(card, rest)


def _face(card: rx.vars.ObjectVar[CardView]) -> tuple[rx.Component, ...]:
    return (
        rx.el.div(
            rx.el.img(
                src=card.image,
                alt="",
                loading="lazy",
                decoding="async",
                custom_attrs=sized(300, 375),
            ),
            rx.cond(card.same, rx.el.span(icon("check"), tr("results.same"), class_name="badge")),
            rx.cond(card.sold_out, rx.el.span(tr("results.sold_out"), class_name="badge sold-out")),
            class_name="picture",
        ),
        rx.el.p(rx.cond(card.brand != "", card.brand, card.shop), class_name="brand-name"),
        rx.el.p(card.title, class_name="title"),
        _price(card),
        rx.el.p(
            rx.cond((card.brand != "") | (card.link == ""), card.shop, tr("results.at_shop")),
            class_name="shop",
        ),
    )


def _price(card: rx.vars.ObjectVar[CardView]) -> rx.Component:
    """The price, up to which one variants go, and the one before a running sale."""
    price, most, before = (
        money(LANG.value, amount, card.currency)
        for amount in (card.price, card.price_to, card.original_price)
    )
    was = rx.el.s(rx.el.span(tr("results.was"), " ", class_name="unseen"), before)
    return rx.el.p(
        rx.cond(card.price.is_not_none(), price, tr("results.no_price")),
        rx.cond(card.price_to.is_not_none(), rx.fragment(" ~ ", most)),
        rx.cond(card.original_price.is_not_none(), rx.fragment(" ", was)),
        class_name="price",
    )


def card_strip(cards: rx.vars.ArrayVar[list[CardView]]) -> rx.Component:
    """Products in one strip, with nothing around them."""
    return rx.el.ul(
        rx.foreach(cards, lambda card: plain_card(card=card, key=card.id)),
        class_name="strip cards",
    )
