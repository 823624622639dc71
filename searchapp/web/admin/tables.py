"""What every section of the operator's page is made of: words, figures, tables, bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from searchapp.web.admin.state import AdminState
from searchapp.web.admin.words import WORDS
from searchapp.web.browser.intl import day_and_time
from searchapp.web.components.shell import hooks
from searchapp.web.words import LANG, in_both

# --- words ---------------------------------------------------------------------------------------


def word(key: str) -> rx.Var:
    """The word of ``key``.

    :raises KeyError: there is none; the build stops there.
    """
    return in_both(*WORDS[key])


def word_by(prefix: str, slug: Any) -> rx.Var:
    """The word of ``prefix.slug`` where the slug comes from the server; unknown ones stay."""
    names = [key.partition(".")[2] for key in WORDS if key.startswith(f"{prefix}.")]
    return rx.match(slug, *((name, word(f"{prefix}.{name}")) for name in names), slug)


def when(moment: Any) -> rx.Var:
    """A moment in the reader's own time zone."""
    return day_and_time(LANG.value, moment)


def sentence(key: str, **attrs: str) -> rx.Component:
    """A quiet line."""
    return rx.el.p(word(key), class_name="soft", custom_attrs=attrs)


# --- figures and tables --------------------------------------------------------------------------


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


# --- bars ----------------------------------------------------------------------------------------


def bar_chart(chart: rx.Var, label: Any) -> rx.Component:
    """Bars from left (old) to right (new); ``chart`` is a ``ChartView``, ``label`` names it."""
    width = 100 / chart["bars"].length()

    def bar(part: rx.Var) -> rx.Component:
        return rx.fragment(
            _rect(part["x"], part["good_y"], width, part["good"], "good"),
            _rect(part["x"], part["bad_y"], width, part["bad"], "bad"),
        )

    return rx.el.svg(
        rx.foreach(chart["bars"], bar),
        class_name="chart",
        custom_attrs={
            "viewBox": "0 0 100 100",
            "preserveAspectRatio": "none",
            "role": "img",
            "aria-label": label,
        },
    )


def _rect(x: rx.Var, y: rx.Var, width: rx.Var, height: rx.Var, kind: str) -> rx.Component:
    return rx.el.svg.rect(
        class_name=kind,
        custom_attrs={"x": x, "y": y, "width": width * 0.82, "height": height},
    )


def level(median: rx.Var, p95: rx.Var) -> rx.Component:
    """Two bars over one another, in percent of the row: the common case and the slow one."""
    return rx.el.svg(
        rx.el.svg.rect(class_name="slow", custom_attrs={"width": p95, "height": 10}),
        rx.el.svg.rect(class_name="usual", custom_attrs={"width": median, "height": 10}),
        class_name="level",
        custom_attrs={
            "viewBox": "0 0 100 10",
            "preserveAspectRatio": "none",
            "aria-hidden": "true",
        },
    )
