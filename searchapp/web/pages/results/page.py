"""The page: waiting, choosing, following, results, and what is left when there are none."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.browser.intl import day, money
from searchapp.web.browser.pending import PendingActions, is_pending, noted
from searchapp.web.browser.tab import focus_on
from searchapp.web.components.arranging import arrange_button
from searchapp.web.components.cards import LIT, bones, item_sections
from searchapp.web.components.fields import outside_line
from searchapp.web.components.shell import (
    Button,
    button,
    hooks,
    icon,
    link_button,
    notice,
    open_button,
    page,
    panel,
    stage,
)
from searchapp.web.history import forget, remember, screen_photo
from searchapp.web.pages.results.actions import ActionState, OwnerState
from searchapp.web.pages.results.choosing import AGAIN, choosing, drawing_again, photo, search_again
from searchapp.web.pages.results.owner import OwnersView, again_button, sheets
from searchapp.web.pages.results.progress import progress, promise, spoken, title
from searchapp.web.pages.results.state import JOB, ResultsState
from searchapp.web.pages.results.view import FilterView, ItemView
from searchapp.web.words import LANG, in_both, label_name, tr, tr_by, tr_dated

_GONE = ("not_found", "expired", "erased")


def results() -> rx.Component:
    """The whole page."""
    said = ActionState.said
    return page(
        PendingActions.create(
            answered=ActionState.answered,
            visit=ResultsState.visit,
            on_resume=ActionState.resume,
            on_moved=lambda path: [
                remember(path.to(str).split("/")[-1], screen_photo(path.to(str).split("/")[-1])),
                rx.redirect(path.to(str)),
            ],
        ),
        rx.match(
            ResultsState.phase,
            ("found", _found()),
            ("unavailable", _edge("wifi-off", "away")),
            ("not_found", _gone("search-x", "not_found")),
            ("expired", _gone("hourglass", "expired", _kept_so_long())),
            ("erased", _gone("eraser", "erased")),
            skeleton(),
        ),
        title=_tab_title(),
        kind="results",
        progress=rx.cond(JOB.running, JOB.progress, -1),
        ended=rx.cond(ResultsState.watched & ~JOB.running, "✓ ", ""),
        on_wake=ResultsState.refresh,
        said=notice(in_both(said["ko"], said["en"]), said["key"]),
    )


def _tab_title() -> rx.Var[str]:
    """What the page is about: its heading."""
    ended = rx.match(
        JOB.status,
        ("failed", tr("edge.failed")),
        ("cancelled", tr("edge.cancelled")),
        rx.cond(JOB.stage == "choosing", tr("choose.title"), title()),
    )
    shown: rx.Var[str] = rx.match(
        ResultsState.phase,
        ("found", ended),
        ("unavailable", tr("edge.away")),
        *((phase, tr(f"edge.{phase}")) for phase in _GONE),
        tr("common.reconnecting"),
    ).to(str)
    return shown


def waiting() -> rx.Component:
    """What a page shows that is not prerendered, until its code has come."""
    return page(skeleton(), title=tr("home.title"), kind="results")


def skeleton() -> rx.Component:
    """The page's shape before the server has said anything: no percent, no promise."""
    connecting = rx.el.p(
        tr("common.reconnecting"), class_name="unseen", custom_attrs={"role": "status"}
    )
    return rx.el.div(
        rx.el.div(stage(rx.el.div(class_name="frame waiting")), class_name="photo-side"),
        rx.el.div(
            connecting,
            rx.el.div(class_name="bone heading"),
            rx.el.div(class_name="bone row-bone"),
            rx.el.div(_first_bones(), class_name="items"),
            class_name="main-side",
        ),
        class_name="two-sides",
        custom_attrs={"aria-busy": "true"},
    )


# --- what is left when there is nothing to show --------------------------------------------------


def _kept_so_long() -> rx.Component:
    return rx.el.span(tr_dated("edge.expired_hint"), class_name="dated")


def _edge(icon_name: str, name: str, hint: Any = None) -> rx.Component:
    return panel(
        icon_name,
        tr(f"edge.{name}"),
        tr(f"edge.{name}_hint") if hint is None else hint,
        link_button(icon("camera"), tr("nav.new"), href="/", kind="primary large"),
    )


def _gone(icon_name: str, name: str, hint: Any = None) -> rx.Component:
    """Nothing is there any more; the list of the last searches need not keep it either."""
    return rx.el.div(
        _edge(icon_name, name, hint),
        on_mount=forget(ResultsState.name),
        custom_attrs=hooks(gone=""),
    )


# --- a search ------------------------------------------------------------------------------------


def _found() -> rx.Component:
    return rx.el.div(
        rx.cond(AGAIN.value & ~JOB.running, drawing_again(), _shown()),
        spoken(),
        sheets(),
        custom_attrs={
            **hooks(job=JOB.id, version=JOB.version, status=JOB.status, stage=JOB.stage),
            "data-watched": rx.cond(ResultsState.watched, "", rx.Var("undefined")),
        },
    )


def _shown() -> rx.Component:
    return rx.match(
        JOB.status,
        ("failed", rx.fragment(promise(), _ended("failed", tr_by("error", JOB.error)))),
        ("cancelled", _ended("cancelled", tr("edge.cancelled_hint"))),
        rx.cond(JOB.stage == "choosing", rx.fragment(promise(), choosing()), _running_or_done()),
    )


