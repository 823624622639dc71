"""Pictures made to hurt, decoded in real children."""

from __future__ import annotations

import io
from itertools import islice

from PIL import Image

from searchapp import errors
from searchapp.imaging.decoder import Decoder
from searchapp.imaging.picture import MAX_PIXELS
from tests.support.hostile import hostile_pictures


def jpeg() -> bytes:
    """A plain red picture of 64 x 48 pixels."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG")
    return out.getvalue()


async def test_upright__hostile_pictures_hurt_nobody() -> None:
    """Each ends as a picture or as a refusal, and an honest one is served after all of them."""
    ended = set()
    async with Decoder() as decoder:
        for _, data in islice(hostile_pictures(seed=5), 40):
            try:
                picture = await decoder.upright(data, 1280)
            except errors.UnreadablePicture:
                ended.add("refused")
            else:
                ended.add("taken")
                assert max(picture.image.pixels.shape) <= 1280
                assert picture.width * picture.height <= MAX_PIXELS
        assert (await decoder.upright(jpeg())).width == 64
    assert ended == {"refused", "taken"}
