"""People that the pose models take for people, drawn: a shirt, trousers, shoes and a face."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

SIDE = (480, 900)
GROUND = (215, 210, 200)
_SKIN, _HAIR, _LEATHER = (224, 172, 140), (60, 40, 30), (30, 30, 30)

_Colour = tuple[int, int, int]
RED: _Colour = (170, 40, 50)
GREEN: _Colour = (40, 140, 60)
BLUE: _Colour = (40, 60, 150)


def drawn_person(shirt: _Colour = RED, trousers: _Colour = (60, 62, 70)) -> Image.Image:
    """A person from head to feet in the middle of a plain picture of SIDE pixels."""
    image = Image.new("RGB", SIDE, GROUND)
    pen, x = ImageDraw.Draw(image), SIDE[0] // 2
    for side in (-1, 1):
        _limb(pen, [(x + 34 * side, 470), (x + 42 * side, 640), (x + 44 * side, 800)], 56, trousers)
        pen.ellipse((x + 52 * side - 30, 805, x + 52 * side + 30, 845), fill=_LEATHER)
        _limb(pen, [(x + 78 * side, 225), (x + 112 * side, 340), (x + 120 * side, 450)], 40, _SKIN)
        _limb(pen, [(x + 78 * side, 225), (x + 100 * side, 300)], 50, shirt)
    hem = [(x + 70, 480), (x - 70, 480)]
    pen.polygon([(x - 90, 205), (x - 30, 185), (x + 30, 185), (x + 90, 205), *hem], fill=shirt)
    pen.rectangle((x - 20, 150, x + 20, 195), fill=_SKIN)
    _face(pen, x)
    return image.filter(ImageFilter.GaussianBlur(1))


def row(*people: Image.Image, apart: int) -> Image.Image:
    """People side by side, their middles ``apart`` pixels."""
    out = Image.new("RGB", (apart * len(people) + 80, SIDE[1]), GROUND)
    for nth, one in enumerate(people):
        middle = one.width // 2
        part = one.crop((middle - apart // 2, 0, middle + apart // 2, SIDE[1]))
        out.paste(part, (40 + nth * apart, 0))
    return out


def _limb(
    pen: ImageDraw.ImageDraw, points: list[tuple[int, int]], width: int, ink: _Colour
) -> None:
    pen.line(points, fill=ink, width=width, joint="curve")
    half = width // 2
    for x, y in (points[0], points[-1]):
        pen.ellipse((x - half, y - half, x + half, y + half), fill=ink)


def _face(pen: ImageDraw.ImageDraw, x: int) -> None:
    pen.ellipse((x - 48, 55, x + 48, 175), fill=_SKIN)
    pen.pieslice((x - 52, 45, x + 52, 165), 180, 360, fill=_HAIR)
    for eye in (x - 20, x + 20):
        pen.ellipse((eye - 8, 108, eye + 8, 118), fill="white")
        pen.ellipse((eye - 4, 108, eye + 4, 118), fill=_HAIR)
        pen.line((eye - 11, 98, eye + 11, 97), fill=_HAIR, width=4)
    pen.line((x, 115, x - 4, 135, x + 4, 136), fill=(190, 130, 105), width=3)
    pen.arc((x - 16, 138, x + 16, 156), 20, 160, fill=(170, 70, 70), width=4)
