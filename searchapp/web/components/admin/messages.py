"""Text messages: the stop switch, their states, what they cost, those in trouble."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.admin.searches import chart
from searchapp.web.components.admin.tables import cells, figure, figures, section, short, table
from searchapp.web.components.admin.wording import sentence, when, word, word_by
from searchapp.web.components.bits import hooks
from searchapp.web.states.admin import AdminState

_VIEW = AdminState.view


def sms() -> rx.Component:
    """All about messages."""
    return section(
        "sms",
        _switch(),
        figures(
            rx.foreach(_VIEW["sms"], lambda part: figure(word_by("sms", part["name"]), part["n"]))
        ),
        rx.el.h3(word("spending")),
        _spending(),
        _troubles(),
    )


def _switch() -> rx.Component:
    stopped = _VIEW["sms_stopped"]
    return rx.el.div(
        rx.el.p(
            rx.cond(stopped, word("sms_off"), word("sms_on")),
            class_name=rx.cond(stopped, "standing bad", "standing good"),
        ),
        rx.el.button(
            rx.cond(stopped, word("start_sms"), word("stop_sms")),
            type="button",
            class_name="button plain",
            on_click=AdminState.switch_sms(stopped.to(bool)),
            custom_attrs=hooks(testid="sms-switch"),
        ),
        class_name="row",
    )


def _spending() -> rx.Component:
    def day(line: rx.Var) -> rx.Component:
        return cells(line["day"], line["accepted"], line["segments"], line["failed"])

    return rx.cond(
        _VIEW["days"].length() > 0,
        rx.el.div(
            chart("fortnight", _VIEW["spending"], good="accepted"),
            table(("date", "accepted", "segments", "failed"), _VIEW["days"], day),
            class_name="two",
        ),
        sentence("spending_none"),
    )


def _troubles() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        button = rx.el.button(
            word("again"),
            type="button",
            class_name="button plain small",
            on_click=AdminState.send_again(line["ref"].to(str)),
        )
        return cells(
            short(line),
            word_by("sms", line["state"]),
            line["error"],
            rx.cond(line["again"], button),
            when(line["at"]),
        )

    return rx.cond(
        _VIEW["troubles"].length() > 0,
        rx.fragment(
            rx.el.h3(word("troubles")),
            table(("id", "state", "reason", "action", "at"), _VIEW["troubles"], row),
        ),
    )
