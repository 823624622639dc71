"""How a tab narrows results down and sorts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx

from searchapp.catalogue.feeds.validation import BRAND_LIMIT
from searchapp.domain.taxonomy import COLOUR_FAMILIES, LABELS
from searchapp.web.browser.client_var import ClientVar
from searchapp.web.browser.intl import money
from searchapp.web.components.shell import (
    OPEN_SHEET,
    Button,
    button,
    hooks,
    icon,
    open_button,
    sheet,
)
from searchapp.web.pages.results.view import FacetsView
from searchapp.web.words import LANG, label_name, tr, tr_by

NO_FILTERS = {"kind": "", "low": "", "high": "", "brand": "", "colour": "", "stock": False}


ARRANGE = ClientVar("arrange", NO_FILTERS, "page")
"""The filters of the tab: a brand or a price of one search says nothing of another's results."""


SORT = ClientVar("sort", "match")
"""The order of the results."""


TRIED = ClientVar("tried", default=False, kept="page")
"""Whether filters were sent: what is wrong with them is not said while they are typed."""


WRONG = "filters-wrong"

_KINDS = [slug for slug in LABELS if slug != "whole"]


_ORDERS = (("match", "by_match"), ("price", "by_price"), ("price_down", "by_price_down"))


def piece(name: str) -> rx.Var[Any]:
    """One part of how results are arranged."""
    return ARRANGE.value[name]


def crossed() -> rx.Var[bool]:
    """Whether the lowest price is above the highest one."""
    low, high = piece("low"), piece("high")
    return (low != "") & (high != "") & (low.to(float) * 1 > high.to(float) * 1)


def narrowed() -> rx.vars.NumberVar[int]:
    """How many filters are on; both ends of a price are one."""
    ons = [
        piece("kind") != "",
        (piece("low") != "") | (piece("high") != ""),
        piece("brand") != "",
        piece("colour") != "",
        piece("stock").to(bool),
    ]
    return sum(rx.cond(on, 1, 0).to(int) for on in ons)


def arrange_button() -> rx.Component:
    """Opens the sheet; says how many filters are on, which explains missing products."""
    count = narrowed()
    told = rx.el.span(
        rx.el.span(count, custom_attrs={"aria-hidden": "true"}),
        rx.el.span(tr("results.filters_on", n=count), class_name="unseen"),
        class_name="count",
    )
    return open_button(
        "arrange", icon("sliders-horizontal"), tr("results.sort"), rx.cond(count > 0, told)
    )


def reset_button() -> rx.Component:
    """Takes every filter of the tab away, and sorts by match again."""
    return button(
        tr("results.reset"),
        kind="quiet",
        act="arrange-reset",
        on_click=[ARRANGE.set(NO_FILTERS), SORT.set("match")],
    )


def arrange_sheet(
    facets: rx.vars.ObjectVar[FacetsView], everywhere: rx.Component | None = None
) -> rx.Component:
    """The orders, and the filters.

    :param everywhere: what searches the whole catalogue with these filters, where one may: then
        every category and colour is offered, else those of the results.
    """
    own = everywhere is not None
    return sheet(
        "arrange",
        tr("results.sort"),
        _group("results.sort_by", *(_order(v, tr(f"results.{w}")) for v, w in _ORDERS)),
        _group(
            "results.category",
            _option("kind", "", tr("results.any_category")),
            _offered(_KINDS if own else facets.kinds, _kind),
        ),
        _prices(facets),
        _group(
            "results.colour",
            _option("colour", "", tr("results.any_colour")),
            _offered(COLOUR_FAMILIES if own else facets.colours, _colour),
        ),
        _brands(facets, own=own),
        _group("results.stock", _stock()),
        _ways_out(),
        *((everywhere,) if everywhere is not None else ()),
    )


def _ways_out() -> rx.Component:
    show = button(tr("results.show"), kind="primary", on_click=OPEN_SHEET.set(""))
    return rx.el.div(show, reset_button(), class_name="actions")


def _offered(slugs: Any, option: Callable[[rx.Var[str]], rx.Component]) -> rx.Component:
    return rx.foreach(rx.Var.create(slugs).to(list[str]), option)


