"""A tab of the page without a browser: its states, and what its events do to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import reflex as rx
from reflex.event import EventHandler
from reflex.istate.data import RouterData
from reflex.state import State

from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.web import app_context

StateType = TypeVar("StateType", bound=rx.State)


class Tab:
    """The tree of states of one tab, which is at ``path``."""

    def __init__(self, path: str, ip: str = "127.0.0.1") -> None:
        self.root = State(_reflex_internal_init=True)
        self.ip = ip
        self.open(path)

    def open(self, path: str) -> None:
        """Goes to another address; nothing is loaded yet."""
        self.root.router = RouterData.from_router_data(
            {
                "pathname": path,
                "asPath": path,
                "token": "tab",
                "headers": {
                    "origin": "http://localhost:3000",
                    "host": "localhost:3000",
                    "asgi-scope-client": self.ip,
                },
            }
        )

    def state(self, kind: type[StateType]) -> StateType:
        """The state of that class."""
        found = self.root.get_substate(kind.get_full_name().split("."))
        assert isinstance(found, kind)
        return found

    async def send(self, handler: Any, *arguments: Any) -> Any:
        """Runs an event handler with its arguments; returns what it returned, or all that it
        yielded."""
        assert isinstance(handler, EventHandler)
        name = handler.state.get_full_name() if handler.state else ""
        state: Any = self.root.get_substate(name.split("."))
        if handler.is_background:
            state = _Background(state)
        answer = handler.fn(state, *arguments)
        if hasattr(answer, "__aiter__"):
            return [value async for value in answer]
        return await answer if hasattr(answer, "__await__") else answer


class _Background:
    """What a background event has of its state: ``async with`` holds it."""

    def __init__(self, state: rx.State) -> None:
        object.__setattr__(self, "_state", state)

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_error: object) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._state, name, value)


@asynccontextmanager
async def live(services: Services, dsn: str, **more: Any) -> AsyncIterator[JobCache]:
    """What the states find in a web process: services, and a cache that hears of changes."""
    cache = JobCache(services, listen_dsn=dsn)
    app_context.install(services, cache, **more)
    running = asyncio.create_task(cache.run())
    try:
        yield cache
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
