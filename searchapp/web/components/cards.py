"""Pieces of clothing and the products found for them."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.arranging import reset_button
from searchapp.web.components.bits import button, hooks, icon, sized
from searchapp.web.components.narrowing import everywhere_button
from searchapp.web.components.vars import ARRANGE, SAID, SHOWN, WORDS, call, label_name, tr, tr_by
from searchapp.web.states.results import ResultsState
from searchapp.web.states.views import CardView, ItemView


def item_section(
    item: rx.Var[ItemView],
    *,
    currency: rx.Var[str],
    owner: rx.Var[str] | None = None,
    ended: rx.Var[bool] | None = None,
    narrowed: rx.Var[bool] | None = None,
) -> rx.Component:
    """One piece: its name, what we believe, and a strip of products or their skeletons.

    :param currency: in which prices are compared.
    :param owner: the id of the search, on its owner's page: there one may say what one thinks.
    :param ended: whether the search has ended, on the same page: then it may be searched again.
    :param narrowed: whether the search has filters, on the same page.
    """
    return rx.el.section(
        rx.el.div(
            rx.el.h2(label_name(item.label), id="title-" + item.id),
            rx.el.p(
                tr_by("results", _belief(item)),
                class_name="belief",
                custom_attrs=hooks(state=item.state),
            ),
            class_name="item-head",
        ),
        rx.match(
            item.state,
            ("none", rx.cond(item.results.length() == 0, _nothing(_why_none(narrowed), ended))),
            ("failed", _nothing(tr("results.item_failed_hint"), ended)),
            ("looking", bones()),
            ("suggested", bones()),
            rx.fragment(),
        ),
        rx.cond(item.results.length() > 0, _strip(item, currency, owner, ended)),
        id="item-" + item.id,
        class_name="item",
        custom_attrs={
            "aria-labelledby": "title-" + item.id,
            **hooks(testid="item", item=item.id, state=item.state),
        },
    )


def _belief(item: rx.Var[ItemView]) -> rx.Var:
    return rx.match(
        item.state,
        ("same", "item_same"),
        ("similar", "item_similar"),
        ("none", "item_none"),
        ("failed", "item_failed"),
        "item_looking",
    )


def _why_none(narrowed: rx.Var[bool] | None) -> rx.Var:
    hint = tr("results.item_none_hint")
    return hint if narrowed is None else rx.cond(narrowed, tr("filters.none_hint"), hint)


def _nothing(words: rx.Var, ended: rx.Var[bool] | None) -> rx.Component:
    """What to try; the owner can do so at once."""
    return rx.el.div(
        icon("search-x"),
        rx.el.p(words, class_name="soft"),
        *_draw_again(ended),
        class_name="nothing",
    )


def _draw_again(ended: rx.Var[bool] | None) -> tuple[rx.Component, ...]:
    if ended is None:
        return ()
    return (rx.cond(ended, button(icon("pen-line"), tr("again.open"), act="again")),)


def _near(ended: rx.Var[bool] | None) -> rx.Component:
    """The first card of a strip that holds no good match: what these are, and what to try."""
    return rx.el.li(
        rx.el.p(tr("results.near"), class_name="strong"),
        rx.el.p(tr("results.item_none_hint"), class_name="soft"),
        *_draw_again(ended),
        class_name="card near",
    )


def _filtered(owner: rx.Var[str] | None) -> rx.Component:
    """No result passes the filters of the tab; its owner may ask the whole catalogue."""
    everywhere = () if owner is None else (everywhere_button(),)
    return rx.el.div(
        rx.el.p(tr("results.filtered"), class_name="soft"),
        *everywhere,
        reset_button(),
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
    return rx.el.ul(
        bone, bone, bone, bone, class_name="strip cards", custom_attrs={"aria-hidden": "true"}
    )


def _strip(
    item: rx.Var[ItemView],
    currency: rx.Var[str],
    owner: rx.Var[str] | None,
    ended: rx.Var[bool] | None,
) -> rx.Component:
    shown = call("arranged", item.results, ARRANGE, currency, SHOWN, returns=list[CardView])

    def card(product: rx.Var[CardView]) -> rx.Component:
        if owner is None:
            return product_card(product)
        # Votes move products of the catalogue: what others sell is not ours to rank.
        opinion = rx.cond(product.outside, rx.fragment(), _opinion(owner, item, product))
        return product_card(product, opinion)

    return rx.el.div(
        rx.el.ul(
            rx.cond(item.state == "none", _near(ended)),
            rx.foreach(shown, card),
            class_name="strip cards",
        ),
        _turner("-1", "arrow-left", "results.before"),
        _turner("1", "arrow-right", "results.more"),
        rx.cond(shown.length() == 0, _filtered(owner)),
        class_name="strip-hold",
    )


def _turner(by: str, picture: str, words: str) -> rx.Component:
    """For a mouse without a sideways wheel; fingers and keys move the strip by themselves."""
    return button(
        icon(picture),
        kind="round turner",
        act="turn",
        attrs={"aria-label": tr(words), **hooks(by=by)},
    )


def _opinion(owner: rx.Var[str], item: rx.Var[ItemView], card: rx.Var[CardView]) -> rx.Component:
    said = call("saidOf", SAID, ResultsState.votes, owner, item.id, card.id)
    return rx.el.div(
        _say("confirmed", "results.this", said, card),
        _say("rejected", "results.not_this", said, card),
        class_name="says",
    )


def _say(opinion: str, words: str, said: rx.Var, card: rx.Var[CardView]) -> rx.Component:
    return rx.el.button(
        tr(words),
        type="button",
        class_name="say",
        custom_attrs={
            "aria-label": tr(words).to(str) + ": " + card.title,
            "aria-pressed": rx.cond(said == opinion, "true", "false"),
            **hooks(act="vote", said=opinion, failed=tr("error.action")),
        },
    )


def product_card(card: rx.Var[CardView], *below: rx.Component) -> rx.Component:
    """One product, a link to its shop if it has one, and what stands below the link."""
    return rx.el.li(
        rx.cond(
            card.link != "",
            rx.el.a(
                *_face(card),
                href=card.link,
                target="_blank",
                rel="noopener noreferrer nofollow",
                class_name="face",
                custom_attrs={"referrerPolicy": "no-referrer"},
            ),
            rx.el.div(*_face(card), class_name="face"),
        ),
        *below,
        class_name="card",
        custom_attrs=hooks(testid="product-card", product=card.id)
        | {"data-outside": rx.cond(card.outside, "", None)},
    )


def _face(card: rx.Var[CardView]) -> tuple[rx.Component, ...]:
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
        rx.el.p(call("money", WORDS, card.price, card.currency), class_name="price"),
        rx.el.p(
            rx.cond((card.brand != "") | (card.link == ""), card.shop, tr("results.at_shop")),
            class_name="shop",
        ),
    )
