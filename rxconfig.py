"""How Reflex builds and serves the page."""

import sys
from pathlib import Path

import reflex as rx

from searchapp.web.reflex_compat.frames import STATE_SECONDS
from searchapp.web.reflex_compat.plugins import BrowserModules, LateStart, Lighter, SameOrigin

config = rx.Config(
    app_name="searchapp",
    # The wheel installs bun next to this Python; nothing is downloaded, nothing must be on PATH.
    bun_path=Path(sys.executable).parent / "bun",
    cors_allowed_origins=[],
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode="memory",
    redis_token_expiration=STATE_SECONDS,  # Of the memory's states too, whatever its name.
    plugins=[SameOrigin(), Lighter(), BrowserModules(), LateStart()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    frontend_compression_formats=["brotli", "gzip"],
    frontend_lazy_bundled_libraries=True,
)
