"""The states of tabs, as Reflex's own manager keeps them."""

from __future__ import annotations

import asyncio

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken

from searchapp.web.tabs import GONE_SECONDS, sweep

HOUR = 3600


def token(name: str) -> BaseStateToken:
    return BaseStateToken(ident=name, cls=rx.State)


async def manager_of(*names: str) -> StateManagerMemory:
    manager = StateManagerMemory(token_expiration=HOUR)
    for name in names:
        async with manager.modify_state(token(name)):
            pass
    return manager


def seen_at(manager: StateManagerMemory, name: str) -> float:
    return manager._token_expires_at[token(name).cache_key][0] - HOUR


async def test_sweep__who_is_gone_is_forgotten_after_a_moment() -> None:
    manager = await manager_of("gone", "here")
    now = seen_at(manager, "gone")
    assert sweep(manager, {"here"}, now + GONE_SECONDS - 1) == 0
    assert sweep(manager, {"here"}, now + GONE_SECONDS + 1) == 1
    assert list(manager.states) == [token("here").cache_key]
    assert list(manager._states_locks) == [token("here").lock_key]


async def test_sweep__who_is_there_is_never_too_old() -> None:
    manager = await manager_of("here")
    before = seen_at(manager, "here")
    await asyncio.sleep(0.01)
    sweep(manager, {"here"}, before + 10 * HOUR)
    assert seen_at(manager, "here") > before
    assert len(manager.states) == 1


async def test_sweep__not_while_its_state_is_in_use() -> None:
    manager = await manager_of("busy")
    now = seen_at(manager, "busy") + GONE_SECONDS + 1
    async with manager.modify_state(token("busy")):
        assert sweep(manager, set(), now) == 0
        assert len(manager.states) == 1
    assert sweep(manager, set(), now + HOUR) == 1
