"""``/privacy``: what is kept, where, for how long."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.shell import page
from searchapp.web.components.vars import tr

DAYS = 7
"""The default retention, which the words of the whole page promise."""

_PARTS = ("photo", "phone", "abroad", "device", "rights")


def privacy() -> rx.Component:
    """The whole page."""
    return page(
        rx.el.h1(tr("privacy.title")),
        rx.el.p(tr("privacy.lead"), class_name="lead"),
        *(
            rx.el.section(
                rx.el.h2(tr(f"privacy.{part}")),
                rx.el.p(tr(f"privacy.{part}_text", days=DAYS)),
            )
            for part in _PARTS
        ),
        kind="words",
    )
