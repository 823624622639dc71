"""What a region or a product can be: one slug a kind, with its names in Korean and English."""

from __future__ import annotations

LABEL_NAMES: dict[str, tuple[str, str]] = {
    "top": ("상의", "Top"),
    "outer": ("아우터", "Outerwear"),
    "bottom": ("하의", "Bottoms"),
    "skirt": ("스커트", "Skirt"),
    "dress": ("원피스", "Dress"),
    "shoes": ("신발", "Shoes"),
    "hat": ("모자", "Hat"),
    "bag": ("가방", "Bag"),
    "accessory": ("액세서리", "Accessory"),
    "whole": ("전체", "Whole picture"),
}
"""Slug -> (Korean name, English name), in the order in which they are offered."""

LABELS: tuple[str, ...] = tuple(LABEL_NAMES)
"""Every slug, ``whole`` (no particular kind) last."""


def label_name(label: str, lang: str) -> str:
    """The name to show for a slug in ``lang`` (``ko`` or ``en``); unknown slugs as they are."""
    names = LABEL_NAMES.get(label)
    if names is None:
        return label
    return names[1] if lang == "en" else names[0]
