"""Keypoints of a picture: SIFT (Lowe, "Distinctive image features", 2004) by OpenCV.

An embedding says what a garment is like.  Whether two pictures show the very same print, seam or
crease is told by many small places that look alike and lie alike; see
:mod:`searchapp.catalogue.matching.geometric_verification`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from searchapp.vision.crops import Pixels
from searchapp.vision.features.item_arrays import Keypoints, Matrix, no_keypoints
from searchapp.vision.models.built_in import arrays
from searchapp.vision.models.embedding import unit

SIDE = 256
"""Pictures are looked at in this size, in pixels of the longest side."""

MOST = 150
"""Keypoints of a picture, the strongest.  400 pixels and 300 keypoints take three times as long
and tell products apart no better."""

CONTRAST, EDGE = 0.01, 15
"""Weak keypoints count too: plain cloth has no others, and geometry sorts out what is wrong."""

MIRROR = np.arange(128).reshape(4, 4, 8)[::-1, :, -np.arange(8) % 8].ravel()
"""Where the 4 x 4 x 8 numbers of a SIFT descriptor are found in that of the mirror image."""


class KeypointFinder:
    """Finds keypoints.  The detector is made on first use; one per process."""

    @cached_property
    def _detector(self) -> Any:
        import cv2

        cv2.setNumThreads(1)
        return cv2.SIFT_create(  # type: ignore[attr-defined]
            nfeatures=MOST, contrastThreshold=CONTRAST, edgeThreshold=EDGE
        )

    def keypoints(self, pixels: Pixels) -> Keypoints:
        """Keypoints of a picture of any size (uint8, RGB)."""
        found = self._found(pixels)
        return no_keypoints() if found is None else Keypoints(found[0], reduced(found[1]))

    def both_ways(self, pixels: Pixels) -> tuple[Keypoints, Keypoints]:
        """Keypoints of a picture and of its mirror image, looked for only once."""
        found = self._found(pixels)
        if found is None:
            return no_keypoints(), no_keypoints()
        places, raw = found
        width = pixels.shape[1] / max(pixels.shape[:2])
        mirrored = places.copy()
        mirrored[:, 0] = width - places[:, 0]
        mirrored[:, 3] = np.pi - places[:, 3]
        return Keypoints(places, reduced(raw)), Keypoints(mirrored, reduced(raw[:, MIRROR]))

    def _found(self, pixels: Pixels) -> tuple[Matrix, Matrix] | None:
        """Places as in :class:`Keypoints`, and SIFT's own descriptors, float32 (n, 128)."""
        image = Image.fromarray(np.ascontiguousarray(pixels))
        image.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
        grey = np.asarray(image.convert("L"))
        points, raw = self._detector.detectAndCompute(grey, None)
        if raw is None or len(points) == 0:
            return None
        kept = points[:MOST]
        places = np.array([(*p.pt, p.size, np.deg2rad(p.angle)) for p in kept], np.float32)
        places[:, :3] /= max(grey.shape)
        return places, raw[:MOST]


def reduced(raw: Matrix) -> Matrix:
    """KEYPOINT_DIM numbers of unit length for each of SIFT's descriptors, float32 (n, 128).

    Square roots make their distance that of histograms (Arandjelovic and Zisserman, "Three things
    everyone should know", 2012); principal axes, learned from photos of clothes, keep what differs.
    """
    heads = arrays("keypoints.npz")
    root = np.sqrt(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-6))
    return unit((root - heads["mean"]) @ heads["axes"].T)
