"""Choosing what to look for: tap shapes on the photo, or the same chips below it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.phone import phone_field
from searchapp.web.components.photo import (
    choice_regions,
    drawn_name,
    drawn_regions,
    photo,
    pressed,
)
from searchapp.web.components.vars import CHOICE, call, label_name, tr
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
    """The whole stage, as one form."""
    return rx.el.form(
        rx.el.div(
            rx.el.div(
                photo(tr("way.photo_alt"), choice_regions()),
                class_name="photo-hold",
                custom_attrs=hooks(drawing=CHOICE["drawing"]),
            ),
            class_name="photo-side",
        ),
        rx.el.div(
            rx.el.h1(tr("choose.title")),
            rx.el.p(
                rx.cond(JOB.pieces.length() > 0, tr("choose.lead"), tr("choose.empty")),
                class_name="soft",
            ),
            _chips(),
            _drawing(),
            _adjusting(),
            rx.cond(~JOB.banner, phone_field("choose")),
            _go(),
            class_name="main-side",
        ),
        class_name="two-sides choosing",
        custom_attrs=hooks(choosing=JOB.id, ids=JOB.ids, width=JOB.width, height=JOB.height)
        | {"noValidate": True},
    )


def drawing_again() -> rx.Component:
    """The same photo, to search it in other places: boxes of one's own only, as one form."""
    return rx.el.form(
        rx.el.div(
            rx.el.div(
                photo(tr("results.photo_alt"), drawn_regions()),
                class_name="photo-hold",
                custom_attrs=hooks(drawing=CHOICE["drawing"]),
            ),
            class_name="photo-side",
        ),
        rx.el.div(
            rx.el.h1(tr("again.title")),
            rx.el.p(tr("again.lead"), class_name="soft"),
            _group(rx.foreach(_DRAWN, _drawn_chip)),
            _drawing(),
            _adjusting(),
            _go_again(),
            class_name="main-side",
        ),
        class_name="two-sides choosing",
        custom_attrs=hooks(again=JOB.id, width=JOB.width, height=JOB.height) | {"noValidate": True},
    )


def _go_again() -> rx.Component:
    return rx.el.div(
        _submit(_DRAWN.length()),
        rx.el.p(tr("again.note"), class_name="soft small"),
        button(icon("arrow-left"), tr("again.back"), kind="quiet", act="again-stop"),
        class_name="go",
    )


def _chips() -> rx.Component:
    return _group(rx.foreach(JOB.pieces, _chip), rx.foreach(_DRAWN, _drawn_chip))


def _group(*chips: rx.Component) -> rx.Component:
    return rx.el.div(
        *chips,
        class_name="chips",
        custom_attrs={"role": "group", "aria-label": tr("choose.regions")},
    )


def _chip(item: rx.Var[ItemView]) -> rx.Component:
    return rx.el.button(
        icon("check"),
        label_name(item.label),
        type="button",
        class_name="chip",
        custom_attrs={"aria-pressed": pressed(item.id), **hooks(act="toggle", id=item.id)},
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
    """Plain buttons for everything that dragging does to the drawn box in hand."""
    return rx.cond(
        CHOICE["active"].to(str) != "",
        rx.el.fieldset(
            rx.el.legend(call("fill", tr("choose.adjust"), {"name": tr("label.mine")})),
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


def _go() -> rx.Component:
    return rx.el.div(
        _submit(_COUNT),
        rx.el.p(tr("choose.waits"), class_name="soft small"),
        class_name="go",
    )


def _submit(count: rx.Var) -> rx.Component:
    return rx.el.button(
        icon("search"),
        rx.cond(count > 0, call("fill", tr("choose.find"), {"n": count}), tr("choose.none")),
        type="submit",
        class_name="button primary large",
        disabled=count == 0,
        custom_attrs=hooks(testid="start-items", act="choose-start", failed=tr("error.action")),
    )
