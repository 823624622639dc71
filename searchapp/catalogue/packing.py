"""Features of a view as they are stored: the vector in the index, the rest as half floats."""

from __future__ import annotations

import struct

import numpy as np

from searchapp.storage.products import StoredView
from searchapp.storage.shelves import ViewOnShelf
from searchapp.vision.features import ViewFeatures

_SIZES = struct.Struct("<HH")


def packed(ordinal: int, view: ViewFeatures) -> StoredView:
    """``view`` of the picture ``ordinal`` for storage."""
    colour, labels = view.colour.astype("<f2"), view.label_probs.astype("<f2")
    extras = _SIZES.pack(colour.size, labels.size) + colour.tobytes() + labels.tobytes()
    return StoredView(ordinal, view.kind, view.embedding, extras, view.detail)


def unpacked(view: ViewOnShelf) -> ViewFeatures:
    """The features that were stored; half the precision is left."""
    colours, labels = _SIZES.unpack_from(view.extras)
    numbers = np.frombuffer(view.extras, "<f2", offset=_SIZES.size).astype(np.float32)
    return ViewFeatures(
        kind=view.kind,
        embedding=view.embedding,
        colour=numbers[:colours],
        label_probs=numbers[colours : colours + labels],
        detail=view.detail,
    )
