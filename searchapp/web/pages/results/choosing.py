"""Choosing what to look for: tap shapes on the photo, or the same chips below it, or draw."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.browser.boxes import EDITS, KEYS, Boxes, BoxLayer, added, adjusted
from searchapp.web.browser.client_var import ClientVar
from searchapp.web.browser.form import CheckedForm
from searchapp.web.browser.pending import is_pending, noted
from searchapp.web.browser.tab import focus_on
from searchapp.web.components.fields import outside_consent, phone_field
from searchapp.web.components.shell import Button, button, hooks, icon, stage, style
from searchapp.web.history import PREVIEW
from searchapp.web.pages.results.actions import AgainState, ChoosingState
from searchapp.web.pages.results.state import JOB
from searchapp.web.pages.results.view import ItemView
from searchapp.web.words import LANG, label_name, tr

LEFT_OUT = ClientVar("left_out", [], "page")
"""The suggested pieces that are not chosen; among them those whose place a drawn box has taken."""

DRAWN = ClientVar("drawn", [], "page")
"""The boxes that were drawn or adjusted by hand."""

DRAWING = ClientVar("drawing", default=False, kept="page")
ACTIVE = ClientVar("active", "", "page")
"""The drawn box in hand."""

AGAIN = ClientVar("again", default=False, kept="page")
"""Whether the photo is drawn on to be searched once more."""

_ICONS = ("arrow-left", "arrow-right", "arrow-up", "arrow-down", "plus", "minus", "plus", "minus")
_MIDDLE = {"x": 0.3, "y": 0.3, "w": 0.4, "h": 0.4}


def drawn_boxes() -> rx.vars.ArrayVar[Boxes]:
    """The boxes, as a list that can be walked through."""
    return DRAWN.value.to(Boxes)


def _names() -> rx.vars.ArrayVar[list[str]]:
    return LEFT_OUT.value.to(list[str])


def choosing() -> rx.Component:
    """The whole stage: suggested pieces and boxes of one's own."""
    count = JOB.pieces.length() - _names().length() + drawn_boxes().length()
    lead = rx.cond(JOB.pieces.length() > 0, tr("choose.lead"), tr("choose.empty"))
    return _stage(
        photo(
            tr("way.photo_alt"),
            rx.fragment(rx.foreach(JOB.pieces, _region), _drawn_regions()),
            drawable=True,
        ),
        rx.el.h1(tr("choose.title")),
        rx.el.p(lead, class_name="soft"),
        _chips(rx.foreach(JOB.pieces, _chip), rx.foreach(drawn_boxes(), _drawn_chip)),
        _drawing(),
        rx.foreach(drawn_boxes(), _adjusting),
        rx.cond(~JOB.banner, phone_field("choose")),
        rx.cond(~JOB.outside, outside_consent("choose")),
        rx.el.input(type="hidden", name="lang", value=LANG.value),
        rx.el.div(_submit(count, "choose"), _note("choose.waits"), class_name="go"),
        on_sent=lambda form: ChoosingState.choose(
            noted("choose", form, LEFT_OUT.value, DRAWN.value), form, _names(), DRAWN.value
        ),
        attrs=hooks(choosing=JOB.id),
    )


def drawing_again() -> rx.Component:
    """The same photo, to search it in other places: boxes of one's own only."""

    def sent(form: Any) -> Any:
        outside = form["outsideConsent"].to(str) == "true"
        return search_again({"drawn": DRAWN.value, "outside": outside})

    back = [AGAIN.set(value=False), focus_on("[data-act=again]", top=True)]
    return _stage(
        photo(tr("results.photo_alt"), _drawn_regions(), drawable=True),
        rx.el.h1(tr("again.title")),
        rx.el.p(tr("again.lead"), class_name="soft"),
        _chips(rx.foreach(drawn_boxes(), _drawn_chip)),
        _drawing(),
        rx.foreach(drawn_boxes(), _adjusting),
        rx.el.div(
            _submit(drawn_boxes().length(), "again"),
            outside_consent("again"),
            _note("again.note"),
            button(
                icon("arrow-left"), tr("again.back"), kind="quiet", act="again-stop", on_click=back
            ),
            class_name="go",
        ),
        on_sent=sent,
        attrs=hooks(again=JOB.id),
    )


def search_again(wish: dict[str, Any]) -> Any:
    """An event that searches the same photo again, as :class:`AgainState` takes it."""
    wanted = rx.Var.create(wish)
    return AgainState.search_again(noted("again", wanted), wanted)


