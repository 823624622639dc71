"""Models of the operator's own: where they come from, and what is made of their outputs."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest

from searchapp.errors import OperatorError
from searchapp.settings import Settings
from searchapp.vision.engine import load_engine
from searchapp.vision.outside_models import (
    OnnxDetector,
    OnnxEmbedder,
    label_for,
    model_file,
)
from searchapp.vision.picture import UprightImage

DATA = Path(__file__).parent / "data"


def flat(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((20, 30, 3), (red, green, blue), np.uint8)


def test_embedder__own_dimension_and_unit_vectors() -> None:
    embedder = OnnxEmbedder(model_file(str(DATA / "embedding"), Path("unused")))
    vectors = embedder.embed([flat(200, 10, 10), flat(190, 20, 10), flat(10, 10, 200)])
    assert embedder.dimension == 8
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_embedder__name_tells_files_apart(tmp_path: Path) -> None:
    original = DATA / "embedding" / "model.onnx"
    other = tmp_path / "model.onnx"
    other.write_bytes(original.read_bytes() + b" ")
    assert OnnxEmbedder(original).name != OnnxEmbedder(other).name


def test_detector__items_only_in_fractions_of_the_picture() -> None:
    found = OnnxDetector(DATA / "detector" / "model.onnx").garments(flat(9, 9, 9))
    assert [garment.label for garment in found] == ["dress"]
    frame = found[0].frame
    assert (frame.left, frame.top, frame.right, frame.bottom) == pytest.approx((0.3, 0.1, 0.7, 0.9))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("shirt, blouse", "top"),
        ("top, t-shirt, sweatshirt", "top"),
        ("jacket", "outer"),
        ("vest dress", "dress"),
        ("pants", "bottom"),
        ("bag, wallet", "bag"),
        ("shoe", "shoes"),
        ("glasses", "accessory"),
        ("headband, head covering, hair accessory", "hat"),
        ("zipper", None),
        ("collar", None),
    ],
)
def test_label_for(name: str, label: str | None) -> None:
    assert label_for(name) == label


def test_load_engine__both_of_the_operators_own(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        embedding_model=str(DATA / "embedding"),
        region_model=str(DATA / "detector" / "model.onnx"),
    )
    engine = load_engine(settings)
    picture = UprightImage(flat(120, 130, 140), 300, 200)
    assert engine.dimension == 8
    assert engine.embedding_name.startswith("onnx-")
    assert engine.regions(picture)[0].label == "dress"
    assert engine.describe_product(picture)[0].embedding.shape == (8,)
    item = engine.describe_query(picture, engine.regions(picture)[0].box, None)
    assert item.lookup.shape[1] == 8


@pytest.mark.parametrize("name", ["missing.onnx", "/nowhere/model.onnx", "no name at all", "plain"])
def test_model_file__says_what_is_wrong(name: str, tmp_path: Path) -> None:
    with pytest.raises(OperatorError):
        model_file(name, tmp_path)


def test_model_file__folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="holds none"):
        model_file(str(tmp_path), tmp_path)


def test_model_file__from_the_hub_once(tmp_path: Path) -> None:
    asked = []

    def hub(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path.endswith("/onnx/model.onnx"):
            return httpx.Response(200, content=b"model")
        return httpx.Response(404)

    def client() -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(hub))

    path = model_file("some/model", tmp_path, client())
    assert path.read_bytes() == b"model"
    asked.clear()
    assert model_file("some/model", tmp_path, client()) == path
    assert asked == []


def test_model_file__hub_without_an_onnx_file(tmp_path: Path) -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    with pytest.raises(OperatorError, match="no ONNX file"):
        model_file("some/model", tmp_path, client)


def test_model_file__hub_in_trouble(tmp_path: Path) -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    with pytest.raises(OperatorError, match="did not give"):
        model_file("some/model", tmp_path, client)


def test_onnx_model__not_a_model(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(OperatorError, match="can not be loaded"):
        OnnxEmbedder(tmp_path / "model.onnx").embed([flat(0, 0, 0)])
