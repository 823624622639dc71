"""Sorting and filtering results: a sheet of options, all of them matters of one tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reflex as rx

from searchapp.catalogue.feeds.validation import BRAND_LIMIT
from searchapp.domain.taxonomy import COLOUR_FAMILIES, LABELS
from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.sheets import sheet
from searchapp.web.components.vars import ARRANGE, WORDS, call, tr

_ORDERS = (
    ("match", "results.by_match"),
    ("price", "results.by_price"),
    ("price_down", "results.by_price_down"),
)


_WRONG = "filters-wrong"
_PRICE = {"type": "number", "min": "0", "input_mode": "decimal", "error": _WRONG}


def arrange_button() -> rx.Component:
    """Opens the sheet; says how many filters are on, so that nobody wonders what is missing."""
    narrowed = call("narrowed", ARRANGE, returns=int)
    return button(
        icon("sliders-horizontal"),
        tr("results.sort"),
        rx.cond(narrowed > 0, rx.el.span(_count(narrowed), class_name="count")),
        act="open",
        attrs=hooks(opens="arrange"),
    )


def _count(narrowed: rx.Var) -> rx.Component:
    return rx.fragment(
        rx.el.span(narrowed, custom_attrs={"aria-hidden": "true"}),
        rx.el.span(call("fill", tr("results.filters_on"), {"n": narrowed}), class_name="unseen"),
    )


def reset_button() -> rx.Component:
    """Takes every filter away, and sorts by match again."""
    return button(tr("results.reset"), kind="quiet", act="arrange-reset")


def arrange_sheet(items: rx.Var, everywhere: rx.Component | None = None) -> rx.Component:
    """The orders, and the filters.

    :param everywhere: what searches the whole catalogue with these filters, where one may: then
        every category and colour is offered, else those of the results.
    """
    only = items if everywhere is None else None
    return sheet(
        "arrange",
        tr("results.sort"),
        _group("results.sort_by", *(_option("sort", value, tr(w)) for value, w in _ORDERS)),
        _categories(only),
        _prices(items),
        _colours(only),
        _brands(items, others=everywhere is not None),
        _stock(),
        rx.el.div(
            button(tr("results.show"), kind="primary", act="close"),
            reset_button(),
            class_name="actions",
        ),
        *(() if everywhere is None else (everywhere,)),
    )


def _categories(only: rx.Var | None) -> rx.Component:
    options = {
        label: _option("category", label, tr(f"label.{label}"))
        for label in LABELS
        if label != "whole"
    }
    return _group(
        "results.category",
        _option("category", "", tr("results.any_category")),
        *_offered(options, "kind", only),
    )


def _offered(
    options: dict[str, rx.Component], name: str, only: rx.Var | None
) -> Sequence[rx.Component | rx.Var]:
    """The options by their slugs: all, or those that some result of ``only`` has as ``name``."""
    if only is None:
        return list(options.values())
    return [
        rx.cond(call("some", only, name, slug, returns=bool), option)
        for slug, option in options.items()
    ]


def _prices(items: rx.Var) -> rx.Component:
    """Both ends as fields, and quick upper ends; the words say in which currency."""
    currency = call("mainCurrency", items)
    steps = call("priceSteps", items, returns=list[int])
    return rx.el.fieldset(
        rx.el.legend(call("fill", tr("results.price"), {"currency": currency})),
        rx.el.div(
            _field("from", tr("results.min_price"), **_PRICE),
            _field("max", tr("results.max_price"), **_PRICE),
            class_name="ends",
        ),
        rx.el.p(
            id=_WRONG, class_name="wrong", custom_attrs={"role": "alert", **hooks(filters_wrong="")}
        ),
        rx.cond(
            steps.length() > 0,
            rx.el.div(
                _option("max", 0, tr("results.any_price")),
                rx.foreach(steps, lambda step: _option("max", step, _up_to(step, currency))),
                class_name="chips",
            ),
        ),
        rx.cond(
            call("mixed", items, returns=bool),
            rx.el.p(
                call("fill", tr("results.other_currencies"), {"currency": currency}),
                class_name="soft small",
            ),
        ),
        class_name="group",
    )


def _up_to(step: rx.Var[int], currency: rx.Var) -> rx.Var:
    return call("priceRange", WORDS, rx.Var("undefined"), step, currency)


def _colours(only: rx.Var | None) -> rx.Component:
    return _group(
        "results.colour",
        _option("colour", "", tr("results.any_colour")),
        *_offered({slug: _colour(slug) for slug in COLOUR_FAMILIES}, "colour", only),
    )


def _colour(slug: str) -> rx.Component:
    swatch = rx.el.span(class_name="swatch", custom_attrs={"aria-hidden": "true"} | hooks(c=slug))
    return _option("colour", slug, rx.fragment(swatch, tr(f"colour.{slug}")))


def _brands(items: rx.Var, *, others: bool) -> rx.Component:
    """Those of the results, and any other by its name where that can find something."""
    names = call("brands", items, returns=list[str])
    other = _field("brand", tr("results.brand_other"), max_length=BRAND_LIMIT)
    return _group(
        "results.brand",
        _option("brand", "", tr("results.any_brand")),
        rx.foreach(names, lambda name: _option("brand", name, name)),
        below=other if others else None,
    )


def _stock() -> rx.Component:
    on = ARRANGE["stock"].to(bool)
    return _group(
        "results.stock",
        _option("stock", rx.cond(on, "false", "true"), tr("results.in_stock"), on=on),
    )


def _group(words: str, *options: Any, below: rx.Component | None = None) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(tr(words)),
        rx.el.div(*options, class_name="chips"),
        *(() if below is None else (below,)),
        class_name="group",
    )


def _field(part: str, words: Any, error: str = "", **props: Any) -> rx.Component:
    """A field of one's own for ``part``; the script reads it and tells it what changed."""
    return rx.el.div(
        rx.el.label(words, html_for=f"arrange-{part}", class_name="field-label"),
        rx.el.input(
            id=f"arrange-{part}",
            auto_complete="off",
            class_name="field",
            custom_attrs=hooks(field=part) | ({"aria-describedby": error} if error else {}),
            **props,
        ),
    )


def _option(part: str, value: Any, words: Any, *, on: Any = None) -> rx.Component:
    pressed = ARRANGE[part] == value if on is None else on
    return rx.el.button(
        icon("check"),
        words,
        type="button",
        class_name="chip",
        custom_attrs={
            "aria-pressed": rx.cond(pressed, "true", "false"),
            **hooks(act="arrange", part=part, value=value),
        },
    )
