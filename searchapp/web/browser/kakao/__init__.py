"""Sharing by KakaoTalk.

Why Python cannot do it: a phone opens KakaoTalk by Kakao's own script alone.  It is loaded, by its
hash, when the button is pressed, so that nobody who does not press it is known to Kakao.
"""

from __future__ import annotations

from typing import Any

from searchapp.web.browser import module
from searchapp.web.browser.client_var import ClientVar, call

KAKAO = ClientVar("kakao", "", "page")
"""``busy`` while KakaoTalk opens, ``failed`` when it did not."""


def send_by_kakao(link: Any, title: Any, text: Any, button: Any) -> Any:
    """An event that opens KakaoTalk with a message of ours around ``link``."""
    return call("sendByKakao", link, title, text, button, library=module("kakao/kakao.js"))
