"""What every page is made of: its frame, buttons, icons, sheets, notices."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import reflex as rx
from reflex.event import no_args_event_spec
from reflex.vars import FunctionVar, Var
from reflex.vars.function import ArgsFunctionOperation
from reflex_components_core.base.error_boundary import ErrorBoundary

from searchapp.i18n import TEXTS
from searchapp.web.browser.client_var import ClientVar, deferred
from searchapp.web.browser.links import TOAST
from searchapp.web.browser.sheet import Sheet
from searchapp.web.browser.tab import Tab
from searchapp.web.history import PREVIEW
from searchapp.web.words import ENGLISH, LANG, tr

OPEN_SHEET = ClientVar("sheet", "", "page")
"""The name of the sheet that is open."""

OFFLINE = ClientVar("offline", default=False)
HIDDEN = ClientVar("hidden", default=False)
"""Whether another tab, or nothing of the browser, is in sight."""


# --- the smallest pieces -------------------------------------------------------------------------


def hooks(**names: Any) -> dict[str, Any]:
    """Attributes ``data-…`` of an element: ``hooks(testid="item")`` is ``data-testid="item"``."""
    return {f"data-{name.replace('_', '-')}": value for name, value in names.items()}


def style(**values: Any) -> dict[str, Any]:
    """An inline ``style``, for what depends on data: places, shapes, how full a bar is.

    ``part``, ``ratio`` and ``preview`` are custom properties; the other names are React's.
    """
    own = {"part": "--part", "ratio": "--ratio", "preview": "--preview"}
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


class Button(rx.el.Button):
    """A button whose event says nothing of the pointer."""

    on_click: Annotated[rx.EventHandler, no_args_event_spec]


def button(
    *children: Any,
    kind: str = "plain",
    act: str = "",
    attrs: dict[str, Any] | None = None,
    busy: rx.Var[bool] | None = None,
    **props: Any,
) -> rx.Component:
    """A button.

    :param act: its name for tests.
    :param busy: whether what it asked for is under way; it cannot be pressed meanwhile.
    """
    extra = {**({"data-act": act} if act else {}), **(attrs or {})}
    if busy is not None:
        extra["aria-busy"] = rx.cond(busy, "true", "false")
        props["disabled"] = busy | props["disabled"] if "disabled" in props else busy
    return Button.create(
        *children,
        type=props.pop("type", "button"),
        class_name=f"button {kind}",
        custom_attrs=extra,
        **props,
    )


def meter(label: Any, percent: rx.vars.NumberVar, **attrs: Any) -> rx.Component:
    """A bar that is as full as ``percent`` (0 to 100) of what ``label`` names."""
    values = {"valuemin": "0", "valuemax": "100", "valuenow": percent, "label": label}
    return rx.el.div(
        rx.el.div(class_name="fill"),
        class_name="meter",
        custom_attrs={"role": "progressbar"}
        | {f"aria-{name}": value for name, value in values.items()}
        | style(part=percent / 100)
        | attrs,
    )


def link(*children: Any, plain: bool = False, **props: Any) -> rx.Component:
    """A link; a ``plain`` one loads its page anew instead of drawing it in this one."""
    return (rx.el.A.create if plain else rx.el.a)(*children, **props)


def link_button(*children: Any, kind: str = "plain", **props: Any) -> rx.Component:
    """A link that looks like a button."""
    return link(*children, class_name=f"button {kind}", **props)


def panel(icon_name: str, title: Any, hint: Any, *actions: Any) -> rx.Component:
    """A state with nothing to show but a sentence and a way on."""
    return rx.el.section(
        rx.el.div(icon(icon_name), class_name="panel-icon"),
        rx.el.h1(title),
        rx.el.p(hint, class_name="soft"),
        rx.el.div(*actions, class_name="actions"),
        class_name="panel",
    )


# --- the photo of a search ---


def stage(frame: rx.Component, own: Any = True) -> rx.Component:
    """The place of the photo on the page.

    :param own: whether what this tab can show is this search's photo.
    """
    url = PREVIEW.value["url"].to(str)
    shown = rx.cond((url != "") & own, "url(" + url + ")", rx.Var("undefined"))
    return rx.el.div(frame, class_name="stage", custom_attrs=style(preview=shown))


# --- sheets --------------------------------------------------------------------------------------


def open_button(sheet_name: str, *children: Any, **props: Any) -> rx.Component:
    """A button that opens a sheet."""
    attrs = hooks(opens=sheet_name)
    return button(*children, attrs=attrs, on_click=OPEN_SHEET.set(sheet_name), **props)


def sheet(name: str, title: Any, *children: Any) -> rx.Component:
    """A modal sheet with a title and a way to close it; ``data-shown`` is for the stylesheet."""
    close, shown = OPEN_SHEET.set(""), OPEN_SHEET.part(lambda opened: opened == name)
    closer = button(
        icon("x"), kind="quiet round", attrs={"aria-label": tr("common.close")}, on_click=close
    )
    return Sheet.create(
        deferred(
            rx.el.div(
                rx.el.div(rx.el.h2(title, id=f"dialog-{name}"), closer, class_name="row"),
                *children,
                class_name="sheet",
            ),
            of=[LANG],
        ),
        open=shown,
        on_closed=close,
        custom_attrs={"aria-labelledby": f"dialog-{name}", **hooks(name=name, shown=shown)},
    )


# --- the frame of a page -------------------------------------------------------------------------


def page(
    *children: Any,
    title: Any,
    kind: str = "",
    progress: Any = None,
    ended: Any = "",
    on_wake: Any = None,
    said: rx.Component | None = None,
    told: bool = True,
    **props: Any,
) -> rx.Component:
    """A whole page.

    :param title: what stands in the tab, before the site's name.
    :param kind: its layout in the stylesheet.
    :param ended: what the title begins with while the tab is hidden.
    :param progress: percent of the search that runs, for the tab; below 0 when none does.
    :param on_wake: what to do when the page is shown again.
    :param said: what the server has said, as a notice.
    :param told: whether its first answer tells how the server is set; the links of a page that is
        not told load the other pages anew.
    """
    return rx.fragment(
        _tab(title, -1 if progress is None else progress, ended, on_wake),
        _skip(),
        _bar(plain=not told),
        _main(_without_script(), *children, class_name=f"page {kind}", **props),
        rx.el.footer(link(tr("nav.privacy"), href="/privacy", plain=not told), class_name="foot"),
        _notices(said),
    )


def _tab(title: Any, shown: Any, ended: Any, on_wake: Any) -> rx.Component:
    progress = rx.Var.create(shown).to(int)
    return Tab.create(
        title=_tab_title(title, progress, ended),
        lang=rx.cond(ENGLISH, "en", "ko"),
        icon=rx.cond(progress >= 0, ring(progress), "/icon.svg"),
        on_look=lambda hidden, online: [HIDDEN.set(hidden), OFFLINE.set(~online)],
        **({} if on_wake is None else {"on_wake": on_wake}),
    )


def _skip() -> rx.Component:
    # Not ``el.a``: the router would make another page's address of it.
    return rx.el.A.create(tr("app.skip"), href="#main", class_name="skip")


def _without_script() -> rx.Component:
    """Why nothing happens where scripts are switched off: in both languages, as nothing tells."""
    korean, english = (TEXTS[lang]["app.no_script"] for lang in ("ko", "en"))
    return rx.el.noscript(rx.el.p(korean), rx.el.p(english, lang="en"))


def _main(*children: Any, custom_attrs: dict[str, Any] | None = None, **props: Any) -> rx.Component:
    attrs = {"tabindex": "-1"} | (custom_attrs or {})
    return rx.el.main(*children, id="main", custom_attrs=attrs, **props)


def _tab_title(title: Any, progress: rx.vars.NumberVar[int], ended: Any) -> rx.Var[str]:
    before = rx.cond(progress >= 0, progress.to(str) + "% · ", rx.cond(HIDDEN.value, ended, ""))
    return before.to(str) + rx.Var.create(title).to(str) + " · " + tr("app.name")


_CIRCLE = '<circle cx="32" cy="32" r="26" stroke-width="10" '
_RING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" fill="none">'
    f'{_CIRCLE}stroke="#d9d4cb"/>{_CIRCLE}stroke="#c8371b" stroke-linecap="round" pathLength="100" '
    'stroke-dasharray="{} 100" transform="rotate(-90 32 32)"/></svg>'
)


def ring(percent: rx.Var[int]) -> rx.Var[str]:
    """The tab's icon, a ring that is so full, as a data URL."""
    start, end = (quote(part) for part in _RING.split("{}"))
    return rx.Var.create(f"data:image/svg+xml,{start}").to(str) + percent.to(str) + end


