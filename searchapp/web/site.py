"""The site: every page under its route, with what its head needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import reflex as rx

from searchapp.i18n import DEFAULT_LANGUAGE, TEXTS
from searchapp.web.admin.page import admin
from searchapp.web.admin.state import AdminState
from searchapp.web.admin.words import WORDS as ALL_WORDS
from searchapp.web.components.shell import broken_page
from searchapp.web.pages.home import home
from searchapp.web.pages.results.page import results, waiting
from searchapp.web.pages.results.state import ResultsState
from searchapp.web.pages.small import InboxState, ShareState, missing, phone_inbox, privacy, share
from searchapp.web.words import PREFIXES

_TEXT = TEXTS[DEFAULT_LANGUAGE]
_HIDDEN = {"name": "robots", "content": "noindex, nofollow"}
_PAPER = "#fbfaf8"
_NIGHT = "#121314"

EARLY = Path(__file__).with_name("early.js")


def make_site() -> rx.App:
    """The pages as Reflex serves them.  Opens nothing and reads no setting."""
    site = rx.App(
        theme=None,
        toaster=None,
        reset_style=False,
        app_wraps={(55, "ErrorBoundary"): broken_page},
        hydrate_fallback=waiting,
        html_lang=DEFAULT_LANGUAGE,
        stylesheets=["/styles/fonts.css", "/styles/app.css"],
        head_components=_head(),
    )
    add = partial(_add, site)
    for lang, prefix in PREFIXES.items():
        add(home, f"{prefix}/", lang=lang)
        add(privacy, f"{prefix}/privacy", title=TEXTS[lang]["privacy.title"], lang=lang)
    add(results, "/results/[job_id]", hidden=True, on_load=ResultsState.load)
    add(share, "/s/[share_id]", hidden=True, on_load=ShareState.load)
    title = _TEXT["inbox.title"]
    add(phone_inbox, "/dev/phone", title=title, hidden=True, on_load=InboxState.load)
    add(admin, "/admin", title=ALL_WORDS["title"][0], hidden=True, on_load=AdminState.load)
    add(missing, "404", title=_TEXT["edge.missing"], hidden=True)
    return site


def _add(
    site: rx.App,
    page: Callable[[], rx.Component],
    route: str,
    *,
    title: str = "",
    lang: str = DEFAULT_LANGUAGE,
    hidden: bool = False,
    on_load: Any = None,
) -> None:
    """Adds one page.

    :param lang: in which it is prerendered: its title's and its description's.
    :param hidden: whether it asks search engines to leave it out.
    """
    text = TEXTS[lang]
    name = text["app.name"]
    site.add_page(
        page,
        route=route,
        title=f"{title} · {name}" if title else f"{name} · {text['home.title']}",
        description=text["app.description"],
        image="/images/preview.png",
        meta=[_HIDDEN] if hidden else [],
        on_load=on_load,
    )


def _head() -> list[rx.Component]:
    """Icons, the installable app, and the page's own script."""
    return [
        _theme(_PAPER, "light"),
        _theme(_NIGHT, "dark"),
        rx.el.meta(name="color-scheme", content="light dark"),
        rx.el.meta(name="referrer", content="no-referrer"),
        rx.el.meta(name="format-detection", content="telephone=no"),
        rx.el.link(rel="icon", href="/icon.svg", type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href="/icons/touch.png"),
        rx.el.link(rel="manifest", href="/app.webmanifest"),
        rx.el.script(EARLY.read_text("utf-8")),
    ]


def _theme(colour: str, scheme: str) -> rx.Component:
    return rx.el.meta(
        name="theme-color",
        content=colour,
        custom_attrs={"media": f"(prefers-color-scheme: {scheme})"},
    )
