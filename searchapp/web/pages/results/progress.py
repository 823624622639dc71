"""What the page of a search shows while it runs: the promise, the steps, the time left."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.shell import (
    hooks,
    icon,
    meter,
    open_button,
)
from searchapp.web.pages.results.owner import link_ways
from searchapp.web.pages.results.state import JOB, ResultsState
from searchapp.web.words import tr, tr_by

STEPS = ("reading", "regions", "matching", "finishing")


def title() -> Any:
    found = rx.cond(JOB.same > 0, tr("results.title"), tr("results.title_similar"))
    ended = rx.cond(JOB.found > 0, found, tr("results.title_none"))
    return rx.cond(JOB.running, tr("way.title"), ended)


def promise() -> rx.Component:
    """The banner when the message is promised, else why it is not, else nothing."""
    banner = rx.el.p(
        tr("way.banner"), class_name="strong", custom_attrs=hooks(testid="close-banner")
    )
    refused = rx.el.div(
        icon("triangle-alert"),
        rx.el.div(
            rx.el.p(tr_by("reason", JOB.reason), class_name="strong"),
            rx.el.p(tr("sms.not_possible")),
        ),
        class_name="promise off",
        custom_attrs=hooks(testid="sms-refused"),
    )
    return rx.cond(
        JOB.banner,
        rx.el.div(
            icon("message-square"),
            rx.el.div(banner, rx.el.p(_sms_line())),
            class_name="promise",
        ),
        rx.cond(JOB.reason != "", refused),
    )


def _sms_line() -> rx.Var[str]:
    to = rx.cond(JOB.phone != "", tr("way.text_to", phone=JOB.phone), tr("way.text_to_you"))
    line: rx.Var[str] = rx.cond(
        (JOB.sms == "") | (JOB.sms == "pending"), to, tr_by("sms", JOB.sms)
    ).to(str)
    return line


def progress() -> rx.Component:
    """Named steps with a true bar, and the link to come back by: a sheet at the foot of a phone.

    It takes no room in the page, so that nothing moves when the search has ended; the bar stays,
    full and thin, below the photo.
    """
    hooked = hooks(testid="progress", running=rx.cond(JOB.running, "true", "false"))
    bar = meter(tr("way.progress"), JOB.progress, **hooked)
    steps = rx.el.ol(*(_step(n, name) for n, name in enumerate(STEPS, 1)), class_name="steps")
    run = rx.el.div(
        steps,
        rx.el.p(_time_left(), class_name="soft left"),
        rx.cond(~JOB.banner, _come_back()),
        class_name="run",
    )
    return rx.el.div(
        bar, rx.cond(JOB.running, run), class_name="progress", custom_attrs=hooks(on=JOB.running)
    )


def _step(number: int, name: str) -> rx.Component:
    return rx.el.li(
        rx.el.span(icon("check"), class_name="dot", custom_attrs={"aria-hidden": "true"}),
        rx.el.span(tr(f"step.{name}")),
        custom_attrs={
            "aria-current": rx.cond(JOB.step == number, "step", "false"),
            **hooks(done=JOB.step > number),
        },
    )


def _time_left() -> Any:
    """A range, or that it waits for its turn; no time that no worker would keep."""
    running = rx.cond(JOB.high > 2, tr("way.left", low=JOB.low, high=JOB.high), tr("way.left_soon"))
    place = ResultsState.place
    timed = tr("way.ahead", n=place["ahead"], minutes=place["minutes"])
    ahead = rx.cond(place["minutes"] > 0, timed, tr("way.ahead_alone", n=place["ahead"]))
    queued = rx.cond(place["ahead"] > 0, ahead, tr("way.queued"))
    halted = rx.cond(ResultsState.halted, tr("way.queued"), running)
    return rx.cond(JOB.stage == "queued", queued, halted)


def spoken() -> rx.Component:
    """What a screen reader hears: the step and the end, not each percent."""
    step = rx.match(
        JOB.step,
        *((number, tr(f"step.{name}")) for number, name in enumerate(STEPS, 1)),
        tr("way.queued"),
    )
    sentence = rx.cond(JOB.running, step, rx.cond(JOB.status == "completed", title(), ""))
    return rx.el.p(sentence, class_name="unseen", custom_attrs={"role": "status"})


def _come_back() -> rx.Component:
    """The link of this search: to copy, to share, to carry to another device."""
    share, copy = link_ways("", "way.share")
    code = open_button("qr", icon("qr-code"), tr("way.qr"))
    return rx.el.section(
        rx.el.h2(tr("way.link_title")),
        rx.el.div(copy, share, code, class_name="actions"),
        class_name="come-back",
    )
