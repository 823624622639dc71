"""English words for kinds of garments: of products in a feed, and of a detector's labels."""

from __future__ import annotations

_WORDS: dict[str, str] = {
    "dress": "dress jumpsuit romper",
    "skirt": "skirt",
    "shoes": "shoe sneaker boot loafer sandal heels footwear hightop lowtop",
    "bag": "bag backpack tote handbag wallet",
    "hat": "hat cap beanie headband",
    "outer": "outer outerwear outwear coat jacket blazer parka padded fleece cape",
    "bottom": "bottom pants trouser jeans shorts legging slacks jogger",
    "top": "top shirt tshirt tee blouse knit sweater sweatshirt hoodie cardigan longsleeve polo"
    " pullover undershirt vest",
    "accessory": "accessory accessories scarf scarves belt glove sock tie watch glasses sunglasses"
    " umbrella tights",
}
"""Slug of the label -> words in the singular, without hyphens.  In this order they are asked for
where several name one thing: a vest dress is a dress."""

_ENDS_IN_A_HISS = ("s", "x", "ch", "sh")


def _forms(word: str) -> tuple[str, str]:
    return word, f"{word}es" if word.endswith(_ENDS_IN_A_HISS) else f"{word}s"


_SLUGS = {
    form: slug for slug, words in _WORDS.items() for word in words.split() for form in _forms(word)
}


def kind_of_word(word: str) -> str:
    """The slug of the kind that ``word`` names, in lower case, singular or plural; empty if it
    names none.

    A word with hyphens is what it is as a whole (``t-shirt``), or what its last part is
    (``shirt-dress``, but ``cap-sleeve`` is no cap).
    """
    return _SLUGS.get(word.replace("-", "")) or _SLUGS.get(word.rpartition("-")[2], "")


def kind_of_any(words: set[str]) -> str:
    """The slug of the first kind that any of ``words`` names; empty if none does."""
    named = {kind_of_word(word) for word in words}
    return next((slug for slug in _WORDS if slug in named), "")
