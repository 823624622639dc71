"""``/results/{jobId}``: every phase after the photo."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.arranging import arrange_button
from searchapp.web.components.bits import button, hooks, icon, link_button
from searchapp.web.components.cards import bones, item_section
from searchapp.web.components.choosing import choosing, drawing_again
from searchapp.web.components.dialogs import dialogs
from searchapp.web.components.narrowing import filter_chips
from searchapp.web.components.outside import outside_line
from searchapp.web.components.photo import photo, result_regions, stage
from searchapp.web.components.shell import page, panel
from searchapp.web.components.vars import AGAIN, WORDS, call, tr, tr_by, tr_dated
from searchapp.web.components.way import progress, promise, spoken
from searchapp.web.states.results import ResultsState
from searchapp.web.states.views import ItemView

JOB = ResultsState.job
_CURRENCY = call("mainCurrency", JOB.pieces)


def results() -> rx.Component:
    """The whole page."""
    return page(
        rx.match(
            ResultsState.phase,
            ("found", _found()),
            ("away", _edge("wifi-off", "away")),
            ("not_found", _gone("search-x", "not_found")),
            ("expired", _gone("hourglass", "expired", _kept_so_long())),
            ("erased", _gone("eraser", "erased")),
            skeleton(),
        ),
        kind="results",
    )


def _kept_so_long() -> rx.Component:
    return rx.el.span(tr_dated("edge.expired_hint"), class_name="dated")


def _edge(icon_name: str, name: str, hint: rx.Component | None = None) -> rx.Component:
    return panel(
        icon_name,
        tr(f"edge.{name}"),
        tr(f"edge.{name}_hint") if hint is None else hint,
        link_button(icon("camera"), tr("nav.new"), href="/", kind="primary large"),
    )


def _gone(icon_name: str, name: str, hint: rx.Component | None = None) -> rx.Component:
    """Nothing is there any more; the list of the last searches need not keep it either."""
    return rx.el.div(_edge(icon_name, name, hint), custom_attrs=hooks(gone=""))


def waiting() -> rx.Component:
    """What a page shows that is not prerendered, until its code has come."""
    return page(skeleton(), kind="results")


def skeleton() -> rx.Component:
    """The page's shape before the server has said anything: no percent, no promise."""
    return rx.el.div(
        rx.el.div(stage(rx.el.div(class_name="frame waiting")), class_name="photo-side"),
        rx.el.div(
            rx.el.p(
                tr("common.reconnecting"), class_name="unseen", custom_attrs={"role": "status"}
            ),
            rx.el.div(class_name="bone heading"),
            rx.el.div(class_name="bone row-bone"),
            rx.el.div(_first_bones(), class_name="items"),
            class_name="main-side",
        ),
        class_name="two-sides",
        custom_attrs={"aria-busy": "true"},
    )


def _found() -> rx.Component:
    return rx.el.div(
        rx.cond((JOB.id == AGAIN) & ~JOB.running, drawing_again(), _shown()),
        spoken(),
        dialogs(),
        custom_attrs=hooks(
            job=JOB.id,
            version=JOB.version,
            status=JOB.status,
            stage=JOB.stage,
            pieces=JOB.again,
            filters=JOB.filters_json,
            currency=_CURRENCY,
        ),
    )


def _shown() -> rx.Component:
    return rx.match(
        JOB.status,
        ("failed", _failed()),
        ("cancelled", _cancelled()),
        rx.cond(JOB.stage == "choosing", _choosing(), _running_or_done()),
    )


def _choosing() -> rx.Component:
    return rx.fragment(promise(), choosing())


def _failed() -> rx.Component:
    return rx.fragment(
        promise(),
        _ended("triangle-alert", tr("edge.failed"), tr_by("error", JOB.error)),
    )


def _cancelled() -> rx.Component:
    return _ended("x", tr("edge.cancelled"), tr("edge.cancelled_hint"))


