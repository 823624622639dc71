"""Google's product taxonomy: from a category's id or path to the kind of garment it names.

The data are the branches for clothes, shoes and bags alone, see ``google_categories.txt``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("google_categories.txt")
_KINDS = {
    "188 167 6552 1933 213": "accessory",
    "203": "outer",
    "212 2745 5410 3455": "top",
    "204 207 5514 7003 5552 5408 3951 5378 5379 3188 3729 5674 7281 7236 5506 1807": "bottom",
    "1581 5344": "skirt",
    "2271 5182 5441 5424 5411 5343 5676 6031 8149 8248 5513 499979": "dress",
    "187 5387": "shoes",
    "173 2020 5625 5426 7237 1786": "hat",
    "6551 5181": "bag",
    "5425 6006 5461 5673 2396 2292 5907 2302": "outer",
    # Of these branches the title or the picture has to say more.
    "166 1604 5322 182 208 1594 211 5388 2306 7313 214 1772 2562 5834 5327 5621 1578 2963": "",
    "184 5193 5460 5517 5697 7235 3598 3066 5909": "",
}
"""Ids -> kind of the branch below them; a deeper branch counts more."""


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Kind by id, and by path in lower case."""
    own = {id_: kind for ids, kind in _KINDS.items() for id_ in ids.split()}
    by_id: dict[str, str] = {}
    by_name: dict[str, str] = {}
    above: list[tuple[str, str]] = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"( *)(\d+) (.+)", line)
        if found is None:
            continue
        depth, id_, name = len(found[1]) // 2, found[2], found[3].lower()
        above = above[:depth]
        kind = own.get(id_, above[-1][1] if above else "")
        above.append((name, kind))
        by_id[id_] = kind
        by_name[" > ".join(entry for entry, _ in above)] = kind
    return by_id, by_name


def kind_of_google(category: str) -> str | None:
    """The kind that ``category`` names, an id or a path such as ``... > Shirts & Tops``.

    :returns: empty where the category is known and of no one kind, None where it is not known.
    """
    by_id, by_name = _tables()
    text = " > ".join(part.strip() for part in category.lower().split(">"))
    found = re.match(r"(\d+)\b", text)
    if found:
        return by_id.get(found[1])
    while text:
        if text in by_name:
            return by_name[text]
        # A shop's own level below Google's: the level above it still counts.
        text = text.rpartition(" > ")[0]
    return None
