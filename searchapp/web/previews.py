"""What messengers and other sites show of a link: a title, a sentence and a picture.

They run no script, so this stands in the first answer, and they want the picture's whole address,
which the build can not know.  The picture is a drawing of ours: no photo, no face, no place.  The
same is said of every search, so that nobody learns from it whether one exists.
"""

from __future__ import annotations

from html import escape

from searchapp.http.language import Lang
from searchapp.i18n import TEXTS

PICTURE = "/images/preview.png"
_SIZE = (1200, 630)


def tags(base: str, lang: Lang, title: str) -> str:
    """The elements for a page's head (https://ogp.me).

    :param title: the key of its words.
    """
    words = TEXTS[lang]
    width, height = _SIZE
    found = {
        "og:type": "website",
        "og:site_name": words["app.name"],
        "og:locale": "en_GB" if lang == "en" else "ko_KR",
        "og:title": words[title],
        "og:description": words["app.description"],
        "og:image": f"{base}{PICTURE}",
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": words["home.hero_alt"],
        "twitter:card": "summary_large_image",
    }
    return "".join(
        f'<meta property="{name}" content="{escape(value)}"/>' for name, value in found.items()
    )
