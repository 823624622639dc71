"""The sheet that shares results by a link of their own."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.sheets import sheet
from searchapp.web.components.vars import KAKAO, SHARE, call, tr
from searchapp.web.components.way import link_way


def share_sheet() -> rx.Component:
    """First a button that makes the link, then the ways to send it and the one to end it."""
    return sheet(
        "share",
        tr("share.title"),
        rx.el.p(tr("share.note"), class_name="soft"),
        rx.cond(SHARE == "", _make(), _shared()),
    )


def _make() -> rx.Component:
    return button(
        icon("link"),
        tr("share.make"),
        kind="primary large",
        act="share-make",
        attrs=hooks(failed=tr("share.failed")),
    )


def _shared() -> rx.Component:
    return rx.el.div(
        rx.el.p(SHARE, class_name="url"),
        rx.el.div(
            link_way("share-2", "share.send", "share", "primary", link=SHARE),
            _kakao(),
            link_way("copy", "way.copy", "copy", link=SHARE),
            button(
                icon("link-2-off"),
                tr("share.stop"),
                kind="quiet",
                act="share-stop",
                attrs=hooks(said=tr("share.stopped"), failed=tr("error.action")),
            ),
            class_name="actions",
        ),
        rx.el.div(
            rx.cond(KAKAO == "failed", rx.el.p(tr("share.kakao_failed"), class_name="wrong")),
            custom_attrs={"role": "alert"},
        ),
        rx.el.img(
            src="/qr/s/" + call("lastPart", SHARE),
            alt=tr("share.qr_alt"),
            class_name="qr",
            width="240",
            height="240",
        ),
    )


def _kakao() -> rx.Component:
    """KakaoTalk's own sheet, where the server has a key; its script is loaded when pressed."""
    return button(
        icon("send"),
        tr("share.kakao"),
        kind="plain where-kakao",
        act="kakao",
        attrs=hooks(
            link=SHARE,
            title=tr("share.page_title"),
            text=tr("app.description"),
            open=tr("share.kakao_open"),
        ),
    )