def _kind(slug: rx.Var[str]) -> rx.Component:
    return _option("kind", slug, label_name(slug))


def _colour(slug: rx.Var[str]) -> rx.Component:
    swatch = rx.el.span(class_name="swatch", custom_attrs={"aria-hidden": "true"} | hooks(c=slug))
    return _option("colour", slug, rx.fragment(swatch, tr_by("colour", slug)))


def _prices(facets: rx.vars.ObjectVar[FacetsView]) -> rx.Component:
    """Both ends as fields, and quick upper ends; the words say in which currency."""
    price = {"type": "number", "min": "0", "input_mode": "decimal"}
    wrong = TRIED.value & crossed()
    attrs = {"aria-describedby": WRONG, "aria-invalid": rx.cond(wrong, "true", "false")}
    return rx.el.fieldset(
        rx.el.legend(tr("results.price", currency=facets.currency)),
        rx.el.div(
            _field("low", tr("results.min_price"), attrs, **price),
            _field("high", tr("results.max_price"), attrs, **price),
            class_name="ends",
        ),
        rx.el.div(
            rx.cond(wrong, rx.el.p(tr("filters.crossed"), class_name="wrong")),
            id=WRONG,
            custom_attrs={"role": "alert"},
        ),
        rx.cond(facets.steps.length() > 0, _quick_ends(facets)),
        rx.cond(
            facets.mixed,
            rx.el.p(
                tr("results.other_currencies", currency=facets.currency), class_name="soft small"
            ),
        ),
        class_name="group",
    )


def _quick_ends(facets: rx.vars.ObjectVar[FacetsView]) -> rx.Component:
    return rx.el.div(
        _option("high", "", tr("results.any_price")),
        rx.foreach(facets.steps, lambda step: _up_to(step, facets.currency)),
        class_name="chips",
    )


def _up_to(step: rx.Var[str], currency: rx.Var[str]) -> rx.Component:
    return _option("high", step, "~ " + money(LANG.value, step, currency))


def _brands(facets: rx.vars.ObjectVar[FacetsView], *, own: bool) -> rx.Component:
    """Those of the results, and any other by its name where that can find something."""
    other = _field("brand", tr("results.brand_other"), {}, max_length=BRAND_LIMIT)
    return _group(
        "results.brand",
        _option("brand", "", tr("results.any_brand")),
        rx.foreach(facets.brands, lambda name: _option("brand", name, name)),
        below=other if own else None,
    )


def _stock() -> rx.Component:
    on = piece("stock").to(bool)
    return _option("stock", ~on, tr("results.in_stock"), on=on)


def _group(words: str, *options: Any, below: rx.Component | None = None) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(tr(words)),
        rx.el.div(*options, class_name="chips"),
        *((below,) if below is not None else ()),
        class_name="group",
    )


def _field(part: str, words: Any, attrs: dict[str, Any], **props: Any) -> rx.Component:
    """A field for ``part``."""
    return rx.el.div(
        rx.el.label(words, html_for=f"arrange-{part}", class_name="field-label"),
        rx.el.input(
            id=f"arrange-{part}",
            value=piece(part).to(str),
            on_change=lambda text: [ARRANGE.update(**{part: text}), TRIED.set(value=False)],
            auto_complete="off",
            class_name="field",
            custom_attrs=attrs,
            **props,
        ),
    )


def _order(value: str, words: Any) -> rx.Component:
    return _chip("sort", words, SORT.value == value, SORT.set(value))


def _option(part: str, value: Any, words: Any, *, on: Any = None) -> rx.Component:
    pressed = piece(part) == value if on is None else on
    return _chip(part, words, pressed, ARRANGE.update(**{part: value}))


def _chip(part: str, words: Any, pressed: Any, on_click: Any) -> rx.Component:
    return Button.create(
        icon("check"),
        words,
        type="button",
        class_name="chip",
        on_click=on_click,
        custom_attrs={"aria-pressed": rx.cond(pressed, "true", "false"), **hooks(part=part)},
    )
