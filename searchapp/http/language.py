"""The language to answer in."""

from __future__ import annotations

from typing import Literal

Lang = Literal["ko", "en"]


def preferred(accept_language: str | None) -> Lang:
    """``ko`` or ``en`` from an Accept-Language header (RFC 9110, 12.5.4); ``ko`` unless English
    is asked for with a higher weight.
    """
    weights = {"ko": 0.0, "en": 0.0}
    for part in (accept_language or "")[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        name = tag.strip().lower().split("-")[0]
        if name in weights:
            weights[name] = max(weights[name], _weight(parameters))
    return "en" if weights["en"] > weights["ko"] else "ko"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
