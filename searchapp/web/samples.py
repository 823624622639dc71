"""The sample photos that a newcomer can try; they lie in ``assets/samples``."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "assets" / "samples"
KINDS = {".jpg", ".jpeg", ".png", ".webp"}


def sample_photos() -> list[str]:
    """The file names, in order; empty when there are none."""
    if not FOLDER.is_dir():
        return []
    return sorted(path.name for path in FOLDER.iterdir() if path.suffix.lower() in KINDS)
