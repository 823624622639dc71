"""Sheets and dialogs of the results page."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.phone import phone_field
from searchapp.web.components.vars import ARRANGE, SHARE, WORDS, call, tr
from searchapp.web.states.results import ResultsState

JOB = ResultsState.job


def dialogs() -> rx.Component:
    """All of them; each is closed until its button is pressed."""
    return rx.fragment(_qr(), _number(), _share(), _erase(), arrange_sheet())


def _dialog(name: str, title: Any, *children: Any) -> rx.Component:
    return rx.el.dialog(
        rx.el.div(
            rx.el.div(
                rx.el.h2(title, id=f"dialog-{name}"),
                button(
                    icon("x"),
                    kind="quiet round",
                    act="close",
                    attrs={"aria-label": tr("common.close")},
                ),
                class_name="row",
            ),
            *children,
            class_name="sheet",
        ),
        custom_attrs={"aria-labelledby": f"dialog-{name}", **hooks(name=name)},
    )


def _qr() -> rx.Component:
    return _dialog(
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
    return _dialog(
        "number",
        tr("sms.add"),
        rx.el.form(
            phone_field("dialog"),
            button(
                icon("message-square"),
                tr("sms.save"),
                kind="primary large",
                act="notify",
                attrs=hooks(failed=tr("error.action")),
                type="submit",
            ),
            custom_attrs=hooks(notify="") | {"noValidate": True, "method": "dialog"},
        ),
    )


def _share() -> rx.Component:
    return _dialog(
        "share",
        tr("share.title"),
        rx.el.p(tr("share.note"), class_name="soft"),
        rx.cond(
            SHARE == "",
            button(
                icon("link"),
                tr("share.make"),
                kind="primary large",
                act="share-make",
                attrs=hooks(failed=tr("share.failed")),
            ),
            rx.el.div(
                rx.el.p(SHARE, class_name="url"),
                rx.el.div(
                    button(
                        icon("share-2"),
                        tr("share.send"),
                        kind="primary",
                        act="share",
                        attrs=hooks(link=SHARE, said=tr("way.copied")),
                    ),
                    button(
                        icon("copy"),
                        tr("way.copy"),
                        act="copy",
                        attrs=hooks(link=SHARE, said=tr("way.copied")),
                    ),
                    button(
                        icon("link-2-off"),
                        tr("share.stop"),
                        kind="quiet",
                        act="share-stop",
                        attrs=hooks(said=tr("share.stopped"), failed=tr("error.action")),
                    ),
                    class_name="actions",
                ),
                rx.el.img(
                    src="/qr/s/" + call("lastPart", SHARE),
                    alt=tr("share.qr_alt"),
                    class_name="qr",
                    width="240",
                    height="240",
                ),
            ),
        ),
    )


def _erase() -> rx.Component:
    return _dialog(
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


def arrange_sheet(items: rx.Var | None = None) -> rx.Component:
    """Sort and filters, in one sheet."""
    shown = JOB.pieces if items is None else items
    steps = call("priceSteps", shown, returns=list[int])
    names = call("brands", shown, returns=list[str])
    return _dialog(
        "arrange",
        tr("results.sort"),
        _group(
            "results.sort_by",
            *(
                _option("sort", value, tr(words))
                for value, words in (
                    ("match", "results.by_match"),
                    ("price", "results.by_price"),
                    ("price_down", "results.by_price_down"),
                )
            ),
        ),
        rx.cond(
            steps.length() > 0,
            _group(
                "results.max_price",
                _option("max", 0, tr("results.any_price")),
                rx.foreach(
                    steps, lambda step: _option("max", step, call("upTo", WORDS, step, shown))
                ),
            ),
        ),
        rx.cond(
            names.length() > 1,
            _group(
                "results.brand",
                _option("brand", "", tr("results.any_brand")),
                rx.foreach(names, lambda name: _option("brand", name, name)),
            ),
        ),
        rx.el.div(
            button(tr("results.show"), kind="primary", act="close"),
            button(tr("results.reset"), kind="quiet", act="arrange-reset"),
            class_name="actions",
        ),
    )


def _group(words: str, *options: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(tr(words)), rx.el.div(*options, class_name="chips"), class_name="group"
    )


def _option(part: str, value: Any, words: Any) -> rx.Component:
    return rx.el.button(
        icon("check"),
        words,
        type="button",
        class_name="chip",
        custom_attrs={
            "aria-pressed": rx.cond(ARRANGE[part] == value, "true", "false"),
            **hooks(act="arrange", part=part, value=value),
        },
    )
