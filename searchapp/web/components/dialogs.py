"""Sheets and dialogs of the results page."""

from __future__ import annotations

import reflex as rx

from searchapp.i18n import DEFAULT_LANGUAGE, TEXTS
from searchapp.web.components.arranging import arrange_sheet
from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.narrowing import search_everywhere
from searchapp.web.components.phone import phone_field
from searchapp.web.components.sharing import share_sheet
from searchapp.web.components.sheets import sheet
from searchapp.web.components.vars import tr
from searchapp.web.states.results import ResultsState

JOB = ResultsState.job


def dialogs() -> rx.Component:
    """All of them; each is closed until its button is pressed."""
    return rx.fragment(_qr(), _number(), share_sheet(), _erase(), _arrange())


def _arrange() -> rx.Component:
    return arrange_sheet(JOB.pieces, search_everywhere())


def _qr() -> rx.Component:
    return sheet(
        "qr",
        tr("way.qr_title"),
        rx.el.img(
            src="/qr/results/" + JOB.id,
            alt=tr("way.qr_alt"),
            loading="lazy",
            class_name="qr",
            width="240",
            height="240",
        ),
        rx.el.p(tr("way.link_note"), class_name="soft small"),
    )


def _number() -> rx.Component:
    return sheet(
        "number",
        tr("sms.add"),
        rx.el.form(
            phone_field("dialog"),
            button(
                icon("message-square"),
                tr("sms.save"),
                kind="primary large",
                attrs=hooks(failed=tr("error.action"), **_refusals()),
                type="submit",
            ),
            custom_attrs=hooks(notify="") | {"noValidate": True},
        ),
    )


def _refusals() -> dict[str, rx.Var]:
    """The words for each reason why no message can be sent, for ``client/actions.js``."""
    keys = [key for key in TEXTS[DEFAULT_LANGUAGE] if key.startswith("reason.")]
    return {f"why_{key.removeprefix('reason.')}": tr(key) for key in keys}


def _erase() -> rx.Component:
    return sheet(
        "erase",
        tr("erase.title"),
        rx.el.p(tr("erase.note")),
        rx.el.div(
            button(
                icon("trash-2"),
                tr("erase.yes"),
                kind="danger",
                act="erase",
                attrs=hooks(failed=tr("erase.failed"), testid="erase-now"),
            ),
            button(tr("common.cancel"), act="close"),
            class_name="actions",
        ),
    )
