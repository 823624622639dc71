from __future__ import annotations

import io

from PIL import Image

from searchapp.imaging.rendition import LONGEST, rendition


def jpeg(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()


def test_rendition__keeps_the_shape_and_gets_small() -> None:
    large = jpeg(1600, 1000)
    small = rendition(large)
    with Image.open(io.BytesIO(small)) as image:
        assert image.size == (LONGEST, LONGEST * 1000 // 1600)
        assert not image.getexif()
    assert len(small) < len(large)


def test_rendition__small_pictures_stay_as_they_are() -> None:
    small = jpeg(640, LONGEST)
    assert rendition(small) is small
