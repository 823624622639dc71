"""While a search runs: the promise, the steps, and the link to come back by."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon, style
from searchapp.web.components.vars import call, tr, tr_by
from searchapp.web.states.results import ResultsState

JOB = ResultsState.job
STEPS = ("reading", "regions", "matching", "finishing")


def promise() -> rx.Component:
    """The banner when the message is promised, else why it is not, else nothing."""
    return rx.cond(
        JOB.banner,
        rx.el.div(
            icon("message-square"),
            rx.el.div(
                rx.el.p(
                    tr("way.banner"), class_name="strong", custom_attrs=hooks(testid="close-banner")
                ),
                rx.el.p(_sms_line()),
            ),
            class_name="promise",
        ),
        rx.cond(
            JOB.reason != "",
            rx.el.div(
                icon("triangle-alert"),
                rx.el.div(
                    rx.el.p(tr_by("reason", JOB.reason), class_name="strong"),
                    rx.el.p(tr("sms.not_possible")),
                ),
                class_name="promise off",
                custom_attrs=hooks(testid="sms-refused"),
            ),
        ),
    )


def _sms_line() -> rx.Var:
    waiting = rx.cond(
        JOB.phone != "",
        call("fill", tr("way.text_to"), {"phone": JOB.phone}),
        tr("way.text_to_you"),
    )
    return rx.cond((JOB.sms == "") | (JOB.sms == "pending"), waiting, tr_by("sms", JOB.sms))


def progress() -> rx.Component:
    """Named steps with a true bar, and the link to come back by: a sheet at the foot of a phone.

    It takes no room in the page, so that nothing moves when the search has ended; the bar stays,
    full and thin, below the photo.
    """
    return rx.el.div(
        rx.el.div(
            rx.el.div(class_name="fill"),
            class_name="meter",
            custom_attrs={
                "role": "progressbar",
                "aria-label": tr("way.progress"),
                "aria-valuemin": "0",
                "aria-valuemax": "100",
                "aria-valuenow": JOB.progress,
                **style(part=JOB.progress / 100),
                **hooks(testid="progress", running=rx.cond(JOB.running, "true", "false")),
            },
        ),
        rx.cond(
            JOB.running,
            rx.el.div(
                rx.el.ol(
                    *(_step(number, name) for number, name in enumerate(STEPS, 1)),
                    class_name="steps",
                ),
                rx.el.p(_time_left(), class_name="soft left"),
                rx.cond(~JOB.banner, come_back()),
                class_name="run",
            ),
        ),
        class_name="progress",
        custom_attrs=hooks(on=JOB.running),
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


def _time_left() -> rx.Var:
    """A range, or that it waits for its turn."""
    return rx.cond(
        JOB.stage == "queued",
        tr("way.queued"),
        rx.cond(
            JOB.high > 2,
            call("fill", tr("way.left"), {"low": JOB.low, "high": JOB.high}),
            tr("way.left_soon"),
        ),
    )


def spoken() -> rx.Component:
    """What a screen reader hears: the step and the end, not each percent."""
    sentence = rx.cond(
        JOB.running,
        rx.match(
            JOB.step,
            *((number, tr(f"step.{name}")) for number, name in enumerate(STEPS, 1)),
            tr("way.queued"),
        ),
        rx.cond(
            JOB.status == "completed",
            rx.cond(JOB.found > 0, tr("results.title"), tr("results.title_none")),
            "",
        ),
    )
    return rx.el.p(sentence, class_name="unseen", custom_attrs={"role": "status"})


def link_way(picture: str, words: str, act: str, kind: str = "plain", **more: Any) -> rx.Component:
    """A button that copies or sends a link, the page's own unless ``link`` names another."""
    said = hooks(said=tr("way.copied"), failed=tr("way.copy_failed"), **more)
    return button(icon(picture), tr(words), kind=kind, act=act, attrs=said)


def come_back() -> rx.Component:
    """The link of this search: to copy, to share, to carry to another device."""
    return rx.el.section(
        rx.el.h2(tr("way.link_title")),
        rx.el.div(
            link_way("copy", "way.copy", "copy"),
            link_way("share-2", "way.share", "share"),
            button(icon("qr-code"), tr("way.qr"), act="open", attrs=hooks(opens="qr")),
            class_name="actions",
        ),
        class_name="come-back",
    )