def begin_drawing() -> list[Any]:
    """Events that show the photo to draw on, in place of the results."""
    return [
        DRAWN.set([]),
        LEFT_OUT.set([]),
        ACTIVE.set(""),
        DRAWING.set(value=True),
        AGAIN.set(value=True),
        focus_on("[data-act=draw]", top=True),
    ]


# --- the photo -----------------------------------------------------------------------------------


def photo(alt: Any, layer: rx.Component, *, drawable: bool = False) -> rx.Component:
    """The upright photo once it is made; before that, what this browser sent, or a quiet field.

    The stage has one height whatever the picture's shape is, so that nothing below it moves.  The
    keys keep React from making one frame of the other, which browsers count as a move.
    """
    picture = rx.el.img(src=JOB.photo, alt=alt, custom_attrs={"fetchPriority": "high"})
    attrs = style(ratio=JOB.ratio) | hooks(frame="")
    frame: rx.Component
    if drawable:
        frame = _drawn_on(picture, layer, custom_attrs=attrs)
    else:
        frame = rx.el.div(picture, layer, class_name="frame", custom_attrs=attrs, key="photo")
    waiting = rx.el.div(key="waiting", class_name="frame waiting")
    return stage(rx.cond(JOB.photo != "", frame, waiting), PREVIEW.value["job"] == JOB.id)


def _drawn_on(*children: rx.Component, **props: Any) -> rx.Component:
    """The frame of a photo on which boxes are drawn."""
    return BoxLayer.create(
        *children,
        boxes=drawn_boxes(),
        drawing=DRAWING.value,
        keys=KEYS,
        on_boxes=lambda boxes: [DRAWN.set(boxes), DRAWING.set(value=False)],
        on_active=lambda box: ACTIVE.set(box),
        class_name="frame",
        **props,
    )


def _left_out(name: rx.Var[str]) -> rx.Var[bool]:
    return _names().contains(name)


def _replaced(name: rx.Var[str]) -> rx.Var[bool]:
    """Whether a drawn box has taken the place of a suggested piece."""
    taken = drawn_boxes().filter(lambda box: box["origin"].to(str) == name)
    return taken.length() > 0


def _pressed(name: rx.Var[str]) -> rx.Var[str]:
    return rx.cond(_left_out(name), "false", "true").to(str)


def _toggle(name: rx.Var[str]) -> Any:
    others = _names().filter(lambda other: other != name)
    more = _names() + rx.Var.create([name]).to(list[str])
    return LEFT_OUT.set(rx.cond(_left_out(name), others, more))


def _region(item: rx.vars.ObjectVar[ItemView]) -> rx.Component:
    return Button.create(
        rx.el.span(label_name(item.label), class_name="tag"),
        type="button",
        class_name="region",
        on_click=_toggle(item.id),
        hidden=_replaced(item.id),
        custom_attrs={
            "style": item.place,
            "aria-pressed": _pressed(item.id),
            **hooks(act="toggle", id=item.id, label=item.label),
        },
    )


def _drawn_regions() -> rx.Component:
    return rx.foreach(drawn_boxes(), _drawn_region)


def _drawn_region(box: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
    return Button.create(
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
            **hooks(drawn="", id=box["id"], active=ACTIVE.value == box["id"]),
        },
    )


def _percent(part: Any) -> Any:
    return (part.to(float) * 100).to(str) + "%"


def drawn_name(box: Any) -> rx.Var[str]:
    """The name of a box: what it was adjusted from, else its number."""
    label = box["label"].to(str)
    mine, adjusted_ = (
        tr("choose.mine", n=box["number"]),
        tr("choose.adjusted", label=label_name(label)),
    )
    return rx.cond(label, adjusted_, mine).to(str)


# --- beside the photo ----------------------------------------------------------------------------


def _stage(
    picture: rx.Component, *beside: Any, attrs: dict[str, Any], on_sent: Any
) -> rx.Component:
    """One form: the photo to draw on, and what stands beside it."""
    hold = rx.el.div(picture, class_name="photo-hold", custom_attrs=hooks(drawing=DRAWING.value))
    return CheckedForm.create(
        rx.el.div(hold, class_name="photo-side"),
        rx.el.div(*beside, class_name="main-side"),
        on_sent=on_sent,
        class_name="two-sides choosing",
        custom_attrs=attrs,
    )


def _note(words: str) -> rx.Component:
    return rx.el.p(tr(words), class_name="soft small")


def _chips(*chips: Any) -> rx.Component:
    return rx.el.div(
        *chips,
        class_name="chips",
        custom_attrs={"role": "group", "aria-label": tr("choose.regions")},
    )


