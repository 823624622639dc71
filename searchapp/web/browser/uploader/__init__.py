"""The photo's way to the server: chosen, shown, made small, kept, sent until it is stored.

Why Python cannot do it: ``rx.upload`` sends the original through the state's own endpoint, hangs
for good when the server restarts in the middle and cannot be sent again.  Shrinking, true progress,
waiting for the network and keeping the photo across a killed tab are the browser's matters; the
same photo with the same fields keeps its idempotency key, so that pressing again makes no second
search.
"""

from __future__ import annotations

from typing import Annotated

import reflex as rx
from reflex.event import no_args_event_spec, passthrough_event_spec

from searchapp.web.browser import module


class PhotoUploader(rx.Component):
    """A form around file inputs (any number), fields and buttons.

    A button with ``data-photo`` takes the picture at that path; with ``data-address`` besides, the
    path is asked for the picture at that address.
    """

    library = module("uploader/uploader.jsx")
    tag = "PhotoUploader"

    action: rx.Var[str]
    """Where the form is sent."""

    on_chosen: Annotated[rx.EventHandler, passthrough_event_spec(str)]
    """An address under which this tab can show the photo."""

    on_progress: Annotated[rx.EventHandler, passthrough_event_spec(float)]
    """The part (0..1) that has left the browser."""

    on_unsaved: Annotated[rx.EventHandler, no_args_event_spec]
    """It is not stored yet; the next try comes by itself."""

    on_stored: Annotated[rx.EventHandler, passthrough_event_spec(str, str)]
    """The id of the search, and a tiny picture as a data URL or nothing."""

    on_refused: Annotated[rx.EventHandler, passthrough_event_spec(int, str)]
    """The status of the answer, 415 for what is no picture, and the server's own sentence."""

    on_unfetched: Annotated[rx.EventHandler, passthrough_event_spec(str)]
    """The picture of a button did not load; the server's own sentence, or nothing."""

    on_stopped: Annotated[rx.EventHandler, no_args_event_spec]
    """The person gave up."""

    on_over: Annotated[rx.EventHandler, passthrough_event_spec(bool)]
    """Something is dragged over the page."""

    on_address: Annotated[rx.EventHandler, passthrough_event_spec(str)]
    """An address was dropped or pasted instead of a file, or shared by another app; empty for words
    that are none."""
