"""What Reflex keeps of each tab lives as long as the tab, and a moment.

Reflex forgets a tab's state an hour after its last event: too late where somebody opens tab after
tab, as each costs some 20 KB; and too early for a page that lies open for longer, which would stop
to follow its search.  A tab that connects again is set up anew in any case.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

from reflex import App
from reflex.istate.manager.memory import StateManagerMemory

SWEEP_SECONDS = 10.0
GONE_SECONDS = 20.0
"""How long the state of a tab without a connection is kept; it may be just connecting."""


async def keep_tabs(app: App) -> None:
    """Sweeps for as long as the process serves."""
    namespace = app.event_namespace
    manager = app.state_manager
    assert namespace is not None  # noqa: S101 - Set when the app was made.
    assert isinstance(manager, StateManagerMemory)  # noqa: S101 - rxconfig.py says so.
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        sweep(manager, namespace._token_manager.token_to_socket, time.time())  # noqa: SLF001 - no other way.


def sweep(manager: StateManagerMemory, connected: Collection[str], now: float) -> int:
    """Forgets the states of tabs that are gone, and keeps those of tabs that are there.

    :param connected: the tokens of tabs with a connection.
    :param now: seconds by the clock of :func:`time.time`, which Reflex uses.
    :returns: how many were forgotten.
    """
    forgotten = 0
    for deadline, token in list(manager._token_expires_at.values()):  # noqa: SLF001 - no other way.
        lock = manager._states_locks.get(token.lock_key)  # noqa: SLF001 - as above.
        if token.ident in connected:
            manager._track_token(token)  # noqa: SLF001 - as above.
        elif now - (deadline - manager.token_expiration) > GONE_SECONDS and not (
            lock is not None and lock.locked()
        ):
            manager._purge_token(token)  # noqa: SLF001 - as above.
            forgotten += 1
    return forgotten
