"""The place of the photo on the page of a search."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.shell import style
from searchapp.web.history import PREVIEW


def stage(frame: rx.Component, own: Any = True) -> rx.Component:
    """The place of the photo on the page.

    :param own: whether what this tab can show is this search's photo.
    """
    url = PREVIEW.value["url"].to(str)
    shown = rx.cond((url != "") & own, "url(" + url + ")", rx.Var("undefined"))
    return rx.el.div(frame, class_name="stage", custom_attrs=style(preview=shown))
