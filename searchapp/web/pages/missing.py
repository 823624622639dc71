"""What is shown where there is no page."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.bits import icon, link_button
from searchapp.web.components.shell import page, panel
from searchapp.web.components.vars import tr


def missing() -> rx.Component:
    """The whole page."""
    return page(
        panel(
            "search-x",
            tr("edge.missing"),
            tr("edge.missing_hint"),
            link_button(icon("camera"), tr("nav.new"), href="/", kind="primary large"),
        )
    )
