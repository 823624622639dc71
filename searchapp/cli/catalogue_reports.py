"""What the catalogue commands print: products, figures, and what was learned from the catalogue."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.catalogue.ingest import products_api
from searchapp.catalogue.ingest.calibrate import calibrate
from searchapp.catalogue.ingest.learn import learn
from searchapp.catalogue.matching.feedback import as_csv, demand_csv
from searchapp.cli.catalogue_tasks import open_database, open_importer, progress_of
from searchapp.db.connections import LONG_SECONDS
from searchapp.db.engine import transaction
from searchapp.db.repositories import imports, learned
from searchapp.errors import OperatorError, counted
from searchapp.jobs.services import Services
from searchapp.notify.policy import day_of
from searchapp.vision.pipeline import load_engine


async def print_product(product: str) -> None:
    """Prints the product ``FEED:ID`` as JSON.

    :raises OperatorError: there is none.
    """
    feed, _, id_ = product.partition(":")
    async with open_database() as services:
        found = await products_api.read_product(services.engine, feed, id_)
    if found is None:
        raise OperatorError(f"there is no product {product!r}. Give it as FEED:ID.")
    print(json.dumps(found, ensure_ascii=False, indent=2, default=lambda at: at.isoformat()))


def _reading_all(services: Services) -> AbstractAsyncContextManager[AsyncSession]:
    """A transaction whose statements read a whole table."""
    return transaction(services.engine, stall_seconds=LONG_SECONDS)


async def learn_matching(what: str, *, forget: bool) -> str:
    """Learns from the catalogue, or forgets what was learned; one line that says what came out.

    :param what: ``projection`` or ``numbers``.
    :raises OperatorError: there is too little to learn from.
    """
    if forget:
        async with open_database() as services:
            model = load_engine(services.settings).embedding_name
            async with transaction(services.engine) as session:
                known = await learned.forget(session, model, what)
        return "forgotten" if known else "there was nothing to forget"
    step = learn if what == learned.PROJECTION else calibrate
    async with open_importer() as importer:
        with progress_of(what, None) as shown:
            return learned_line(await step(importer, shown))


def learned_line(found: learned.Finding) -> str:
    """What was measured, in one line."""
    told = found.report
    if found.what == learned.PROJECTION:
        use = "in use" if told["used"] else "not better, so not used"
        return (
            f"learned from {told['pairs']} pairs: R@1/5/10 of held-out pairs among "
            f"{told['among']} products {_figures(told['before'])} before, "
            f"{_figures(told['after'])} after; {use}"
        )
    shares = "; ".join(
        f"{name} photos: 'same' and right {told[name]['same and right']} %, "
        f"'same' though absent {told[name]['same though absent']} %"
        for name in ("flat", "worn")
        if name in told
    )
    return f"calibrated on {told['trials']} products: {shares}"


def _figures(shares: dict[str, float]) -> str:
    return "/".join(str(value) for value in shares.values())


async def print_demand(days: int) -> None:
    """Prints what was searched in the last ``days`` days as a CSV."""
    async with open_database() as services, _reading_all(services) as session:
        async for line in demand_csv(session, day_of(services.clock() - timedelta(days=days))):
            print(line, end="")


async def print_feedback() -> None:
    """Prints the votes as a CSV."""
    async with open_database() as services, _reading_all(services) as session:
        async for line in as_csv(session):
            print(line, end="")


async def print_stats() -> None:
    """Prints each feed and the last imports."""
    async with open_database() as services, _reading_all(services) as session:
        feeds = await imports.feed_stats(session)
        last = await imports.last_imports(session, 5)
        found = [
            f"{one.what} of {model}: {learned_line(one)}"
            for model in sorted({model for feed in feeds for model in feed.models})
            for one in (await learned.findings(session, model)).values()
        ]
    for feed in feeds:
        models = ", ".join(model or "no model" for model in feed.models)
        print(
            f"{feed.feed}: {counted(feed.products, 'product')}, {feed.in_stock} in stock, "
            f"embedded by {models}, changed {feed.updated_at:%Y-%m-%d %H:%M} UTC"
        )
        print(
            f"  {counted(feed.garments, 'garment')}, "
            f"{counted(feed.without_kind, 'product')} without a kind, "
            f"{feed.without_colour} without a colour, {feed.pending} with pictures to be fetched"
        )
    print(f"{counted(sum(feed.products for feed in feeds), 'product')} in all")
    print("\n".join(found), end="\n" * bool(found))
    for run in last:
        counts = imports.Counts(**{one.name: run[one.name] for one in fields(imports.Counts)})
        began = f"{run['started_at']:%Y-%m-%d %H:%M} UTC"
        print(f"import of {run['feed']} at {began} {run['state']}: {counts}")
        if run["error"]:
            print(f"  {run['error']}")
