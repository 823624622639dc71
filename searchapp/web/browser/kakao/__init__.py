"""Sharing by KakaoTalk.

Why Python cannot do it: a phone opens KakaoTalk by Kakao's own script alone.  It is loaded, by its
hash, when the button is pressed, so that Kakao learns only of users who press it.
"""

from __future__ import annotations

from typing import Any

from searchapp.http.response_headers import KAKAO_SCRIPT
from searchapp.web.browser import module
from searchapp.web.browser.client_var import ClientVar, call

KEY = ClientVar("kakao", "")
"""The site's key, which the first answer tells."""

KAKAO = ClientVar("kakao_state", "", "page")
"""``busy`` while KakaoTalk opens, ``failed`` when it did not."""

SCRIPT = {
    "src": KAKAO_SCRIPT,
    "crossOrigin": "anonymous",
    "integrity": "sha384-oroumrnFVE0xtgqyDZJARgERibXg2C28380uaUZz2kHDS5CR7tu20eGiOU6GkTpy",
}
"""One version, by its hash."""


def send_by_kakao(link: Any, picture: Any, title: Any, text: Any, button: Any) -> list[Any]:
    """Events that open KakaoTalk with a message around ``link``.

    :param picture: the whole address of one of 1200 x 630 pixels.
    """
    there = {"mobileWebUrl": link, "webUrl": link}
    content = {
        "title": title,
        "description": text,
        "imageUrl": picture,
        "imageWidth": 1200,
        "imageHeight": 630,
        "link": there,
    }
    message = {
        "objectType": "feed",
        "content": content,
        "buttons": [{"title": button, "link": there}],
    }
    arguments = (SCRIPT, KEY.value, message, KAKAO.set(""), KAKAO.set("failed"))
    return [KAKAO.set("busy"), call("sendByKakao", *arguments, library=module("kakao/kakao.js"))]
