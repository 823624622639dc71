"""A consent: a box that nobody has ticked, and what it means, unfolded on demand."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.vars import tr


def consent_box(
    words: tuple[str, str, str],
    *,
    field: str,
    element_id: str,
    attrs: dict[str, Any],
    class_name: str = "consent",
) -> rx.Component:
    """A checkbox with a label and its terms.

    :param words: keys of what is agreed to, of the word that unfolds the terms, and of those.
    :param field: its name in the form.
    :param attrs: of the checkbox itself.
    """
    agreed, more, terms = (tr(key) for key in words)
    tick = rx.el.input(type="checkbox", name=field, value="true", id=element_id, custom_attrs=attrs)
    return rx.el.div(
        rx.el.label(tick, rx.el.span(agreed), class_name="check"),
        rx.el.details(rx.el.summary(more), rx.el.p(terms)),
        class_name=class_name,
    )
