"""Commands for the keys of the catalogue API: add, list, remove."""

from __future__ import annotations

from typing import Annotated

import typer

from searchapp.cli.data import with_services
from searchapp.db.repositories import api_keys
from searchapp.db.transact import transact
from searchapp.domain.ids import KeyScope, api_key_hash, new_api_key
from searchapp.errors import OperatorError

NAME_LIMIT = 80

app = typer.Typer(help="Keys of the catalogue API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What the key is called, for example `shop`.")]


@app.command("add")
def add(
    name: Name,
    scope: Annotated[
        KeyScope, typer.Option(help="`read` may look at products, `write` may change them.")
    ] = KeyScope.READ,
) -> None:
    """Make a key and show it once; only its hash is stored."""
    if not name.strip() or not name.isprintable() or len(name) > NAME_LIMIT:
        raise OperatorError(f"NAME takes 1 to {NAME_LIMIT} printable characters.")
    key = new_api_key()
    added = with_services(
        lambda services: transact(
            services.engine,
            lambda session: api_keys.add_key(session, name, scope, api_key_hash(key)),
        )
    )
    if not added:
        raise OperatorError(f"There is a key called {name}: take another name, or `keys remove`.")
    print(f"{key}\nKeep this key of scope {scope.value}: it is not shown again.")


@app.command("list")
def list_keys() -> None:
    """List the keys by name, with their scope and when they were last used."""
    found = with_services(lambda services: transact(services.engine, api_keys.list_keys))
    for key in found:
        used = f"{key.used_at:%Y-%m-%d %H:%M %Z}" if key.used_at else "never"
        print(f"{key.name}\t{key.scope.value}\tmade {key.created_at:%Y-%m-%d}\tused {used}")
    if not found:
        print("no keys; make one with: keys add NAME")


@app.command("remove")
def remove(name: Name) -> None:
    """Remove a key; requests with it are refused from now on."""
    removed = with_services(
        lambda services: transact(
            services.engine, lambda session: api_keys.remove_key(session, name)
        )
    )
    if not removed:
        raise OperatorError(f"There is no key called {name}: see `keys list`.")
    print(f"removed the key {name}")
