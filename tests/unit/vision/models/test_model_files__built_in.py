"""The committed model files."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchapp.errors import OperatorError
from searchapp.vision.models import model_files


@pytest.mark.parametrize("name", sorted(model_files.checksums()))
def test_checked__every_file_is_as_committed(name: str) -> None:
    assert len(model_files.checked(name)) <= 8 * 2**20


def test_files__together_within_bounds_and_all_in_the_table() -> None:
    kept = {path.name for path in model_files.FOLDER.iterdir()}
    assert {n for n in kept if n.endswith((".onnx", ".tflite", ".npz"))} == set(
        model_files.checksums()
    )
    assert sum(path.stat().st_size for path in model_files.FOLDER.iterdir()) <= 25 * 2**20
    provenance = (model_files.FOLDER / "PROVENANCE.md").read_text()
    assert all(f"`{name}`" in provenance for name in model_files.checksums())


def test_checked__a_changed_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "SHA256SUMS").write_text("0" * 64 + "  a.onnx\n")
    (tmp_path / "a.onnx").write_bytes(b"changed")
    monkeypatch.setattr(model_files, "FOLDER", tmp_path)
    with pytest.raises(OperatorError, match="damaged"):
        model_files.checked("a.onnx")
    (tmp_path / "a.onnx").unlink()
    with pytest.raises(OperatorError, match="missing"):
        model_files.checked("a.onnx")
