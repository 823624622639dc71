"""What the operator has set and pages must know: they are built once, for any setting."""

from __future__ import annotations

import reflex as rx

from searchapp.web import live


class SiteState(rx.State):
    """The settings that show.  Nothing here is a secret: Kakao's key is made for pages."""

    kakao: str = ""
    scripts: str = ""  # Whose scripts a page may load: unknown yet "", none | kakao.

    @rx.event
    def load(self) -> None:
        """Reads them; runs at each visit."""
        self.kakao = live.services().settings.kakao_key
        self.scripts = "kakao" if self.kakao else "none"
