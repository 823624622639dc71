"""What every section of the operator's page is made of: figures, tables, their cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from searchapp.web.components.admin.wording import word
from searchapp.web.components.bits import hooks
from searchapp.web.states.admin import AdminState


def section(key: str, *children: Any) -> rx.Component:
    """A section under its heading; the way to it is ``#key``."""
    return rx.el.section(
        rx.el.h2(word(key)),
        *children,
        id=key,
        custom_attrs=hooks(testid=f"admin-{key}"),
    )


def figures(*children: Any) -> rx.Component:
    """Numbers side by side, each a :func:`figure`."""
    return rx.el.dl(*children, class_name="figures")


def figure(name: Any, value: Any) -> rx.Component:
    """One number under its name."""
    return rx.el.div(rx.el.dt(name), rx.el.dd(value))


def table(
    heads: Sequence[str], lines: rx.Var, row: Callable[[rx.Var], rx.Component]
) -> rx.Component:
    """A table; it scrolls by itself where it is wider than the page."""
    return scrolling(
        rx.el.table(
            rx.el.thead(rx.el.tr(*(rx.el.th(word(head), scope="col") for head in heads))),
            rx.el.tbody(rx.foreach(lines, row)),
        )
    )


def scrolling(wide: rx.Component) -> rx.Component:
    """What may be wider than the page."""
    return rx.el.div(wide, class_name="scrolling", custom_attrs={"tabindex": "0"})


def cells(*values: Any) -> rx.Component:
    """One row."""
    return rx.el.tr(*(rx.el.td(value) for value in values))


def short(line: rx.Var) -> rx.Component:
    """The beginning of a search's id."""
    return rx.el.code(line["short"], "…")


def retry(line: rx.Var) -> rx.Component:
    """Puts a failed search back into the queue."""
    return rx.cond(
        line["may_retry"],
        rx.el.button(
            word("retry"),
            type="button",
            class_name="button plain small",
            on_click=AdminState.retry(line["ref"].to(str)),
        ),
    )
