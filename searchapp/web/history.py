"""The last searches of this device: a list in the browser's own storage and nowhere else."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.browser.client_var import ClientVar
from searchapp.web.browser.intl import days_ago
from searchapp.web.words import DAYS

MOST = 12
NO_THUMB = "/icon.svg"

HISTORY = ClientVar("history", [], "browser")
"""``id``, ``thumb`` (the address of a picture) and ``at`` of each, the newest first."""

PREVIEW = ClientVar("preview", {"job": "", "url": ""})
"""A picture that this tab can show of a search before the server has answered."""

Entries = list[dict[str, str]]


def recent() -> rx.vars.ArrayVar[Entries]:
    """The list without what has expired."""
    entries: rx.vars.ArrayVar[Entries] = HISTORY.value.to(Entries)
    oldest = days_ago(DAYS.value + 1)
    kept: rx.vars.ArrayVar[Entries] = entries.filter(lambda entry: entry["at"].to(str) > oldest)
    return kept


def remember(job: Any, thumb: Any) -> Any:
    """An event that puts a search at the head of the list."""
    entry = rx.Var.create([{"id": job, "thumb": thumb, "at": days_ago(0)}]).to(Entries)
    others = recent().filter(lambda other: other["id"].to(str) != rx.Var.create(job).to(str))
    return HISTORY.set((entry + others)[:MOST])


def forget(job: Any) -> Any:
    """An event that takes one search out of the list."""
    entries: rx.vars.ArrayVar[Entries] = HISTORY.value.to(Entries)
    return HISTORY.set(entries.filter(lambda other: other["id"].to(str) != job))


def screen_photo(job: rx.vars.StringVar) -> rx.vars.StringVar:
    """Where the photo of a search is, as large as pages show it."""
    return rx.Var.create("/api/search-job/").to(str) + job + "/photo?size=screen"
