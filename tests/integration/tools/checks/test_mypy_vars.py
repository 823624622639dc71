"""mypy's plugin for Reflex: what mypy says of a few lines that read the fields of a var.

Reflex itself takes mypy seconds to read, so stubs of a few lines stand for its vars here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api
from reflex_base.vars import object as reflex_vars

PLUGIN = Path(__file__).parents[4] / "tools" / "checks" / "mypy_vars.py"
VARS = """
from typing import Any, Generic, TypeVar

T = TypeVar("T")

class StringVar(Generic[T]): ...
class BooleanVar: ...
class NumberVar(Generic[T]): ...
class ArrayVar(Generic[T]): ...
class ObjectVar(Generic[T]):
    def length(self) -> int: ...
    def __getattr__(self, name: str) -> Any: ...
"""
READ = """
from dataclasses import dataclass
from reflex_base.vars.object import ObjectVar

@dataclass
class Shop:
    name: str

@dataclass
class Card:
    title: str
    sold: bool
    price: float
    count: int | None
    tags: list[str]
    shop: Shop

class Plain:
    title: str

def read(card: ObjectVar[Card], plain: ObjectVar[Plain]) -> None:
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the plugin and Reflex's vars; mypy's cache makes the second run short."""
    folder = tmp_path_factory.mktemp("typed")
    package = folder / "reflex_base" / "vars"
    package.mkdir(parents=True)
    for name in (package.parent / "__init__.pyi", package / "__init__.pyi"):
        name.touch()
    (package / "object.pyi").write_text(VARS)
    (folder / "mypy.ini").write_text(f"[mypy]\nplugins = {PLUGIN}\n")
    return folder


def _said(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
    """What mypy says of each line in ``read``, without file names and line numbers."""
    monkeypatch.chdir(folder)
    Path("read.py").write_text(READ + "".join(f"    {line}\n" for line in lines))
    found, errors, _ = api.run(["--strict", "--config-file=mypy.ini", "read.py"])
    assert errors == ""
    return [line.split(": ", 1)[1] for line in found.splitlines()[:-1]]


def test_field__is_a_var_of_its_type(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("title", "sold", "price", "count", "tags", "shop", "shop.name")
    said = _said(folder, monkeypatch, *(f"reveal_type(card.{name})" for name in names))
    shown = (
        "StringVar[str]",
        "BooleanVar",
        "NumberVar[float]",
        "NumberVar[int]",
        "ArrayVar[list[str]]",
        "ObjectVar[read.Shop]",
        "StringVar[str]",
    )
    assert said == [f'note: Revealed type is "reflex_base.vars.object.{one}"' for one in shown]


def test_field__absent_is_an_error_of_a_dataclass_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = _said(
        folder,
        monkeypatch,
        "card.heading",
        "card.shop.label",
        "plain.heading",
        "reveal_type(plain.title)",
        "reveal_type(card.length())",
    )
    assert said == [
        'error: "Card", which the var stands for, has no field "heading"  [attr-defined]',
        'error: "Shop", which the var stands for, has no field "label"  [attr-defined]',
        'note: Revealed type is "Any"',
        'note: Revealed type is "int"',
    ]


@pytest.mark.parametrize("name", ["ObjectVar", "StringVar", "BooleanVar", "NumberVar", "ArrayVar"])
def test_var__is_found_where_the_plugin_looks(name: str) -> None:
    assert isinstance(getattr(reflex_vars, name), type)
