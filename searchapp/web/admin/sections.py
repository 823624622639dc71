"""The sections of the operator's page about searches and messages."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.admin.lines import ActionLine, DayLine, JobLine, TroubleLine
from searchapp.web.admin.overview import LISTED
from searchapp.web.admin.state import AdminState
from searchapp.web.admin.tables import (
    BAD,
    FAIR,
    GOOD,
    cells,
    figure,
    figures,
    folded,
    job_buttons,
    level_chart,
    named,
    section,
    short,
    small_button,
    stacked_chart,
    table,
    titled_table,
    unless_empty,
    when,
    word,
    word_by,
)
from searchapp.web.admin.views import ChartView, CountView
from searchapp.web.components.shell import hooks, icon

_VIEW = AdminState.view


# --- the moment -----------------------------------------------------------------------------------


def standing() -> rx.Component:
    """All is well, or what is not."""
    return rx.el.div(
        rx.cond(
            _VIEW.attention.length() > 0,
            rx.el.ul(
                rx.foreach(
                    _VIEW.attention,
                    lambda sign: rx.el.li(
                        icon("triangle-alert"),
                        rx.el.span(word_by("attention", sign.slug), " ", sign.about),
                    ),
                ),
                class_name="attention",
            ),
            rx.el.p(icon("check"), word("all_well"), class_name="attention well"),
        ),
        custom_attrs={"role": "status"} | hooks(testid="admin-standing"),
    )


def now() -> rx.Component:
    """Workers and the queue, and the switch that pauses it."""
    names = ("workers", "waiting", "running", "choosing", "oldest")
    paused = _VIEW.paused
    return section(
        "now",
        _switch(
            paused,
            ("queue_paused", "queue_runs"),
            ("resume", "pause"),
            AdminState.pause(~paused.to(bool)),
            "queue-switch",
        ),
        figures(*map(figure, map(word, names), named(_VIEW, *names))),
    )


def _switch(
    off: rx.vars.BooleanVar,
    states: tuple[str, str],
    turns: tuple[str, str],
    event: object,
    testid: str,
) -> rx.Component:
    """What is on or off, and the button that turns it; of each pair the first is for off."""
    return rx.el.div(
        rx.el.p(
            rx.cond(off, word(states[0]), word(states[1])),
            class_name=rx.cond(off, "standing bad", "standing good"),
        ),
        rx.el.button(
            rx.cond(off, word(turns[0]), word(turns[1])),
            type="button",
            class_name="button plain",
            on_click=event,
            custom_attrs=hooks(testid=testid),
        ),
        class_name="row",
    )


# --- searches over time ---------------------------------------------------------------------------


def searches() -> rx.Component:
    """Stored searches by state, and what ended in the last hour and day."""
    return section(
        "searches",
        figures(
            rx.foreach(
                _VIEW.statuses,
                lambda part: figure(word_by("status", part.name), part.n),
            )
        ),
        rx.el.div(
            chart("hour", _VIEW.minutes, good="good"),
            chart("day", _VIEW.hours, good="good"),
            class_name="two",
        ),
    )


def chart(key: str, bars: rx.vars.ObjectVar[ChartView], *, good: str) -> rx.Component:
    """Bars of a span of time, and what they add up to; ``good`` names the good ones."""
    return rx.el.figure(
        rx.el.figcaption(
            rx.el.strong(word(key)),
            rx.el.span(
                rx.el.i(class_name="dot good"),
                word(good),
                " ",
                rx.el.strong(bars.good),
                rx.el.i(class_name="dot bad"),
                word("bad"),
                " ",
                rx.el.strong(bars.bad),
            ),
        ),
        stacked_chart(
            bars.rows, word(key), {"bad": (word("bad"), BAD), "good": (word(good), GOOD)}
        ),
    )


def durations() -> rx.Component:
    """Seconds by stage."""
    rows = _VIEW.durations

    def row(part: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
        return cells(word_by("stage", part["stage"]), part["median"], part["p95"])

    parts = {"median": (word("median"), GOOD), "p95": (word("p95"), FAIR)}
    return section(
        "durations",
        unless_empty(
            rows,
            "durations_none",
            level_chart(rows, word("durations"), parts),
            table(("stage", "median", "p95"), rows, row),
            rx.el.p(word("durations_hint"), class_name="soft small"),
        ),
    )


# --- text messages --------------------------------------------------------------------------------


def sms() -> rx.Component:
    """All about messages."""
    return section(
        "sms",
        _switch(
            _VIEW.sms_stopped,
            ("sms_off", "sms_on"),
            ("start_sms", "stop_sms"),
            AdminState.switch_sms(_VIEW.sms_stopped.to(bool)),
            "sms-switch",
        ),
        figures(rx.foreach(_VIEW.sms, lambda part: figure(word_by("sms", part.name), part.n))),
        rx.el.h3(word("spending")),
        _spending(),
        _troubles(),
    )


def _spending() -> rx.Component:
    def day(line: rx.vars.ObjectVar[DayLine]) -> rx.Component:
        return cells(line.day, line.accepted, line.segments, line.failed)

    both = rx.el.div(
        chart("fortnight", _VIEW.spending, good="accepted"),
        table(("date", "accepted", "segments", "failed"), _VIEW.days, day),
        class_name="two",
    )
    return unless_empty(_VIEW.days, "spending_none", both)


def _troubles() -> rx.Component:
    def row(line: rx.vars.ObjectVar[TroubleLine]) -> rx.Component:
        button = small_button("again", AdminState.send_again(line.ref.to(str)))
        return cells(
            short(line.short),
            word_by("sms", line.state),
            line.error,
            rx.cond(line.again, button),
            when(line.at),
        )

    heads = ("id", "state", "reason", "action", "at")
    return titled_table("troubles", heads, _VIEW.troubles, row)


# --- single searches ------------------------------------------------------------------------------


def lookup() -> rx.Component:
    """Asks for a search's link or a number, and shows what was found."""
    return section(
        "lookup",
        rx.el.form(
            rx.el.label(word("asked"), html_for="asked"),
            rx.el.div(
                rx.el.input(
                    name="asked", id="asked", max_length=200, auto_complete="off", required=True
                ),
                rx.el.button(word("look"), type="submit", class_name="button plain"),
                class_name="ask",
            ),
            on_submit=AdminState.search,
        ),
        rx.cond(AdminState.found.length() > 0, table(_FOUND_HEADS, AdminState.found, _found)),
        rx.cond(AdminState.opened.ref != "", _opened()),
    )


