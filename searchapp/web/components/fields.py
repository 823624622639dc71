"""The fields that more than one form has: the number, its consent, the one to outside sources."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.shell import hooks, icon
from searchapp.web.words import tr, tr_by

NUMBER = r"([^\d]*\d){9,15}[^\d]*"
"""What may be a phone number, as a pattern of HTML: 9 to 15 digits, and anything between."""


def phone_field(name: str, *, required: bool = False, on_change: Any = None) -> rx.Component:
    """The number, and the consent that shows once one is typed.

    :param name: makes ids unique.
    :param on_change: what follows when the number is edited.
    """
    return rx.el.fieldset(
        rx.el.legend(tr("phone.title")),
        rx.el.label(tr("phone.label"), html_for=f"{name}-number", class_name="field-label"),
        _number_input(name, required=required, on_change=on_change),
        _consent(
            ("phone.consent", "phone.more"),
            rx.el.p(tr("phone.terms"), class_name="where-abroad"),
            rx.el.p(tr("phone.terms_domestic"), class_name="where-domestic"),
            field="smsConsent",
            element_id=f"{name}-consent",
            attrs=hooks(testid="sms-consent", **{"with": "phoneNumber"}),
        ),
        rx.el.div(
            rx.el.p(tr("phone.bad"), custom_attrs=hooks(when="bad")),
            rx.el.p(tr("phone.consent_needed"), custom_attrs=hooks(when="consent")),
            id=f"{name}-error",
            class_name="field-error",
            custom_attrs={"role": "alert"},
        ),
        class_name="phone",
    )


def _number_input(name: str, *, required: bool, on_change: Any) -> rx.Component:
    return rx.el.input(
        id=f"{name}-number",
        type="tel",
        name="phoneNumber",
        auto_complete="tel",
        placeholder=tr("phone.placeholder"),
        max_length=24,
        required=required,
        pattern=NUMBER,
        class_name="field",
        **({} if on_change is None else {"on_change": on_change}),
        custom_attrs={
            **hooks(testid="phone-input"),
            "inputMode": "tel",
            "aria-describedby": f"{name}-error",
        },
    )


def outside_consent(name: str) -> rx.Component:
    """The consent to outside sources; it shows only where one is on."""
    return _consent(
        ("outside.consent", "outside.more"),
        rx.el.p(tr("outside.terms")),
        field="outsideConsent",
        element_id=f"{name}-outside",
        attrs=hooks(testid="outside-consent"),
        class_name="consent outside-consent where-elsewhere",
    )


def _consent(
    words: tuple[str, str],
    *terms: rx.Component,
    field: str,
    element_id: str,
    attrs: dict[str, Any],
    class_name: str = "consent",
) -> rx.Component:
    """A box that is not ticked beforehand, with a label, and its terms unfolded on demand.

    :param words: keys of what is agreed to, and of the word that unfolds the terms.
    """
    agreed, more = (tr(key) for key in words)
    tick = rx.el.input(type="checkbox", name=field, value="true", id=element_id, custom_attrs=attrs)
    return rx.el.div(
        rx.el.label(tick, rx.el.span(agreed), class_name="check"),
        rx.el.details(rx.el.summary(more), *terms),
        class_name=class_name,
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
