"""Keypoints of a picture: SIFT (Lowe, "Distinctive image features", 2004) by OpenCV.

An embedding says what a garment is like.  Whether two pictures show the very same print, seam or
crease is told by many small places that look alike and lie alike; see
:mod:`searchapp.catalogue.matching.geometric_verification`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from searchapp.vision.crops import Pixels
from searchapp.vision.features.item_arrays import Keypoints, Matrix, no_keypoints
from searchapp.vision.models.embedding import unit
from searchapp.vision.models.model_files import arrays

SIDE = 160
"""Pictures are looked at in this size, in pixels of the longest side."""

MOST, DETECTED = 150, 300
"""Keypoints that are kept of a picture, the strongest inside the garment, and that are looked at
for it.  256 pixels take three times as long and tell products apart no better."""

ON_GARMENT = 0.5
"""Keypoints count where the garment's mask is at least so probable: those of a wall, a mattress or
a hanger say nothing of what lies before it."""

CONTRAST, EDGE = 0.01, 15
"""Weak keypoints count too: plain cloth has no others, and geometry sorts out what is wrong."""

Mask = NDArray[np.float32]

MIRROR = np.arange(128).reshape(4, 4, 8)[::-1, :, -np.arange(8) % 8].ravel()
"""Where the 4 x 4 x 8 numbers of a SIFT descriptor are found in that of the mirror image."""


class KeypointFinder:
    """Finds keypoints.  The detector is made on first use; one per process."""

    @cached_property
    def _detector(self) -> Any:
        cv2.setNumThreads(1)
        return cv2.SIFT_create(  # type: ignore[attr-defined]
            nfeatures=DETECTED, contrastThreshold=CONTRAST, edgeThreshold=EDGE
        )

    def keypoints(self, pixels: Pixels, mask: Mask | None = None) -> Keypoints:
        """Keypoints of a picture of any size (uint8, RGB).

        :param mask: probability of the garment, of any size, stretched over the picture; None
            keeps keypoints everywhere.
        """
        found = self._found(pixels, mask)
        return no_keypoints() if found is None else Keypoints(found[0], reduced(found[1]))

    def both_ways(self, pixels: Pixels, mask: Mask | None = None) -> tuple[Keypoints, Keypoints]:
        """Keypoints of a picture and of its mirror image, looked for only once."""
        found = self._found(pixels, mask)
        if found is None:
            return no_keypoints(), no_keypoints()
        places, raw = found
        width = pixels.shape[1] / max(pixels.shape[:2])
        mirrored = places.copy()
        mirrored[:, 0] = width - places[:, 0]
        mirrored[:, 3] = np.pi - places[:, 3]
        return Keypoints(places, reduced(raw)), Keypoints(mirrored, reduced(raw[:, MIRROR]))

    def _found(self, pixels: Pixels, mask: Mask | None) -> tuple[Matrix, Matrix] | None:
        """Places as in :class:`Keypoints`, and SIFT's own descriptors, float32 (n, 128)."""
        image = Image.fromarray(np.ascontiguousarray(pixels))
        image.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
        grey = np.asarray(image.convert("L"))
        on_garment = None if mask is None else _on_garment(mask, grey.shape)
        points, raw = self._detector.detectAndCompute(grey, on_garment)
        if raw is None or len(points) == 0:
            return None
        order = np.argsort([-p.response for p in points], kind="stable")[:MOST]
        places = [(*p.pt, p.size, np.deg2rad(p.angle)) for p in (points[n] for n in order)]
        found = np.array(places, np.float32)
        found[:, :3] /= max(grey.shape)
        return found, raw[order]


def _on_garment(mask: Mask, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Which pixels of a picture of ``shape`` (rows, columns) show the garment: 1, else 0."""
    inside = (mask >= ON_GARMENT).astype(np.uint8)
    return cv2.resize(inside, shape[::-1], interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def reduced(raw: Matrix) -> Matrix:
    """KEYPOINT_DIM numbers of unit length for each of SIFT's descriptors, float32 (n, 128).

    Square roots make their distance that of histograms (Arandjelovic and Zisserman, "Three things
    everyone should know", 2012); principal axes, learned from photos of clothes, keep what differs.
    """
    heads = arrays("keypoints.npz")
    root = np.sqrt(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-6))
    return unit((root - heads["mean"]) @ heads["axes"].T)
