"""The frame of every sheet: a dialog of the browser's own, with a title and a way to close it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.vars import tr


def sheet(name: str, title: Any, *children: Any) -> rx.Component:
    """A sheet that a button with ``data-opens=name`` opens."""
    return rx.el.dialog(
        rx.el.div(
            rx.el.div(
                rx.el.h2(title, id=f"dialog-{name}"),
                button(
                    icon("x"),
                    kind="quiet round",
                    act="close",
                    attrs={"aria-label": tr("common.close")},
                ),
                class_name="row",
            ),
            *children,
            class_name="sheet",
        ),
        custom_attrs={"aria-labelledby": f"dialog-{name}", **hooks(name=name)},
    )
