"""Words and helpers that run in the browser, as Reflex vars.

The language is the browser's own matter: a page changes it at once, without a server, and is
prerendered in Korean.  So words are looked up by a hook of ``client/view/page.js``.
"""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData

from searchapp.i18n import TEXTS

PAGE_MODULE = "$/utils/page"
"""Where the build puts ``client/view/page.js``."""


def _hooked(hook: str, name: str) -> VarData:
    return VarData(
        imports={PAGE_MODULE: [ImportVar(tag=hook)]},
        hooks={f"const {name} = {hook}()": None},
    )


_WORDS = _hooked("useWords", "words")


def _part(hook: str, name: str, kind: Any) -> rx.Var:
    """One part of the tab's store."""
    return rx.Var(_js_expr=name, _var_type=kind, _var_data=_hooked(hook, name)).to(kind)


WORDS = _part("useWords", "words", dict[str, str])
ARRANGE = _part("useArrange", "arrange", dict[str, Any])
CHOICE = _part("useChoice", "choice", dict[str, Any])
DAYS = _part("useDays", "days", int)
HISTORY = _part("useHistory", "past", list[dict[str, str]])
INBOX = _part("useInbox", "box", dict[str, Any])
SHOWN = _part("useShown", "shown", int)
AGAIN = _part("useAgain", "again", str)
SAID = _part("useSaid", "said", dict[str, str])
SHARE = _part("useShare", "share", str)
KAKAO = _part("useKakao", "kakao", str)


def call(function: str, *arguments: Any, returns: Any = str) -> rx.Var:
    """A call of one of the functions that ``client/view/page.js`` exports."""
    values = [rx.Var.create(argument) for argument in arguments]
    data = VarData.merge(
        VarData(imports={PAGE_MODULE: [ImportVar(tag=function)]}),
        *(value._get_all_var_data() for value in values),  # noqa: SLF001 - no public way exists.
    )
    expression = f"{function}({', '.join(str(value) for value in values)})"
    return rx.Var(_js_expr=expression, _var_type=returns, _var_data=data).to(returns)


def tr(key: str, **values: Any) -> rx.Var:
    """The text of ``key`` in the reader's language, its ``{name}`` places filled.

    :raises KeyError: when a language has no such text; the build stops there.
    """
    for texts in TEXTS.values():
        texts[key]
    text = rx.Var(_js_expr=f'words["{key}"]', _var_type=str, _var_data=_WORDS).to(str)
    return call("fill", text, values) if values else text


def tr_by(prefix: str, slug: rx.Var) -> rx.Var:
    """The text of ``prefix.slug`` where the slug is known only in the browser."""
    expression = f'(words["{prefix}." + {slug!s}] ?? "")'
    data = VarData.merge(_WORDS, slug._get_all_var_data())  # noqa: SLF001 - no public way exists.
    return rx.Var(_js_expr=expression, _var_type=str, _var_data=data).to(str)


def tr_dated(key: str) -> rx.Var:
    """The text of ``key`` with its ``{days}``: how long this server keeps a search.

    Show it in an element of the class ``dated``, which is invisible while it may be another.
    """
    return tr(key, days=call("dayCount", WORDS, DAYS))


def label_name(label: rx.Var) -> rx.Var:
    """The name of a kind of clothing in the reader's language."""
    return call("labelName", WORDS, label)
