"""The phone field with its consent, wherever a number may be given."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.bits import hooks
from searchapp.web.components.consent import consent_box
from searchapp.web.components.vars import tr


def phone_field(name: str) -> rx.Component:
    """The field, and the consent that shows once a number is typed; ``name`` makes ids unique."""
    return rx.el.fieldset(
        rx.el.legend(tr("phone.title")),
        rx.el.label(tr("phone.label"), html_for=f"{name}-number", class_name="field-label"),
        rx.el.input(
            id=f"{name}-number",
            type="tel",
            name="phoneNumber",
            auto_complete="tel",
            placeholder=tr("phone.placeholder"),
            max_length=24,
            class_name="field",
            custom_attrs={
                **hooks(testid="phone-input", phone_input=""),
                "inputMode": "tel",
                "aria-describedby": f"{name}-error",
            },
        ),
        consent_box(
            ("phone.consent", "phone.more", "phone.terms"),
            field="smsConsent",
            element_id=f"{name}-consent",
            attrs=hooks(testid="sms-consent", consent=""),
        ),
        rx.el.div(
            rx.el.p(tr("phone.bad"), custom_attrs=hooks(when="bad")),
            rx.el.p(tr("phone.consent_needed"), custom_attrs=hooks(when="consent")),
            id=f"{name}-error",
            class_name="field-error",
            custom_attrs={"role": "alert"},
        ),
        class_name="phone",
        custom_attrs=hooks(phone=""),
    )
