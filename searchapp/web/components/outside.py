"""Outside sources: the consent before they are asked, and what is said when they do not answer."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.bits import hooks, icon
from searchapp.web.components.consent import consent_box
from searchapp.web.components.vars import tr_by


def outside_consent(name: str) -> rx.Component:
    """A box that nobody has ticked; it shows only where an outside source is on.

    :param name: makes ids unique.
    """
    return consent_box(
        ("outside.consent", "outside.more", "outside.terms"),
        field="outsideConsent",
        element_id=f"{name}-outside",
        attrs=hooks(testid="outside-consent", outside_consent=""),
        class_name="consent outside-consent where-elsewhere",
    )


def outside_line(state: rx.Var[str]) -> rx.Component:
    """One quiet line on what other shops did not answer; nothing where ``state`` is empty."""
    return rx.cond(
        state != "",
        rx.el.p(
            icon("search"),
            tr_by("outside", state),
            class_name="soft note",
            custom_attrs=hooks(testid="outside-line", state=state),
        ),
    )
