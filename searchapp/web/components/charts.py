"""Small charts as inline SVG: bars and nothing else, in the page's own colours."""

from __future__ import annotations

from typing import Any

import reflex as rx


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
