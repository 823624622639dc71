"""A form whose fields are checked before anything is sent.

Why Python cannot do it: what is wrong is said at the moment of the tap, also without a connection;
the focus goes to the field; the browser's own bubble, in a language of its own, stays away; and a
number is spaced while it is typed without losing the cursor.
"""

from __future__ import annotations

from typing import Annotated

import reflex as rx
from reflex.event import passthrough_event_spec

from searchapp.web.browser import module


class CheckedForm(rx.Component):
    """Its children in a form.  Fields say what they need by ``required`` and ``pattern``; a box
    with ``data-with`` is required once the field of that name is filled; words in elements with
    ``data-when`` show while the form has ``data-tried``.
    """

    library = module("form/form.jsx")
    tag = "CheckedForm"

    no_validate: rx.Var[bool] = rx.Var.create(True)
    """Whether the browser itself says nothing of what is wrong."""

    on_sent: Annotated[rx.EventHandler, passthrough_event_spec(dict[str, str])]
    """The fields by name, when all is there."""