def _chip(item: rx.vars.ObjectVar[ItemView]) -> rx.Component:
    """A suggested piece, and beside it, while it is chosen, the button that adjusts it."""
    toggle = Button.create(
        icon("check"),
        label_name(item.label),
        type="button",
        class_name="chip",
        on_click=_toggle(item.id),
        custom_attrs={"aria-pressed": _pressed(item.id), **hooks(act="toggle", id=item.id)},
    )
    return rx.el.div(
        toggle,
        rx.cond(~_left_out(item.id), _reshape(item)),
        class_name="pair",
        hidden=_replaced(item.id),
    )


def _reshape(item: rx.vars.ObjectVar[ItemView]) -> rx.Component:
    """Puts a box of the person's own in the place of a suggested piece."""
    box = {
        "x": item.part["left"],
        "y": item.part["top"],
        "w": item.part["width"],
        "h": item.part["height"],
        "label": item.label,
        "origin": item.id,
    }
    return button(
        icon("pen-line"),
        kind="quiet round",
        act="reshape",
        attrs={"aria-label": tr("choose.reshape", label=label_name(item.label))},
        on_click=[
            LEFT_OUT.set(_names() + rx.Var.create([item.id]).to(list[str])),
            *_add(box),
        ],
    )


def _add(box: dict[str, Any]) -> list[Any]:
    """Events that add a box and take it in hand."""
    boxes = added(DRAWN.value, box).to(Boxes)
    return [
        DRAWN.set(boxes),
        ACTIVE.set(boxes[-1]["id"]),
        DRAWING.set(value=False),
        focus_on("[data-edit]"),
    ]


def _drawn_chip(box: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
    active = ACTIVE.value == box["id"]
    return Button.create(
        icon("pen-line"),
        drawn_name(box),
        type="button",
        class_name="chip",
        on_click=ACTIVE.set(rx.cond(active, "", box["id"])),
        custom_attrs={
            "aria-pressed": "true",
            "aria-expanded": rx.cond(active, "true", "false"),
            **hooks(act="toggle", id=box["id"]),
        },
    )


def _drawing() -> rx.Component:
    drawing = DRAWING.value
    return rx.el.div(
        rx.el.div(
            button(
                icon("pen-line"),
                tr("choose.draw"),
                act="draw",
                attrs={"aria-pressed": rx.cond(drawing, "true", "false")},
                on_click=[DRAWING.set(~drawing), ACTIVE.set("")],
            ),
            rx.cond(
                drawing,
                button(icon("plus"), tr("choose.draw_add"), act="draw-add", on_click=_add(_MIDDLE)),
            ),
            class_name="actions",
        ),
        rx.el.div(
            rx.cond(drawing, rx.el.p(tr("choose.draw_hint"), class_name="soft")),
            custom_attrs={"role": "status"},
        ),
    )


def _adjusting(box: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
    """Plain buttons for everything that dragging does to the box in hand."""
    done = [ACTIVE.set(""), focus_on("[data-act=draw]")]
    return rx.cond(
        ACTIVE.value == box["id"],
        rx.el.fieldset(
            rx.el.legend(tr("choose.adjust", name=drawn_name(box))),
            rx.el.div(*map(_edit, EDITS, _ICONS), class_name="edits"),
            rx.el.div(
                button(
                    icon("trash-2"),
                    tr("choose.remove"),
                    kind="quiet",
                    act="adjust-remove",
                    on_click=[
                        DRAWN.set(drawn_boxes().filter(lambda other: other["id"] != box["id"])),
                        LEFT_OUT.set(_names().filter(lambda name: name != box["origin"].to(str))),
                        *done,
                    ],
                ),
                button(icon("check"), tr("choose.done"), act="adjust-done", on_click=done),
                class_name="actions",
            ),
            class_name="adjust",
        ),
    )


def _edit(name: str, picture: str) -> rx.Component:
    return button(
        icon(picture),
        tr(f"choose.{name}"),
        attrs=hooks(edit=name),
        on_click=DRAWN.set(adjusted(DRAWN.value, ACTIVE.value, name)),
    )


def _submit(count: Any, action: str) -> rx.Component:
    return button(
        icon("search"),
        rx.cond(count > 0, tr("choose.find", n=count), tr("choose.none")),
        type="submit",
        kind="primary large",
        disabled=count == 0,
        busy=is_pending(action),
        attrs=hooks(testid="start-items", act="choose-start"),
    )