def _bar(*, plain: bool) -> rx.Component:
    return rx.el.header(
        link(
            rx.el.img(src="/icon.svg", alt="", custom_attrs=sized(30, 30)),
            rx.el.span(tr("app.name"), class_name="name"),
            href="/",
            plain=plain,
            class_name="brand",
            custom_attrs={"aria-label": tr("nav.home")},
        ),
        button(
            tr("nav.language"),
            kind="quiet",
            act="language",
            attrs={"lang": tr("nav.language_code")},
            on_click=LANG.set(rx.cond(ENGLISH, "ko", "en")),
        ),
        class_name="bar",
    )


def notice(text: Any, number: Any) -> rx.Component:
    """A short sentence that fades; another ``number`` shows it anew."""
    return rx.el.p(text, key=rx.Var.create(number).to(str), class_name="toast")


def _notices(said: rx.Component | None) -> rx.Component:
    offline = rx.el.p(icon("wifi-off"), tr("common.offline"), class_name="offline")
    return rx.el.div(
        rx.el.div(
            notice(TOAST.value["text"], TOAST.value["at"]),
            *(() if said is None else (said,)),
            custom_attrs={"role": "status"},
        ),
        rx.el.div(rx.cond(OFFLINE.value, offline), custom_attrs={"role": "status"}),
        class_name="notices",
    )


def broken_page(_stateful: bool = True) -> rx.Component:
    """The boundary around every page: what shows when a view fails in the browser."""
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
