"""What is shown when a view fails in the browser: our own words, and a way on."""

from __future__ import annotations

import reflex as rx
from reflex.vars import FunctionVar, Var
from reflex.vars.function import ArgsFunctionOperation
from reflex_components_core.base.error_boundary import ErrorBoundary  # type: ignore[import-untyped]

from searchapp.web.components.bits import link_button
from searchapp.web.components.vars import tr


def broken_page(_stateful: bool = True) -> rx.Component:
    """The boundary around every page."""
    fallback = rx.el.main(
        rx.el.section(
            rx.el.h1(tr("edge.away")),
            link_button(tr("common.again"), href="", kind="primary large"),
            class_name="panel",
        ),
        class_name="page",
    )
    render = ArgsFunctionOperation.create(("problem",), Var.create(fallback))
    return ErrorBoundary.create(fallback_render=render.to(FunctionVar), on_error=rx.noop())
