"""Client values as vars: what components read of them, in the page that is built."""

from __future__ import annotations

from reflex.vars import VarData

from searchapp.web.browser.client_var import ClientVar

SORT = ClientVar("sort", "match")
PENDING = ClientVar("pending", {}, "tab")


def _hooks(var: object) -> tuple[str, ...]:
    data = VarData.merge(var._get_all_var_data())  # type: ignore[attr-defined]
    assert data is not None
    return data.hooks


def test_value__follows_the_whole() -> None:
    assert _hooks(SORT.value) == ('const client_sort = useClientVar("sort", "match", "")',)


def test_part__follows_what_is_selected_of_it_alone() -> None:
    (hook,) = _hooks(PENDING.part(lambda actions: actions["vote"]))
    name = hook.removeprefix("const ").partition(" ")[0]
    assert hook == (
        f'const {name} = useClientVar("pending", {{}}, "tab", ((value) => value?.["vote"]))'
    )


def test_part__each_has_a_name_of_its_own() -> None:
    one, other = (PENDING.part(lambda actions, key=key: actions[key]) for key in ("vote", "erase"))
    assert str(one) != str(other)