def _opened() -> rx.Component:
    """One search: when it was where, its error, and what happened to it in the queue."""
    job = AdminState.opened
    times = ("created_at", "claimed_at", "heartbeat", "finished_at")
    return rx.el.div(
        rx.el.h3(word("details"), " ", short(job.short)),
        figures(
            figure(word("state"), word_by("status", job.status)),
            figure(word("stage"), word_by("stage", job.stage)),
            figure(word("attempt"), job.attempt),
            figure(word("items"), *named(job, "items")),
        ),
        rx.cond(
            job.error_code != "",
            rx.el.p(word("reason"), ": ", word_by("error", job.error_code)),
        ),
        rx.el.dl(*map(figure, map(word, times), map(when, named(job, *times))), class_name="times"),
        table(
            ("attempts", "at"),
            job.events,
            lambda line: cells(word_by("event", line.event), when(line.at)),
        ),
        small_button("close", AdminState.show_job(job.ref.to(str))),
        custom_attrs=hooks(testid="admin-job"),
    )


_FOUND_HEADS = (
    "id", "state", "reason", "action", "at", "phone", "message", "items", "stage", "until",
)  # fmt: skip


def _found(line: rx.vars.ObjectVar[JobLine]) -> rx.Component:
    return cells(
        short(line.short),
        word_by("status", line.status),
        word_by("error", line.error_code),
        job_buttons(line),
        when(line.at),
        line.phone_masked,
        word_by("sms", line.sms),
        *named(line, "items"),
        word_by("stage", line.stage),
        when(line.until),
    )


def failures() -> rx.Component:
    """Failed searches with reasons, the newest first, a page at a time."""

    def row(line: rx.vars.ObjectVar[JobLine]) -> rx.Component:
        return cells(
            short(line.short),
            word_by("error", line.error_code),
            job_buttons(line),
            when(line.at),
            line.attempt,
            line.phone_masked,
        )

    heads = ("id", "reason", "action", "at", "attempt", "phone")
    shown = (_codes(), table(heads, _VIEW.failures, row), _pages())
    return section("failures", unless_empty(_VIEW.failed_by_code, "none_failed", *shown))


def _codes() -> rx.Component:
    """The errors with their counts, each a filter; what can be done to all of one."""
    chosen = AdminState.failed_code

    def code(part: rx.vars.ObjectVar[CountView]) -> rx.Component:
        return rx.el.button(
            word_by("error", part.name),
            " ",
            rx.el.strong(part.n),
            type="button",
            class_name="button plain small",
            on_click=AdminState.show_failed(part.name.to(str), 0),
            custom_attrs={"aria-pressed": rx.cond(chosen == part.name, "true", "false")},
        )

    return rx.el.div(
        small_button("all_errors", AdminState.show_failed("", 0)),
        rx.foreach(_VIEW.failed_by_code, code),
        rx.cond(
            chosen != "",
            rx.fragment(
                small_button("retry_all", AdminState.retry_all),
                folded("discard_all", small_button("discard_sure", AdminState.discard_all)),
            ),
        ),
        class_name="actions codes",
    )


def _pages() -> rx.Component:
    code, before, shown = AdminState.failed_code, AdminState.failed_from, _VIEW.failures.length()
    newer = AdminState.show_failed(code, (before - LISTED).to(int))
    older = AdminState.show_failed(code, (before + LISTED).to(int))
    return rx.el.div(
        rx.cond(before > 0, small_button("newer", newer)),
        rx.el.span(before + 1, "–", before + shown, class_name="soft small"),
        rx.cond(shown == LISTED, small_button("older", older)),
        class_name="actions",
    )


# --- what operators did ---------------------------------------------------------------------------


def audit() -> rx.Component:
    """The newest actions of operators, on this page and by command."""

    def row(line: rx.vars.ObjectVar[ActionLine]) -> rx.Component:
        return cells(
            when(line.at),
            line.actor,
            word_by("did", line.action),
            word_by("error", line.target),
            line.outcome,
        )

    heads = ("at", "actor", "action", "target", "outcome")
    shown = table(heads, _VIEW.actions, row)
    return section("audit", unless_empty(_VIEW.actions, "no_actions", shown))
