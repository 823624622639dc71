"""The photo of a search with the boxes of its pieces on it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import hooks, style
from searchapp.web.components.vars import CHOICE, WORDS, call, label_name, tr
from searchapp.web.states.results import ResultsState
from searchapp.web.states.views import ItemView

JOB = ResultsState.job
_LEFT_OUT = CHOICE["left_out"].to(dict[str, Any])


def photo(alt: Any, *layers: rx.Component) -> rx.Component:
    """The upright photo once it is made; before that, what this browser sent, or a quiet field.

    The stage has one height whatever the picture's shape is, so that nothing below it moves.  The
    keys keep React from making one frame of the other, which browsers count as a move.
    """
    return stage(
        rx.cond(
            JOB.photo != "",
            rx.el.div(
                rx.el.img(src=JOB.photo, alt=alt, custom_attrs={"fetchPriority": "high"}),
                *layers,
                key="photo",
                class_name="frame",
                custom_attrs=style(ratio=JOB.ratio) | hooks(frame=""),
            ),
            rx.el.div(key="waiting", class_name="frame waiting"),
        )
    )


def stage(frame: rx.Component) -> rx.Component:
    """The place of the photo on the page."""
    return rx.el.div(frame, class_name="stage")


def result_regions() -> rx.Component:
    """Boxes that lead to their results."""
    return rx.foreach(JOB.pieces, _result_region)


def _result_region(item: rx.Var[ItemView]) -> rx.Component:
    return rx.el.a(
        rx.el.span(label_name(item.label), class_name="tag"),
        href="#item-" + item.id,
        class_name="region",
        custom_attrs={
            "style": item.place,
            "aria-label": call("fill", tr("results.region"), {"label": label_name(item.label)}),
            **hooks(region=item.id),
        },
    )


def choice_regions() -> rx.Component:
    """Boxes that are chosen and left out by a tap, the drawn ones, and the one being drawn."""
    return rx.fragment(rx.foreach(JOB.pieces, _choice_region), drawn_regions())


def drawn_regions() -> rx.Component:
    """The boxes that were drawn by hand, and the one being drawn."""
    return rx.fragment(
        rx.foreach(CHOICE["drawn"].to(list[dict[str, Any]]), _drawn_region),
        rx.el.div(class_name="ghost", custom_attrs=hooks(ghost="")),
    )


def _choice_region(item: rx.Var[ItemView]) -> rx.Component:
    return rx.el.button(
        rx.el.span(label_name(item.label), class_name="tag"),
        type="button",
        class_name="region",
        custom_attrs={
            "style": item.place,
            "aria-pressed": pressed(item.id),
            **hooks(act="toggle", id=item.id, label=item.label),
        },
        hidden=replaced(item.id),
    )


def _drawn_region(box: rx.Var) -> rx.Component:
    return rx.el.button(
        rx.el.span(drawn_name(box), class_name="tag"),
        rx.el.span(class_name="corner", custom_attrs=hooks(corner="")),
        type="button",
        class_name="region drawn",
        custom_attrs={
            **style(
                left=_percent(box["x"]),
                top=_percent(box["y"]),
                width=_percent(box["w"]),
                height=_percent(box["h"]),
            ),
            "aria-pressed": "true",
            **hooks(drawn="", id=box["id"], active=CHOICE["active"] == box["id"]),
        },
    )


def _percent(part: rx.Var) -> rx.Var:
    return (part.to(float) * 100).to(str) + "%"


def drawn_name(box: rx.Var) -> rx.Var:
    """The name of a box that was drawn or adjusted by hand."""
    return call("drawnName", WORDS, box)


def pressed(name: rx.Var) -> rx.Var:
    """Whether a suggested piece is chosen, as ``aria-pressed`` says it."""
    return rx.cond(_LEFT_OUT[name], "false", "true")


def replaced(name: rx.Var) -> rx.Var:
    """Whether a box of the person's own has taken the place of a suggested piece."""
    return _LEFT_OUT[name].to(str) == "replaced"
