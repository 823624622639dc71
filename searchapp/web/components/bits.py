"""The smallest pieces: icons, buttons, hooks for the client script and for outside tests."""

from __future__ import annotations

from typing import Any

import reflex as rx


def hooks(**names: Any) -> dict[str, Any]:
    """Attributes ``data-…`` of an element: ``hooks(testid="item")`` is ``data-testid="item"``."""
    return {f"data-{name.replace('_', '-')}": value for name, value in names.items()}


def style(**values: Any) -> dict[str, Any]:
    """An inline ``style``, for what depends on data: places, shapes, how full a bar is.

    ``part`` and ``ratio`` are custom properties; the other names are React's.
    """
    own = {"part": "--part", "ratio": "--ratio"}
    named = {own.get(name, name): value for name, value in values.items()}
    return {"style": rx.Var.create(named)}


def icon(name: str, **props: Any) -> rx.Component:
    """One icon of the sprite; it only decorates, the words beside it say what it means."""
    return rx.el.svg(
        rx.el.svg.use(custom_attrs={"href": f"/icons.svg#{name}"}),
        class_name="icon",
        custom_attrs={"aria-hidden": "true", "viewBox": "0 0 24 24"},
        **props,
    )


def sized(width: int, height: int) -> dict[str, Any]:
    """The size of a picture as attributes, so that its place is kept before it is there."""
    return {"width": str(width), "height": str(height)}


def button(
    *children: Any,
    kind: str = "plain",
    act: str = "",
    attrs: dict[str, Any] | None = None,
    **props: Any,
) -> rx.Component:
    """A button; ``act`` names what the client script does when it is pressed."""
    extra = {**({"data-act": act} if act else {}), **(attrs or {})}
    return rx.el.button(
        *children,
        type=props.pop("type", "button"),
        class_name=f"button {kind}",
        custom_attrs=extra,
        **props,
    )


def link_button(*children: Any, href: Any, kind: str = "plain", **props: Any) -> rx.Component:
    """A link that looks like a button."""
    return rx.el.a(*children, href=href, class_name=f"button {kind}", **props)
