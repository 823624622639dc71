"""Everything that knows Reflex's insides, pinned to its version."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, Unpack, overload

import reflex as rx

if TYPE_CHECKING:
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
