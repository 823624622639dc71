"""How Reflex builds and serves the page."""

import sys
from pathlib import Path

import reflex as rx

from searchapp.web.bundle import SAME_ORIGIN, PageBundle
from searchapp.web.state_ttl import STATE_SECONDS

config = rx.Config(
    app_name="searchapp",
    # The wheel's bun lies beside this Python; nothing is downloaded, nothing must be on PATH.
    bun_path=Path(sys.executable).parent / "bun",
    # A stand-in that the build replaces by the address the page came from.
    api_url=SAME_ORIGIN,
    cors_allowed_origins=[],
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode="memory",
    redis_token_expiration=STATE_SECONDS,  # Of the memory's states too, whatever its name.
    plugins=[PageBundle()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
