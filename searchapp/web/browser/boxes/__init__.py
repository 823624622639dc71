"""Boxes on the photo: drawn, moved and stretched with a finger or a mouse.

Why Python cannot do it: a box must follow the finger in every frame, and touches must not scroll
the page meanwhile.  ``react-image-crop`` was looked at: it holds one crop, not several boxes among
fixed ones.  The keyboard's way is plain buttons in Python, which call :func:`adjusted`.
"""

from __future__ import annotations

from typing import Annotated, Any

import reflex as rx
from reflex.event import passthrough_event_spec

from searchapp.web.browser import module
from searchapp.web.browser.client_var import function

MODULE = module("boxes/boxes.jsx")

STEP = 0.02

Edit = tuple[float, float, float, float]
"""By how much of the picture's sides x, y, width and height of a box change."""

EDITS: dict[str, Edit] = {
    "left": (-STEP, 0, 0, 0),
    "right": (STEP, 0, 0, 0),
    "up": (0, -STEP, 0, 0),
    "down": (0, STEP, 0, 0),
    "wider": (-STEP / 2, 0, STEP, 0),
    "narrower": (STEP / 2, 0, -STEP, 0),
    "taller": (0, -STEP / 2, 0, STEP),
    "shorter": (0, STEP / 2, 0, -STEP),
}
"""What one press of a button does."""

KEYS: dict[str, Edit] = {
    **{f"Arrow{name.capitalize()}": EDITS[name] for name in ("left", "right", "up", "down")},
    "Shift+ArrowLeft": (0, 0, -STEP, 0),
    "Shift+ArrowRight": (0, 0, STEP, 0),
    "Shift+ArrowUp": (0, 0, 0, -STEP),
    "Shift+ArrowDown": (0, 0, 0, STEP),
}
"""What the keys do to the box that has the focus."""

Boxes = list[dict[str, Any]]


class BoxLayer(rx.Component):
    """A frame around a picture and its boxes; elements with ``data-drawn`` and ``data-id`` can be
    moved, and stretched by the part with ``data-corner``.
    """

    library = MODULE
    tag = "BoxLayer"

    boxes: rx.Var[Boxes]

    drawing: rx.Var[bool]
    """Whether a stroke on the picture draws a box."""

    keys: rx.Var[dict[str, Edit]]

    on_boxes: Annotated[rx.EventHandler, passthrough_event_spec(Boxes)]
    on_active: Annotated[rx.EventHandler, passthrough_event_spec(str)]
    """The id of the box in hand."""


def added(boxes: Any, box: dict[str, Any]) -> Any:
    """``boxes`` with one more, numbered after the last and pushed into the picture."""
    return function("added", boxes, box, library=MODULE, returns=list)


def adjusted(boxes: Any, box_id: Any, edit: str) -> Any:
    """``boxes`` with one of :data:`EDITS` done to the one of that id."""
    return function("changed", boxes, box_id, list(EDITS[edit]), library=MODULE, returns=list)
