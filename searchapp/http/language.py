"""The language to answer in."""

from __future__ import annotations

from typing import Literal

Lang = Literal["ko", "en"]


def preferred(accept_language: str | None) -> Lang:
    """``ko`` or ``en`` from an Accept-Language header (RFC 9110, 12.5.4): Korean for those who
    prefer it to English or name no language, English for all others.
    """
    weights: dict[str, float] = {}
    for part in (accept_language or "")[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        name = tag.strip().lower().split("-")[0]
        weight = _weight(parameters)
        if name.isalpha() and weight > 0:
            weights[name] = max(weights.get(name, 0.0), weight)
    korean = weights.get("ko", 0.0)
    return "ko" if not weights or (korean > 0 and korean >= weights.get("en", 0.0)) else "en"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
