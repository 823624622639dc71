"""Everything that knows Reflex's insides, pinned to its version."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, Unpack, overload

import reflex as rx

_Value = TypeVar("_Value")
_Object = TypeVar("_Object", bound="DataclassInstance | dict[str, Any]")


@overload
def var_of(value: str) -> rx.vars.StringVar: ...


@overload
def var_of(value: list[_Value]) -> rx.vars.ArrayVar[list[_Value]]: ...


@overload
def var_of(value: _Object) -> rx.vars.ObjectVar[_Object]: ...


def var_of(value: Any) -> Any:
    """A field of a state, read on its class: for mypy it is the value, in truth the var of it."""
    return value


if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from reflex.event import EventCallback

    _State = TypeVar("_State", bound=rx.State)
    _Values = TypeVarTuple("_Values")

    @overload
    def event(run: Callable[[_State, Unpack[_Values]], Any]) -> EventCallback[*_Values]: ...

    @overload
    def event(
        *, background: bool
    ) -> Callable[[Callable[[_State, Unpack[_Values]], Any]], EventCallback[*_Values]]: ...

    def event(*_run: Any, **_options: Any) -> Any:
        """``rx.event``, whose own types mypy takes for a class: a handler knows its values."""
else:
    event = rx.event
