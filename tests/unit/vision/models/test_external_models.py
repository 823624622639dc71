"""Models of the operator's own: where they come from, and what is made of their outputs."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from searchapp.errors import OperatorError
from searchapp.imaging.picture import UprightImage
from searchapp.settings import Settings
from searchapp.vision.features.item_arrays import FEATURES_VERSION
from searchapp.vision.models.external_models import (
    OnnxDetector,
    OnnxEmbedder,
    OnnxModel,
    Preparation,
    label_for,
)
from searchapp.vision.models.model_files import expected_cost, known_model, model_file
from searchapp.vision.pipeline import load_engine

DATA = Path(__file__).parents[1] / "data"


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


def test_embedder__name_tells_how_pictures_are_prepared_and_what_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes((DATA / "embedding" / "model.onnx").read_bytes())
    before = OnnxEmbedder(path).name
    assert before.endswith(f"-{FEATURES_VERSION}")
    (tmp_path / "preprocessor_config.json").write_text('{"image_mean": [0, 0, 0]}')
    assert OnnxEmbedder(path).name != before


def test_embedder__one_picture_at_a_time_in_half_precision_with_a_mask() -> None:
    crops = [flat(200, 10, 10), flat(10, 10, 200), flat(90, 90, 20)]
    half = OnnxEmbedder(DATA / "odd" / "half.onnx").embed(crops)
    full = OnnxEmbedder(DATA / "embedding" / "model.onnx").embed(crops)
    assert half == pytest.approx(full, abs=5e-3)


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ("odd/text.onnx", "input_ids"),
        ("odd/endless.onnx", "not numbers"),
        ("odd/wide.onnx", "4001"),
        ("detector/model.onnx", "no vector"),
    ],
)
def test_embedder__one_line_for_a_model_that_can_not_be_used(model: str, line: str) -> None:
    with pytest.raises(OperatorError, match=line):
        OnnxEmbedder(DATA / model).embed([flat(9, 9, 9)])


def test_model__a_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_text("<html>log in</html>")
    with pytest.raises(OperatorError, match="cannot be loaded"):
        OnnxEmbedder(path).embed([flat(9, 9, 9)])


def test_model__what_the_runtime_does_not_like_is_one_line() -> None:
    model = OnnxModel(DATA / "odd" / "endless.onnx")
    model.__dict__["prepare"] = Preparation(np.zeros(3), np.ones(3), (9, 9))
    with pytest.raises(OperatorError, match="cannot look at a picture") as told:
        model.run([flat(9, 9, 9)])
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "told", ["no json", "[]", '{"image_mean": [1]}', '{"image_std": [0, 0, 0]}', '{"size": {}}']
)
def test_model__side_file_that_can_not_be_used(told: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes((DATA / "embedding" / "model.onnx").read_bytes())
    (tmp_path / "preprocessor_config.json").write_text(told)
    with pytest.raises(OperatorError, match=r"preprocessor_config\.json"):
        OnnxEmbedder(path).embed([flat(9, 9, 9)])


@pytest.mark.parametrize(
    ("told", "sides"),
    [
        ({}, (224, 224)),
        ({"size": 96}, (96, 96)),
        ({"size": {"height": 32, "width": 24}}, (32, 24)),
        ({"size": 256, "do_center_crop": True, "crop_size": {"height": 8, "width": 8}}, (8, 8)),
        ({"size": 96, "do_center_crop": True}, (96, 96)),
    ],
)
def test_preparation__size_by_the_side_file(told: dict[str, Any], sides: tuple[int, int]) -> None:
    prepare = Preparation.told(told, "height", "width")
    assert prepare.size == sides
    assert Preparation.told(told, 10, 12)(flat(9, 9, 9)).shape == (3, 10, 12)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ({"shortest_edge": 64}, (64, 96)),
        ({"shortest_edge": 64, "longest_edge": 64}, (32, 64)),
        ({"shortest_edge": 8}, (32, 32)),
    ],
)
def test_preparation__by_edges_a_picture_keeps_its_shape(
    size: dict[str, int], shape: tuple[int, int]
) -> None:
    told = {"size": size}
    assert Preparation.told(told, "h", "w")(flat(9, 9, 9)).shape == (3, *shape)
    # Where the model has sides of its own, or the middle would be cut out, it is pressed.
    assert Preparation.told(told, 40, 48)(flat(9, 9, 9)).shape == (3, 40, 48)
    cropped = {"crop_size": size, "do_center_crop": True}
    side = size["shortest_edge"]
    assert Preparation.told(cropped, "h", "w")(flat(9, 9, 9)).shape == (3, side, side)


def test_embedder__pictures_of_different_shapes_by_edges(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes((DATA / "embedding" / "model.onnx").read_bytes())
    (tmp_path / "preprocessor_config.json").write_text('{"size": {"shortest_edge": 32}}')
    crops = [flat(200, 10, 10), flat(200, 10, 10).transpose(1, 0, 2), flat(10, 10, 200)]
    first, turned, other = OnnxEmbedder(path).embed(crops)
    assert first @ turned == pytest.approx(1.0, abs=1e-4)
    assert first @ other < 0.9


def test_preparation__not_normalized() -> None:
    prepare = Preparation.told({"do_normalize": False, "size": 4}, "h", "w")
    assert prepare(flat(255, 0, 51))[:, 0, 0] == pytest.approx([1, 0, 0.2])


def detector_told(tmp_path: Path, model: str, labels: str) -> OnnxDetector:
    path = tmp_path / "model.onnx"
    path.write_bytes((DATA / model).read_bytes())
    (tmp_path / "config.json").write_text(labels)
    return OnnxDetector(path)


def test_detector__other_outputs_are_told(tmp_path: Path) -> None:
    detector = detector_told(tmp_path, "embedding/model.onnx", '{"id2label": {"0": "dress"}}')
    with pytest.raises(OperatorError, match=r"image_embeds \(1, 8\).*pred_boxes"):
        detector.garments(flat(9, 9, 9))


@pytest.mark.parametrize("labels", ["{}", '{"id2label": ["dress"]}', '{"id2label": {"a": "b"}}'])
def test_detector__labels_that_can_not_be_used(tmp_path: Path, labels: str) -> None:
    with pytest.raises(OperatorError, match="id2label"):
        detector_told(tmp_path, "detector/model.onnx", labels).garments(flat(9, 9, 9))


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
        ("headband, head covering, hair accessory", "accessory"),
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


def test_model_file__a_known_name_takes_the_quantized_vision_part(tmp_path: Path) -> None:
    asked = []

    def hub(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, content=b"model")

    client = httpx.Client(transport=httpx.MockTransport(hub))
    path = model_file("marqo-fashionSigLIP", tmp_path, client)
    assert path == tmp_path / "Marqo--marqo-fashionSigLIP" / "onnx" / "vision_model_quantized.onnx"
    assert all(one.startswith("/Marqo/marqo-fashionSigLIP/") for one in asked)


def test_model_file__a_known_name_without_an_onnx_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="paddle2onnx"):
        model_file("pp-shituv2", tmp_path)


def test_model_file__a_converted_file_among_the_models_is_found(tmp_path: Path) -> None:
    path = tmp_path / "PP-ShiTuV2_rec.onnx"
    path.write_bytes(b"model")
    assert model_file("pp-shituv2", tmp_path) == path
    known = known_model(str(path))
    assert known is not None
    assert known.prepared["image_mean"] == [0.485, 0.456, 0.406]


def test_embedder__a_known_models_preparation_unless_a_side_file_tells(tmp_path: Path) -> None:
    shutil.copy(DATA / "embedding" / "model.onnx", tmp_path / "model.onnx")
    crop = flat(255, 128, 0)
    plain = OnnxEmbedder(tmp_path / "model.onnx")
    known = OnnxEmbedder(tmp_path / "model.onnx", prepared={"image_mean": [0.9, 0.1, 0.1]})
    assert plain.name != known.name
    assert not np.allclose(plain.embed([crop]), known.embed([crop]))
    shutil.copy(DATA / "embedding" / "preprocessor_config.json", tmp_path)
    told = OnnxEmbedder(tmp_path / "model.onnx", prepared={"image_mean": [0.1] * 3})
    assert told.name == OnnxEmbedder(tmp_path / "model.onnx").name


def test_expected_cost__known_models_in_time_and_others_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(bytes(2 * 2**20))
    assert expected_cost("other/model", path, 0.01) == "file of 2 MB, about 63 MB of memory"
    told = expected_cost("Marqo-FashionSigLIP", path, 0.01)
    assert "0.45 s a crop" in told
    assert "Apache-2.0" in told


def test_describe__a_model_of_ones_own_looks_at_three_crops(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, embedding_model=str(DATA / "embedding"))
    engine = load_engine(settings)
    picture = UprightImage(flat(120, 130, 140), 300, 200)
    item = engine.describe_query(picture, engine.regions(picture)[0].box, None)
    assert item.vectors.shape == (3, 8)


def test_model_file__two_processes_load_the_same(tmp_path: Path) -> None:
    """Each writes a file of its own; the last one whole stays."""
    whole = [b"model " * 1000] * 3

    def slowly() -> Iterator[bytes]:
        yield whole[0]
        assert model_file("some/model", tmp_path, client(whole)).read_bytes() == b"".join(whole)
        yield from whole[1:]

    def client(body: Iterable[bytes]) -> httpx.Client:
        def hub(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/onnx/model.onnx"):
                return httpx.Response(200, content=body)
            return httpx.Response(404)

        return httpx.Client(transport=httpx.MockTransport(hub))

    path = model_file("some/model", tmp_path, client(slowly()))
    assert path.read_bytes() == b"".join(whole)
    assert [file.name for file in path.parent.iterdir()] == ["model.onnx"]


def test_model_file__the_folder_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "some--model").write_text("a file where the folder should be")
    client = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=b"m"))
    )
    with pytest.raises(OperatorError, match="cannot be kept"):
        model_file("some/model", tmp_path, client)


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
    with pytest.raises(OperatorError, match="cannot be loaded"):
        OnnxEmbedder(tmp_path / "model.onnx").embed([flat(0, 0, 0)])
