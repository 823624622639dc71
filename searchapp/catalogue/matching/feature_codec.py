"""Features of a view as they are stored: the vector in the index, the rest in few bytes."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from searchapp.catalogue.matching.scores import Learned, Projection, VerdictNumbers
from searchapp.db.repositories.learned import NUMBERS, PROJECTION, Finding
from searchapp.db.repositories.product_writes import StoredView
from searchapp.db.repositories.vector_index import IndexedView
from searchapp.vision.features.item_arrays import KEYPOINT_DIM, Keypoints, Vector, ViewFeatures
from searchapp.vision.models.embedding import unit

_SIZES = struct.Struct("<HHB")
"""Lengths of colour and label probabilities, and whether a person wears the garment."""

_KEYPOINT = np.dtype([("place", "<u2", 4), ("descriptor", "i1", KEYPOINT_DIM)])
KEYPOINT_BYTES = _KEYPOINT.itemsize


def packed(view: ViewFeatures) -> StoredView:
    """``view`` for storage."""
    colour, labels = np.round(view.colour * 255).astype("u1"), view.label_probs.astype("<f2")
    extras = _SIZES.pack(colour.size, labels.size, view.worn)
    extras += colour.tobytes() + labels.tobytes()
    extras += _packed_spatial(view.spatial)
    return StoredView(view.kind, view.embedding, extras, packed_keypoints(view.keypoints))


def unpacked(view: IndexedView) -> ViewFeatures:
    """The features that were stored: colour in steps of 1/255, of unit length again."""
    colours, labels, worn = _SIZES.unpack_from(view.extras)
    colour = np.frombuffer(view.extras, "u1", colours, _SIZES.size).astype(np.float32)
    probs = np.frombuffer(view.extras, "<f2", labels, _SIZES.size + colours)
    rest = view.extras[_SIZES.size + colours + 2 * labels :]
    return ViewFeatures(
        view.kind,
        view.embedding,
        unit(colour),
        probs.astype(np.float32),
        worn=bool(worn),
        spatial=_unpacked_spatial(rest),
    )


def _packed_spatial(spatial: Vector) -> bytes:
    """The largest value, and each as a part of it in steps of 1/127."""
    if spatial.size == 0:
        return b""
    largest = np.float32(max(float(np.abs(spatial).max()), 1e-6))
    return largest.tobytes() + np.round(spatial / largest * 127).astype("i1").tobytes()


def _unpacked_spatial(stored: bytes) -> Vector:
    if not stored:
        return np.zeros(0, np.float32)
    largest = np.frombuffer(stored, "<f4", 1)
    steps = np.frombuffer(stored, "i1", offset=4).astype(np.float32)
    return (steps * (largest / np.float32(127))).astype(np.float32)


def packed_keypoints(keypoints: Keypoints) -> bytes:
    """KEYPOINT_BYTES each, steps of 1/65,535 for places and 1/127 for descriptors."""
    if len(keypoints) == 0:
        return b""
    x_y_size = np.clip(keypoints.places[:, :3], 0, 1) * 0xFFFF
    angle = keypoints.places[:, 3:] % (2 * np.pi) / (2 * np.pi) * 0xFFFF
    rows = np.zeros(len(keypoints), _KEYPOINT)
    rows["place"] = np.round(np.concatenate([x_y_size, angle], axis=1))
    rows["descriptor"] = np.round(keypoints.descriptors * 127)
    return rows.tobytes()


def unpacked_keypoints(stored: bytes) -> Keypoints:
    """The keypoints that were stored."""
    rows = np.frombuffer(stored, _KEYPOINT)
    places = rows["place"].astype(np.float32) / np.float32(0xFFFF)
    places[:, 3] *= 2 * np.pi
    descriptors = rows["descriptor"].astype(np.float32)
    return Keypoints(places, unit(descriptors))


def packed_projection(projection: Projection) -> bytes:
    """As an ``.npz`` in half precision."""
    out = io.BytesIO()
    names = [field.name for field in fields(Projection)]
    np.savez(out, **{name: getattr(projection, name).astype("<f2") for name in names})
    return out.getvalue()


def learned_from(findings: Mapping[str, Finding]) -> Learned:
    """What is used of what was learned."""
    projection = None
    if PROJECTION in findings and findings[PROJECTION].data:
        with np.load(io.BytesIO(findings[PROJECTION].data), allow_pickle=False) as file:
            projection = Projection(**{name: file[name].astype(np.float32) for name in file.files})
    numbers = findings[NUMBERS].report["numbers"] if NUMBERS in findings else {}
    return Learned(projection, VerdictNumbers(**numbers))
