"""Choosing what to look for: tap shapes on the photo, or the same chips below it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.outside import outside_consent
from searchapp.web.components.phone import phone_field
from searchapp.web.components.photo import (
    choice_regions,
    drawn_name,
    drawn_regions,
    photo,
    pressed,
    replaced,
)
from searchapp.web.components.vars import CHOICE, WORDS, call, label_name, tr
from searchapp.web.states.results import ResultsState
from searchapp.web.states.views import ItemView

JOB = ResultsState.job
_COUNT = call("chosenCount", JOB.pieces, CHOICE, returns=int)
_DRAWN = CHOICE["drawn"].to(list[dict[str, Any]])
_EDITS = (
    ("left", "arrow-left"),
    ("right", "arrow-right"),
    ("up", "arrow-up"),
    ("down", "arrow-down"),
    ("wider", "plus"),
    ("narrower", "minus"),
    ("taller", "plus"),
    ("shorter", "minus"),
)


def choosing() -> rx.Component:
    """The whole stage: suggested pieces and boxes of one's own."""
    return _stage(
        photo(tr("way.photo_alt"), choice_regions()),
        rx.el.h1(tr("choose.title")),
        _lead(rx.cond(JOB.pieces.length() > 0, tr("choose.lead"), tr("choose.empty"))),
        _chips(rx.foreach(JOB.pieces, _chip), rx.foreach(_DRAWN, _drawn_chip)),
        _drawing(),
        _adjusting(),
        rx.cond(~JOB.banner, phone_field("choose")),
        rx.cond(~JOB.outside, outside_consent("choose")),
        rx.el.div(_submit(_COUNT), _note("choose.waits"), class_name="go"),
        attrs=hooks(choosing=JOB.id, ids=JOB.ids),
    )


def drawing_again() -> rx.Component:
    """The same photo, to search it in other places: boxes of one's own only."""
    return _stage(
        photo(tr("results.photo_alt"), drawn_regions()),
        rx.el.h1(tr("again.title")),
        _lead(tr("again.lead")),
        _chips(rx.foreach(_DRAWN, _drawn_chip)),
        _drawing(),
        _adjusting(),
        rx.el.div(
            _submit(_DRAWN.length()),
            outside_consent("again"),
            _note("again.note"),
            button(icon("arrow-left"), tr("again.back"), kind="quiet", act="again-stop"),
            class_name="go",
        ),
        attrs=hooks(again=JOB.id),
    )


def _stage(picture: rx.Component, *beside: rx.Component, attrs: dict[str, Any]) -> rx.Component:
    """One form: the photo to draw on, and what stands beside it."""
    return rx.el.form(
        rx.el.div(
            rx.el.div(
                picture, class_name="photo-hold", custom_attrs=hooks(drawing=CHOICE["drawing"])
            ),
            class_name="photo-side",
        ),
        rx.el.div(*beside, class_name="main-side"),
        class_name="two-sides choosing",
        custom_attrs=attrs | hooks(width=JOB.width, height=JOB.height) | {"noValidate": True},
    )


def _lead(words: Any) -> rx.Component:
    return rx.el.p(words, class_name="soft")


def _note(words: str) -> rx.Component:
    return rx.el.p(tr(words), class_name="soft small")


def _chips(*chips: rx.Component) -> rx.Component:
    return rx.el.div(
        *chips,
        class_name="chips",
        custom_attrs={"role": "group", "aria-label": tr("choose.regions")},
    )


def _chip(item: rx.Var[ItemView]) -> rx.Component:
    """A suggested piece, and beside it, while it is chosen, the button that adjusts it."""
    return rx.el.div(
        rx.el.button(
            icon("check"),
            label_name(item.label),
            type="button",
            class_name="chip",
            custom_attrs={"aria-pressed": pressed(item.id), **hooks(act="toggle", id=item.id)},
        ),
        rx.cond(pressed(item.id) == "true", _reshape(item)),
        class_name="pair",
        hidden=replaced(item.id),
    )


def _reshape(item: rx.Var[ItemView]) -> rx.Component:
    words = call("fill", tr("choose.reshape"), {"label": label_name(item.label)})
    return button(
        icon("pen-line"),
        kind="quiet round",
        act="reshape",
        attrs={"aria-label": words, **hooks(id=item.id)},
    )


def _drawn_chip(box: rx.Var) -> rx.Component:
    return rx.el.button(
        icon("pen-line"),
        drawn_name(box),
        type="button",
        class_name="chip",
        custom_attrs={
            "aria-pressed": "true",
            "aria-expanded": rx.cond(CHOICE["active"] == box["id"], "true", "false"),
            **hooks(act="toggle", id=box["id"]),
        },
    )


def _drawing() -> rx.Component:
    drawing = CHOICE["drawing"].to(bool)
    return rx.el.div(
        rx.el.div(
            button(
                icon("pen-line"),
                tr("choose.draw"),
                act="draw",
                attrs={"aria-pressed": rx.cond(drawing, "true", "false")},
            ),
            rx.cond(drawing, button(icon("plus"), tr("choose.draw_add"), act="draw-add")),
            class_name="actions",
        ),
        rx.cond(
            drawing,
            rx.el.p(tr("choose.draw_hint"), class_name="soft", custom_attrs={"role": "status"}),
        ),
    )


def _adjusting() -> rx.Component:
    """Plain buttons for everything that dragging does to the box in hand."""
    name = call("activeName", WORDS, CHOICE)
    return rx.cond(
        CHOICE["active"].to(str) != "",
        rx.el.fieldset(
            rx.el.legend(call("fill", tr("choose.adjust"), {"name": name})),
            rx.el.div(*(_edit(name, picture) for name, picture in _EDITS), class_name="edits"),
            rx.el.div(
                button(icon("trash-2"), tr("choose.remove"), kind="quiet", act="adjust-remove"),
                button(icon("check"), tr("choose.done"), act="adjust-done"),
                class_name="actions",
            ),
            class_name="adjust",
        ),
    )


def _edit(name: str, picture: str) -> rx.Component:
    return button(icon(picture), tr(f"choose.{name}"), act="adjust", attrs=hooks(edit=name))


def _submit(count: rx.Var) -> rx.Component:
    return rx.el.button(
        icon("search"),
        rx.cond(count > 0, call("fill", tr("choose.find"), {"n": count}), tr("choose.none")),
        type="submit",
        class_name="button primary large",
        disabled=count == 0,
        custom_attrs=hooks(testid="start-items", act="choose-start", failed=tr("error.action")),
    )
