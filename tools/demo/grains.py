"""The grain of cloths: how threads light and darken a surface (arrays around 0)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from tools.demo.colours import Array


def cotton() -> Array:
    """Fine, nearly even threads."""
    noise = np.random.default_rng(5).normal(0, 0.018, (128, 128))
    return noise.astype(np.float32)


def jersey() -> Array:
    """The tiny columns of T-shirt cloth."""
    x = np.arange(126)
    columns = 0.014 * np.cos(x * 2 * np.pi / 3)[None, :]
    return np.asarray(columns + 0.6 * cotton()[:126, :126], np.float32)


def twill(strength: float = 0.06) -> Array:
    """The slanting threads of denim and chino, uneven as cotton is."""
    y, x = np.mgrid[0:120, 0:120]
    threads = strength * np.cos((x + y) * 2 * np.pi / 4)
    noise = np.random.default_rng(8).normal(0, strength * 0.7, (120, 120))
    streaks = np.random.default_rng(9).normal(0, strength * 0.5, (1, 120))
    return np.asarray(threads + noise + streaks, np.float32)


def knitted(stitch: int = 8, strength: float = 0.13) -> Array:
    """Columns of small V, ``stitch`` pixels wide."""
    y, x = np.mgrid[0 : stitch * 12, 0 : stitch * 12].astype(np.float32)
    across = (x % stitch) / stitch
    arm = np.abs(across - 0.5) * 2
    rows = np.cos((y / stitch * 1.25 * 1.2 - arm * 0.9) * 2 * np.pi)
    return np.asarray(
        strength * (0.55 * rows + 0.8 * np.cos((across - 0.5) * 2 * np.pi) - 0.1), np.float32
    )


def ribbed(period: int = 7, strength: float = 0.14) -> Array:
    """Upright ribs."""
    x = np.arange(period * 12)
    rib = strength * np.cos(x * 2 * np.pi / period)
    return np.asarray(np.repeat(rib[None, :], 16, axis=0), np.float32)


def cabled(strength: float = 0.2) -> Array:
    """Plaits between ribs."""
    y, x = np.mgrid[0:96, 0:60].astype(np.float32)
    sway = 7 * np.sin(y * 2 * np.pi / 48)
    first = np.exp(-(((x - 30 - sway) / 5.5) ** 2))
    second = np.exp(-(((x - 30 + sway) / 5.5) ** 2))
    front = (np.cos(y * 2 * np.pi / 48) > 0).astype(np.float32)
    plait = np.where(front > 0, np.maximum(first, 0.55 * second), np.maximum(second, 0.55 * first))
    ribs = 0.35 * np.cos(x * 2 * np.pi / 7.5) * (np.abs(x - 30) > 15)
    fine = 0.16 * np.cos((y + np.abs((x % 6) - 3)) * 2 * np.pi / 4)
    return np.asarray(strength * (plait - 0.35 + ribs + fine), np.float32)


def fleecy(strength: float = 0.11) -> Array:
    """Curly pile."""
    random = np.random.default_rng(12)
    coarse = Image.fromarray(random.normal(size=(40, 40)).astype(np.float32))
    curls = np.asarray(coarse.resize((160, 160), Image.Resampling.BICUBIC))
    return (strength * (curls + 0.35 * random.normal(size=(160, 160)))).astype(np.float32)


def felt() -> Array:
    """Milled wool: hardly any threads."""
    random = np.random.default_rng(14)
    coarse = Image.fromarray(random.normal(size=(90, 90)).astype(np.float32))
    cloud = np.asarray(coarse.resize((180, 180), Image.Resampling.BICUBIC))
    return (0.022 * cloud + random.normal(0, 0.022, (180, 180))).astype(np.float32)


def leather() -> Array:
    """Fine pores."""
    random = np.random.default_rng(21)
    coarse = Image.fromarray(random.normal(size=(70, 70)).astype(np.float32))
    return (0.025 * np.asarray(coarse.resize((140, 140), Image.Resampling.BICUBIC))).astype(
        np.float32
    )


GRAINS: dict[str, Callable[[], Array]] = {
    "cotton": cotton,
    "jersey": jersey,
    "twill": twill,
    "denim": lambda: twill(0.1),
    "knit": knitted,
    "chunky": lambda: knitted(13, 0.16),
    "rib": ribbed,
    "corduroy": lambda: ribbed(6, 0.12),
    "cable": cabled,
    "fleece": fleecy,
    "felt": felt,
    "leather": leather,
}