def _ended(how: str, hint: Any) -> rx.Component:
    """A search without results: its photo is kept, to be searched again or erased."""
    new = rx.fragment(icon("camera"), tr("nav.new"))
    same = button(
        icon("rotate-ccw"),
        tr("again.same"),
        kind="primary large",
        act="again-same",
        busy=is_pending("again"),
        on_click=search_again({}),
    )
    return rx.fragment(
        panel(
            "x" if how == "cancelled" else "triangle-alert",
            tr(f"edge.{how}"),
            hint,
            rx.cond(
                JOB.again,
                rx.fragment(same, again_button(), link_button(new, href="/")),
                link_button(new, href="/", kind="primary large"),
            ),
            _eraser(),
        ),
        rx.el.div(_until("edge.until"), class_name="panel-foot"),
    )


def _eraser() -> rx.Component:
    return open_button("erase", icon("trash-2"), tr("results.erase"), kind="quiet")


def _until(words: str) -> rx.Component:
    date = day(LANG.value, JOB.expires)
    return rx.el.p(icon("clock"), tr(words, date=date), class_name="soft note")


def _running_or_done() -> rx.Component:
    around = OwnersView()
    return rx.el.div(
        rx.el.div(
            photo(_photo_alt(), rx.foreach(JOB.pieces, _region)),
            progress(),
            class_name="photo-side sticky",
        ),
        rx.el.div(
            rx.el.h1(title(), custom_attrs={"tabindex": "-1"}),
            promise(),
            _filter_chips(),
            rx.cond(JOB.running, _while_running(), _when_done()),
            outside_line(JOB.elsewhere),
            rx.el.div(
                rx.cond(JOB.running & (JOB.pieces.length() == 0), _first_bones()),
                item_sections(JOB.pieces, JOB.facets, around),
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


def _photo_alt() -> Any:
    return rx.cond(JOB.running, tr("way.photo_alt"), tr("results.photo_alt"))


def _region(item: rx.vars.ObjectVar[ItemView]) -> rx.Component:
    """A box that leads to its results."""
    return rx.el.a(
        rx.el.span(label_name(item.label), class_name="tag"),
        href="#item-" + item.id,
        class_name="region",
        custom_attrs={
            "style": item.place,
            "aria-label": tr("results.region", label=label_name(item.label)),
            "data-lit": rx.cond(LIT.value == item.id, "", rx.Var("undefined")),
            **hooks(region=item.id),
        },
    )


def _while_running() -> rx.Component:
    cancel = button(
        icon("x"),
        tr("way.cancel"),
        kind="quiet",
        act="cancel",
        busy=is_pending("cancel"),
        on_click=OwnerState.cancel(noted("cancel")),
    )
    number = _number_button(rx.cond(JOB.banner, tr("sms.change"), tr("sms.add")))
    # Who was on one of these buttons when they went is led to what the page says now.
    return rx.el.div(
        number, cancel, key="running", class_name="actions", on_unmount=focus_on("h1", lost=True)
    )


def _number_button(words: Any) -> rx.Component:
    return open_button("number", icon("message-square"), words, kind="quiet")


def _when_done() -> rx.Component:
    return rx.el.div(
        open_button("share", icon("share-2"), tr("results.share")),
        rx.cond(JOB.found > 0, arrange_button()),
        key="done",
        class_name="actions",
    )


def _end() -> rx.Component:
    kinds = button(
        icon("search"),
        tr("results.other_kinds"),
        act="other-kinds",
        busy=is_pending("again"),
        on_click=search_again({"kinds": True}),
    )
    demo = rx.el.p(icon("shirt"), tr("results.demo"), class_name="soft note")
    return rx.el.div(
        rx.cond(JOB.narrow & JOB.again, rx.el.div(kinds, class_name="actions")),
        rx.cond(JOB.demo, demo),
        _until("results.until"),
        rx.el.div(
            again_button(),
            link_button(icon("camera"), tr("results.again"), href="/"),
            open_button("qr", icon("qr-code"), tr("way.qr")),
            _number_button(rx.cond(JOB.sms != "", tr("sms.resend"), tr("sms.add"))),
            _eraser(),
            class_name="actions",
        ),
        class_name="end",
    )


# --- the filters of a search ---------------------------------------------------------------------


def _filter_chips() -> rx.Component:
    """Each filter of the search; once it has ended, taking one away searches again without it."""
    return rx.cond(
        JOB.filters.length() > 0,
        rx.el.div(
            rx.el.h2(tr("filters.title"), id="filters-title"),
            rx.el.ul(
                rx.foreach(JOB.filters, _filter_chip),
                class_name="chips",
                custom_attrs={"aria-labelledby": "filters-title"},
            ),
            class_name="filters",
            custom_attrs=hooks(testid="filters"),
        ),
    )


def _filter_chip(chip: rx.vars.ObjectVar[FilterView]) -> rx.Component:
    words = _filter_words(chip)
    taken = Button.create(
        words,
        icon("x"),
        type="button",
        class_name="chip",
        on_click=search_again({"drop": chip.name}),
        custom_attrs={"aria-label": tr("filters.without", name=words)},
    )
    fixed = rx.el.span(words, class_name="chip fixed")
    return rx.el.li(rx.cond(JOB.running | ~JOB.again, fixed, taken))


def _filter_words(chip: rx.vars.ObjectVar[FilterView]) -> rx.Var[str]:
    low, high = (money(LANG.value, end, chip.text) for end in (chip.low, chip.high))
    words: rx.Var[str] = rx.match(
        chip.name,
        ("kind", label_name(chip.text)),
        ("price", (low + " ~ " + high).strip()),
        ("colour", tr_by("colour", chip.text, chip.text)),
        ("in_stock", tr("results.in_stock")),
        chip.text,
    ).to(str)
    return words
