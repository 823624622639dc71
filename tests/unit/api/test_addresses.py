"""Which picture a page names as its own."""

from __future__ import annotations

import pytest

from searchapp.api.addresses import named_picture

PAGE = "https://shop.test/goods/1?a=b"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<meta property="og:image" content="https://cdn.test/a.jpg">', "https://cdn.test/a.jpg"),
        (
            "<META content='/b.jpg?x=1&amp;y=2' name=twitter:image />",
            "https://shop.test/b.jpg?x=1&y=2",
        ),
        ('<meta property="og:image:width" content="600">', None),
        ('<meta property="og:image" content="file:///etc/passwd">', None),
        ('<meta property="og:title" content="og:image">', None),
        ("<p>no picture</p>", None),
        ("plain words", None),
        ("", None),
    ],
)
def test_named_picture(page: str, expected: str | None) -> None:
    assert named_picture(page.encode(), PAGE) == expected


def test_named_picture__a_photo_is_no_page() -> None:
    assert named_picture(b"\xff\xd8\xff" + bytes(2000) + b'<meta name="og:image">', PAGE) is None
