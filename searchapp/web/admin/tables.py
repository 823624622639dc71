"""What every section of the operator's page is made of: words, figures, tables, charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import reflex as rx

from searchapp.web.admin.lines import JobLine
from searchapp.web.admin.state import AdminState
from searchapp.web.admin.words import WORDS
from searchapp.web.browser.intl import day_and_time
from searchapp.web.components.shell import hooks
from searchapp.web.words import LANG, in_both

_Line = TypeVar("_Line")

# --- words ---------------------------------------------------------------------------------------


def word(key: str) -> rx.vars.StringVar:
    """The word of ``key``.

    :raises KeyError: there is none; the build stops there.
    """
    return in_both(*WORDS[key])


def word_by(prefix: str, slug: Any) -> rx.Var[str]:
    """The word of ``prefix.slug`` where the slug comes from the server; unknown ones stay."""
    names = [key.partition(".")[2] for key in WORDS if key.startswith(f"{prefix}.")]
    return rx.match(slug, *((name, word(f"{prefix}.{name}")) for name in names), slug)


def when(moment: Any) -> rx.vars.StringVar:
    """A moment in the reader's own time zone."""
    return day_and_time(LANG.value, moment)


def sentence(key: str, **attrs: Any) -> rx.Component:
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
    heads: Sequence[str],
    lines: rx.vars.ArrayVar[list[_Line]],
    row: Callable[[rx.vars.ObjectVar[_Line]], rx.Component],
) -> rx.Component:
    """A table; it scrolls by itself where it is wider than the page."""
    return scrolling(
        rx.el.table(
            rx.el.thead(rx.el.tr(*(rx.el.th(word(head), scope="col") for head in heads))),
            rx.el.tbody(rx.foreach(lines, row)),
        )
    )


def unless_empty(lines: rx.vars.ArrayVar[list[Any]], key: str, *children: Any) -> rx.Component:
    """What shows ``lines``, or else the sentence of ``key``."""
    return rx.cond(lines.length() > 0, rx.fragment(*children), sentence(key))


def titled_table(
    title: str,
    heads: Sequence[str],
    lines: rx.vars.ArrayVar[list[_Line]],
    row: Callable[[rx.vars.ObjectVar[_Line]], rx.Component],
) -> rx.Component:
    """A table under a heading of its own; nothing where there are no lines."""
    shown = rx.fragment(rx.el.h3(word(title)), table(heads, lines, row))
    return rx.cond(lines.length() > 0, shown)


def scrolling(wide: rx.Component) -> rx.Component:
    """What may be wider than the page."""
    return rx.el.div(wide, class_name="scrolling", custom_attrs={"tabindex": "0"})


def named(line: rx.vars.ObjectVar[Any], *names: str) -> Iterator[rx.Var[Any]]:
    """Fields of a line by their names, those too that are named as a method of vars is."""
    return (line[name] for name in names)


def cells(*values: Any) -> rx.Component:
    """One row."""
    return rx.el.tr(*(rx.el.td(rx.el.div(value)) for value in values))


def short(beginning: rx.vars.StringVar) -> rx.Component:
    """The beginning of a search's id."""
    return rx.el.code(beginning, "…")


def small_button(key: str, event: Any, **attrs: Any) -> rx.Component:
    """A button within a table or beside a heading."""
    return rx.el.button(
        word(key), type="button", class_name="button plain small", on_click=event, **attrs
    )


def folded(key: str, *children: Any) -> rx.Component:
    """What is shown after a second press: actions that cannot be undone."""
    return rx.el.details(
        rx.el.summary(word(key), class_name="button plain small"), *children, class_name="folded"
    )


def job_buttons(line: rx.vars.ObjectVar[JobLine]) -> rx.Component:
    """What an operator can do to one search."""
    ref = line.ref.to(str)
    failed = rx.fragment(
        small_button("retry", AdminState.retry(ref)),
        folded("discard", small_button("discard_sure", AdminState.discard(ref))),
    )
    return rx.el.div(
        small_button("details", AdminState.show_job(ref)),
        rx.cond(line.may_retry, failed),
        class_name="actions",
    )


# --- charts --------------------------------------------------------------------------------------

GOOD, FAIR, BAD = "var(--good)", "var(--soft)", "var(--accent)"


def stacked_chart(
    rows: Any, label: Any, parts: dict[str, tuple[Any, str]], *, height: int = 160
) -> rx.Component:
    """Bars from left to right; of each part, by its key, the name and the colour."""
    bars = (
        rx.recharts.bar(
            data_key=key,
            name=name,
            fill=fill,
            stack_id="all",
            max_bar_size=72,
            is_animation_active=False,
        )
        for key, (name, fill) in parts.items()
    )
    chart = rx.recharts.bar_chart(
        *bars,
        rx.recharts.x_axis(data_key=LANG.value, interval="equidistantPreserveStart"),
        rx.recharts.y_axis(allow_decimals=False, width=36),
        rx.recharts.graphing_tooltip(is_animation_active=False, cursor=False),
        data=rows,
        height=height,
    )
    return _labelled(chart, label)


def level_chart(rows: Any, label: Any, parts: dict[str, tuple[Any, str]]) -> rx.Component:
    """Bars side by side that lie, a group for each row."""
    chart = rx.recharts.bar_chart(
        *(
            rx.recharts.bar(data_key=key, name=name, fill=fill, is_animation_active=False)
            for key, (name, fill) in parts.items()
        ),
        rx.recharts.x_axis(type_="number"),
        rx.recharts.y_axis(data_key=LANG.value, type_="category", width=96),
        rx.recharts.graphing_tooltip(is_animation_active=False, cursor=False),
        data=rows,
        layout="vertical",
        height=260,
    )
    return _labelled(chart, label)


def _labelled(chart: rx.Component, label: Any) -> rx.Component:
    return rx.el.div(chart, class_name="chart", custom_attrs={"role": "img", "aria-label": label})
