"""mypy's plugin for Reflex: a var of a dataclass has its fields, each as a var of the field's type.

Reflex makes them so at run time (``ObjectVar.__getattr__``), which no annotation can say.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mypy.errorcodes import ATTR_DEFINED
from mypy.nodes import TypeInfo
from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, ProperType, Type, get_proper_type
from mypy.types_utils import remove_optional

_MODULE = "reflex_base.vars.object"
_VARS = {
    "builtins.str": "StringVar",
    "builtins.bool": "BooleanVar",
    "builtins.int": "NumberVar",
    "builtins.float": "NumberVar",
    "builtins.list": "ArrayVar",
}
"""What Reflex makes of a value; an object of any other."""


class _Vars(Plugin):
    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        owner, _, name = fullname.rpartition(".")
        return partial(self._field, name) if owner == f"{_MODULE}.ObjectVar" else None

    def _field(self, name: str, found: AttributeContext) -> Type:
        """The var of the field ``name``; an error where the dataclass has none."""
        var = get_proper_type(found.type)
        shown = get_proper_type(var.args[0]) if isinstance(var, Instance) and var.args else None
        if not isinstance(shown, Instance) or "dataclass" not in shown.type.metadata:
            return found.default_attr_type
        field = shown.type.get(name)
        if field is None or field.type is None:
            said = f'"{shown.type.name}", which the var stands for, has no field "{name}"'
            found.api.fail(said, found.context, code=ATTR_DEFINED)
            return found.default_attr_type
        return self._var_of(get_proper_type(remove_optional(field.type)))

    def _var_of(self, value: ProperType) -> Type:
        kind = _VARS.get(value.type.fullname) if isinstance(value, Instance) else None
        found = self.lookup_fully_qualified(f"{_MODULE}.{kind or 'ObjectVar'}")
        if found is None or not isinstance(found.node, TypeInfo):
            raise LookupError(f"Reflex has no {kind}")
        return Instance(found.node, [value] if found.node.type_vars else [])


def plugin(_version: str) -> type[Plugin]:
    """What mypy asks for."""
    return _Vars
