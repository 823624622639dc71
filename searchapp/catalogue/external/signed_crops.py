"""Passes for a picture: who holds one may fetch one crop for a few minutes, and learns nothing.

The pass goes to another company as part of an address.  It is encrypted, because it names the
search, and whoever knows a search's id may read and erase it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from searchapp.db.secrets import Secrets
from searchapp.domain.search import Box
from searchapp.errors import NotFound, OperatorError

LIFETIME = timedelta(minutes=5)
PATH = "/api/outside/"
"""The web serves the crop at ``PATH + pass``."""


def make_pass(secrets: Secrets, job_id: str, box: Box, now: datetime) -> str:
    """A pass for the crop ``box`` of the upright picture of the search ``job_id``."""
    ends = round((now + LIFETIME).timestamp())
    return secrets.encrypt(json.dumps(["outside", job_id, box.as_list(), ends])).decode()


def read_pass(secrets: Secrets, text: str, now: datetime) -> tuple[str, Box]:
    """The search and the box that a pass is for.

    :raises NotFound: it is none of ours, or too old.
    """
    try:
        purpose, job_id, box, ends = json.loads(secrets.decrypt(text.encode()))
    except (OperatorError, ValueError, TypeError):
        raise NotFound("no pass") from None
    if purpose != "outside" or datetime.fromtimestamp(ends, UTC) < now:
        raise NotFound("an old pass")
    return str(job_id), Box(*box)
