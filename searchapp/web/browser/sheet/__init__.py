"""A sheet: the browser's own modal dialog.

Why Python cannot do it: a ``<dialog>`` is modal (focus stays inside, Escape closes it, focus goes
back afterwards) only when its method ``showModal`` is called.
"""

from __future__ import annotations

from typing import Annotated

import reflex as rx
from reflex.event import no_args_event_spec

from searchapp.web.browser import module


class Sheet(rx.Component):
    """Its children, in a dialog that is open while ``open`` is true."""

    library = module("sheet/sheet.jsx")
    tag = "Sheet"

    open: rx.Var[bool]

    on_closed: Annotated[rx.EventHandler, no_args_event_spec]
    """Also by Escape, and by a press beside the sheet."""
