"""Values that live in the browser tab alone, as typed Python objects.

Why Python cannot do it: a state var changes after a round trip to the server, 300 ms on a slow
line, and not at all while the connection is down.  ``rx.experimental.ClientStateVar`` keeps the
setters of unmounted components and its ``push`` needs ``eval``, which our policy forbids.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import blake2s
from typing import Any, Literal

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex.vars.function import ArgsFunctionOperation, FunctionVar
from reflex_base.event import EventChain

from searchapp.web.browser import module

MODULE = module("client_var/client_var.js")

Kept = Literal["", "page", "tab", "browser"]
"""For how long: until the page is loaded anew, while the address is the same, as long as the tab,
or in every tab of this browser."""


class ClientVar:
    """One named value of the type of its ``default``.

    A value that the first answer tells (``<meta name="site" data-NAME>``) takes the place of the
    default.
    """

    def __init__(self, name: str, default: Any, kept: Kept = "") -> None:
        self.default = default
        self.name = name
        self._type = type(default)
        self._named: list[rx.Var[Any]] = [
            rx.Var(json.dumps(part)) for part in (name, default, kept)
        ]

    @property
    def value(self) -> Any:
        """The value as a var; every component that shows it follows it."""
        return self._read(f"client_{self.name}").to(self._type)

    def part(self, select: Callable[[Any], Any]) -> Any:
        """What ``select`` makes of the value; who shows it follows nothing else of the value.

        Unlike the value it is nothing, and no fault, where there is no such part.  It is to be a
        text, a number or whether something is so: these are compared.
        """
        of = rx.Var("value").to(self._type)
        made = ArgsFunctionOperation.create(("value",), select(of))
        digest = blake2s(str(made).encode(), digest_size=4).hexdigest()
        return self._read(f"client_{self.name}_{digest}", made)

    def _read(self, name: str, *select: rx.Var[Any]) -> rx.Var[Any]:
        called = ", ".join(str(part) for part in (*self._named, *select))
        data = VarData(
            imports={MODULE: [ImportVar(tag="useClientVar")]},
            hooks={f"const {name} = useClientVar({called})": None},
        )
        used = (part._get_all_var_data() for part in select)  # noqa: SLF001 - It has no public name.
        merged = VarData.merge(*used, data)
        return rx.Var(_js_expr=name, _var_data=merged)

    def set(self, value: Any) -> Any:
        """An event that gives it ``value``, a var or a plain one, at once and in the browser."""
        return call("setClientVar", *self._named, value, library=MODULE)

    def update(self, **fields: Any) -> Any:
        """An event that changes some fields of a ``dict``."""
        return self.set(self.value.merge(rx.Var.create(fields)))


def function(name: str, *arguments: Any, library: str, returns: type = str) -> Any:
    """The call of a function of one of our modules, as a var."""
    data = VarData(imports={library: [ImportVar(tag=name)]})
    called = rx.Var(name, _var_data=data).to(FunctionVar)
    return called.call(*(rx.Var.create(value) for value in arguments)).to(returns)


def call(name: str, *arguments: Any, library: str) -> Any:
    """The same as an event that runs in the browser, outside of Reflex's queue."""
    called = function(name, *arguments, library=library)
    return ArgsFunctionOperation.create((), called).to(FunctionVar, EventChain)


class Deferred(rx.Component):
    """The browser's side of :func:`deferred`."""

    library = MODULE
    tag = "Deferred"

    value: rx.Var[list[str]]


def deferred(*children: Any, of: Sequence[ClientVar]) -> rx.Component:
    """Children that hear of these values a frame later: the rest of the page answers the tap."""
    return Deferred.create(*children, value=[var.name for var in of])
