"""``/``: a photo, a number if wanted, and start.

All phases lie in the prerendered page; ``client/home.js`` shows one of them by the attribute
``data-phase`` of the page.  So a photo can be chosen and sent before anything else has loaded.
"""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.outside import outside_consent
from searchapp.web.components.phone import phone_field
from searchapp.web.components.shell import page
from searchapp.web.components.vars import HISTORY, WORDS, call, tr, tr_dated
from searchapp.web.samples import sample_photos

PICTURES = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif"


def home() -> rx.Component:
    """The whole page."""
    return page(
        _choose_photo(),
        _ready(),
        kind="home",
        custom_attrs=hooks(home="", phase="empty"),
    )


def _shown_in(*phases: str) -> dict[str, Any]:
    return hooks(show=" ".join(phases))


# --- 1: a photo ------------------------------------------------------------------------------


def _choose_photo() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.el.h1(tr("home.title_1"), rx.el.br(), tr("home.title_2"), class_name="headline"),
            rx.el.p(tr("home.lead"), class_name="lead"),
            rx.el.div(_inputs(), class_name="buttons"),
            rx.el.p(tr("home.drop"), class_name="soft drop-hint"),
            rx.el.p(icon("shield-check"), tr_dated("home.kept"), class_name="soft note dated"),
            _problem(),
            class_name="pitch",
        ),
        rx.el.div(
            rx.el.img(
                src="/images/hero.svg",
                alt=tr("home.hero_alt"),
                width="480",
                height="480",
            ),
            class_name="finder hero",
        ),
        rx.el.div(_history(), _samples(), class_name="below"),
        class_name="photo-step",
        custom_attrs=_shown_in("empty"),
    )


def _inputs() -> rx.Component:
    """Album first: outside programs take the first ``photo-input``."""
    return rx.fragment(
        _picker("image", "home.album", "primary"),
        _picker("camera", "home.camera", "plain camera", capture="environment"),
    )


def _picker(icon_name: str, words: str, kind: str, **attrs: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="file",
            accept=PICTURES if not attrs else "image/*",
            class_name="unseen",
            custom_attrs=hooks(testid="photo-input", photo_input="") | attrs,
        ),
        icon(icon_name),
        rx.el.span(tr(words)),
        class_name=f"button {kind} large",
    )


def _problem() -> rx.Component:
    """Why the last photo was not taken; the sentence comes from the client script or the API."""
    return rx.el.div(
        icon("triangle-alert"),
        rx.el.div(
            *(
                rx.el.p(tr(f"send.{name}"), custom_attrs=hooks(problem_is=name))
                for name in ("failed", "too_large", "not_a_photo", "too_many")
            ),
            rx.el.p(custom_attrs=hooks(problem_is="said")),
        ),
        class_name="problem",
        custom_attrs={"role": "alert"},
    )


def _samples() -> rx.Component:
    names = sample_photos()
    if not names:
        return rx.fragment()
    return rx.el.section(
        rx.el.h2(tr("home.samples")),
        rx.el.ul(
            *(
                rx.el.li(
                    rx.el.button(
                        rx.el.img(
                            src=f"/samples/small/{name}",
                            alt=tr("home.sample", n=number),
                            loading="lazy",
                            width="144",
                            height="180",
                        ),
                        type="button",
                        custom_attrs=hooks(
                            act="sample", photo=f"/samples/{name}", failed=tr("send.sample")
                        ),
                    )
                )
                for number, name in enumerate(names, 1)
            ),
            class_name="strip samples",
        ),
        rx.el.p(tr("home.samples_note"), class_name="soft small"),
    )


def _history() -> rx.Component:
    """The last searches made on this device."""
    return rx.cond(
        HISTORY.length() > 0,
        rx.el.section(
            rx.el.div(
                rx.el.h2(tr("home.history")),
                button(tr("home.history_clear"), kind="quiet", act="forget"),
                class_name="row",
            ),
            rx.el.ul(rx.foreach(HISTORY, _past), class_name="strip past"),
            rx.el.p(tr("home.history_note"), class_name="soft small"),
        ),
    )


def _past(entry: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.img(src=entry["thumb"], alt="", width="72", height="90"),
            rx.el.span(call("ago", WORDS, entry["at"])),
            href="/results/" + entry["id"].to(str),
        )
    )


# --- 2: ready, and on its way to the server --------------------------------------------------


def _ready() -> rx.Component:
    """One form around both phases: what it holds can be sent again."""
    return rx.el.form(
        rx.el.div(_preview(), _change(), class_name="preview-side"),
        rx.el.div(
            _heading("ready.title", "ready"),
            rx.el.div(
                phone_field("home"),
                outside_consent("home"),
                _problem(),
                _starts(),
                rx.el.p(tr("ready.start_hint"), class_name="soft small"),
                custom_attrs=_shown_in("ready"),
            ),
            _sending(),
            class_name="ready-side",
        ),
        class_name="ready-step",
        custom_attrs=_shown_in("ready", "sending", "unsaved")
        | hooks(upload="")
        | {"noValidate": True, "action": "/", "method": "post"},
    )


def _preview() -> rx.Component:
    return rx.el.div(
        rx.el.img(alt=tr("ready.photo_alt"), custom_attrs=hooks(preview="")),
        rx.el.p(tr("ready.no_preview"), class_name="no-preview"),
        class_name="finder preview",
    )


def _change() -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="file",
            accept=PICTURES,
            class_name="unseen",
            custom_attrs=hooks(photo_input=""),
        ),
        icon("image"),
        rx.el.span(tr("ready.change")),
        class_name="button quiet change",
        custom_attrs=_shown_in("ready"),
    )


def _starts() -> rx.Component:
    return rx.el.div(
        _start("primary", icon("search"), tr("ready.start"), testid="start-search", act="start"),
        _start("plain", tr("ready.choose"), act="start-choosing"),
        class_name="buttons",
    )


def _start(kind: str, *children: Any, **names: str) -> rx.Component:
    return rx.el.button(
        *children, type="submit", class_name=f"button {kind} large", custom_attrs=hooks(**names)
    )


def _sending() -> rx.Component:
    return rx.el.div(
        _heading("send.sending", "sending"),
        _heading("send.waiting", "unsaved"),
        rx.el.div(_upload_bar(), custom_attrs=_shown_in("sending")),
        rx.el.div(*_unsaved(), custom_attrs=_shown_in("unsaved")),
        button(tr("send.stop"), kind="quiet", act="stop-sending"),
        class_name="sending",
        custom_attrs=_shown_in("sending", "unsaved"),
    )


def _heading(words: str, phase: str) -> rx.Component:
    return rx.el.h1(tr(words), custom_attrs=_shown_in(phase) | {"tabindex": "-1"})


def _upload_bar() -> rx.Component:
    return rx.el.div(
        rx.el.div(class_name="fill"),
        class_name="meter",
        custom_attrs=hooks(upload_bar="")
        | {
            "role": "progressbar",
            "aria-label": tr("send.sending"),
            "aria-valuemin": "0",
            "aria-valuemax": "100",
        },
    )


def _unsaved() -> tuple[rx.Component, ...]:
    return (
        rx.el.p(
            icon("wifi-off"),
            tr("send.not_stored"),
            class_name="unsaved",
            custom_attrs={"role": "status"},
        ),
        rx.el.div(
            button(icon("rotate-ccw"), tr("send.retry_now"), kind="primary", act="send-now"),
            class_name="buttons",
        ),
    )