def _ended(icon_name: str, title: Any, hint: Any) -> rx.Component:
    """A search without results: its photo is kept, to be searched again or erased."""
    new = rx.fragment(icon("camera"), tr("nav.new"))
    return rx.fragment(
        panel(
            icon_name,
            title,
            hint,
            rx.cond(
                JOB.again != "",
                rx.fragment(
                    button(
                        icon("rotate-ccw"),
                        tr("again.same"),
                        kind="primary large",
                        act="again-same",
                        attrs=hooks(failed=tr("error.action")),
                    ),
                    _again(),
                    link_button(new, href="/"),
                ),
                link_button(new, href="/", kind="primary large"),
            ),
            _eraser(),
        ),
        rx.el.div(_until("edge.until"), class_name="panel-foot"),
    )


def _again() -> rx.Component:
    return button(icon("pen-line"), tr("again.open"), act="again")


def _until(words: str) -> rx.Component:
    return rx.el.p(
        icon("clock"),
        call("fill", tr(words), {"date": call("day", WORDS, JOB.expires)}),
        class_name="soft note",
    )


def _running_or_done() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            photo(_photo_alt(), result_regions()),
            progress(),
            class_name="photo-side sticky",
        ),
        rx.el.div(
            rx.el.h1(_title()),
            promise(),
            filter_chips(),
            rx.cond(JOB.running, _while_running(), _when_done()),
            outside_line(JOB.elsewhere),
            rx.el.div(
                rx.cond(JOB.running & (JOB.pieces.length() == 0), _first_bones()),
                rx.foreach(JOB.pieces, _item),
                class_name="items",
            ),
            rx.cond(~JOB.running, _end()),
            class_name="main-side",
        ),
        class_name="two-sides",
    )


def _first_bones() -> rx.Component:
    """The place of the first piece, before anybody knows what it is."""
    return rx.el.div(
        rx.el.div(class_name="bone heading small"),
        bones(),
        class_name="item",
        custom_attrs={"aria-hidden": "true"},
    )


def _item(item: rx.Var[ItemView]) -> rx.Component:
    return item_section(
        item, currency=_CURRENCY, owner=JOB.id, ended=~JOB.running, narrowed=JOB.filters_json != ""
    )


def _photo_alt() -> Any:
    return rx.cond(JOB.running, tr("way.photo_alt"), tr("results.photo_alt"))


def _title() -> Any:
    return rx.cond(
        JOB.running,
        tr("way.title"),
        rx.cond(JOB.found > 0, tr("results.title"), tr("results.title_none")),
    )


def _while_running() -> rx.Component:
    return rx.el.div(
        _number_button(rx.cond(JOB.banner, tr("sms.change"), tr("sms.add"))),
        button(
            icon("x"),
            tr("way.cancel"),
            kind="quiet",
            act="cancel",
            attrs=hooks(failed=tr("error.action")),
        ),
        key="running",
        class_name="actions",
    )


def _number_button(words: Any) -> rx.Component:
    return button(
        icon("message-square"), words, kind="quiet", act="open", attrs=hooks(opens="number")
    )


def _when_done() -> rx.Component:
    return rx.el.div(
        button(icon("share-2"), tr("results.share"), act="open", attrs=hooks(opens="share")),
        rx.cond(
            JOB.found > 0,
            arrange_button(),
        ),
        key="done",
        class_name="actions",
    )


def _end() -> rx.Component:
    return rx.el.div(
        rx.cond(JOB.demo, rx.el.p(icon("shirt"), tr("results.demo"), class_name="soft note")),
        _until("results.until"),
        rx.el.div(
            _again(),
            link_button(icon("camera"), tr("results.again"), href="/"),
            button(icon("qr-code"), tr("way.qr"), act="open", attrs=hooks(opens="qr")),
            _number_button(rx.cond(JOB.sms != "", tr("sms.resend"), tr("sms.add"))),
            _eraser(),
            class_name="actions",
        ),
        class_name="end",
    )


def _eraser() -> rx.Component:
    return button(
        icon("trash-2"), tr("results.erase"), kind="quiet", act="open", attrs=hooks(opens="erase")
    )
