"""``catalogue ...``: what an operator does with products."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from searchapp.errors import OperatorError

if TYPE_CHECKING:  # These load the models' libraries; every command would wait for them.
    from searchapp.catalogue.ingest.importer import Report
    from searchapp.db.repositories.imports import Counts

app = typer.Typer(
    help="Products: import feeds, count, remove, embed again.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

AGAIN = "Start it again"
"""What to do after a break, and it goes on where it was."""

T = TypeVar("T")


@app.command("import")
def import_(
    feed: Annotated[Path, typer.Argument(help="A product feed: CSV, TSV or XML.")],
    name: Annotated[str | None, typer.Option(help="Default: the file's name.")] = None,
    images: Annotated[
        Path | None, typer.Option(help="Where paths of pictures start. Default: beside the feed.")
    ] = None,
    prune: Annotated[bool, typer.Option(help="Also remove what the feed no longer has.")] = False,
    force: Annotated[
        bool, typer.Option(help="Let --prune remove more than half of the feed's products.")
    ] = False,
    currency: Annotated[
        str, typer.Option(help="Of amounts without one (Shopify). Default there: KRW.")
    ] = "",
    shop_url: Annotated[
        str, typer.Option(help="The shop's address, for Shopify's CSV, which has no links.")
    ] = "",
) -> None:
    """Add or update the products of one feed.  Started again after a break, it goes on."""
    from searchapp.catalogue.feeds import FeedOptions
    from searchapp.catalogue.feeds.values import CURRENCIES
    from searchapp.catalogue.ingest.importer import ImportOptions
    from searchapp.cli import catalogue_tasks as work

    name = work.checked_name(name if name is not None else feed.stem)
    if images is not None and not images.is_dir():
        raise OperatorError(f"--images {images} is not a folder. Give the folder of the pictures.")
    if currency and currency.upper() not in CURRENCIES:
        raise OperatorError(f"--currency {currency} is none of ISO 4217, such as KRW or USD.")
    options = ImportOptions(prune=prune, force=force)
    form = FeedOptions(currency=currency.upper(), shop_url=shop_url)
    report = _run(lambda: work.import_file(name, feed, images, form, options))
    _say(name, report)


@app.command()
def stats() -> None:
    """What the catalogue holds, and how the last imports ended."""
    from searchapp.cli import catalogue_tasks as work

    _run(work.print_stats)


@app.command()
def remove(name: Annotated[str, typer.Argument(help="The feed's name, see stats.")]) -> None:
    """Remove all products of one feed."""
    from searchapp.cli import catalogue_tasks as work

    count = _run(lambda: work.remove(name))
    if not count:
        raise OperatorError(f"there are no products of {name!r}. See: catalogue stats")
    print(f"removed {count} products of {name}")


@app.command()
def reindex(
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Also what the present model described already: meanwhile searches find only what "
            "is done. After a break, reindex without --all goes on where it was; with it, it "
            "begins anew.",
        ),
    ] = False,
) -> None:
    """Embed products again whose vectors another model made, from the pictures kept."""
    from searchapp.cli import catalogue_tasks as work

    again = "Start it again without --all" if everything else AGAIN
    reindexed = _run(lambda: work.embed_again(everything), again)
    print(f"embedded {reindexed.done} products again")
    if reindexed.unreadable:
        print(
            f"{reindexed.unreadable} products have a picture that cannot be read. They stay as "
            "they were, and no search finds them: import their feeds again"
        )


@app.command()
def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="With --photos: a folder that has them already.")
    ] = None,
    photos: Annotated[
        bool, typer.Option("--photos", help="Real photos (CC0) instead of drawings.")
    ] = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Only if there is no product yet.")
    ] = False,
) -> None:
    """Import the demo catalogue, which the project draws itself, or real photos."""
    from searchapp.cli import catalogue_tasks as work

    if folder is not None and not photos:
        raise OperatorError("A folder is taken with --photos only: catalogue demo --photos DIR")
    if if_empty and _run(work.any_product):
        print("there are products already")
        return
    name = work.PHOTOS if photos else work.DEMO
    _say(name, _run(lambda: work.import_photos(folder) if photos else work.import_demo()))
    print(f"to remove it: catalogue remove {name}")


@app.command()
def feedback() -> None:
    """Print what people said of products, as a CSV."""
    from searchapp.cli import catalogue_tasks as work

    _run(work.print_feedback)


def _run(work: Callable[[], Awaitable[T]], again: str = AGAIN) -> T:
    async def run() -> T:
        return await work()

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        raise OperatorError(f"stopped. {again} and it goes on where it was.") from None


def _say(name: str, report: Report) -> None:
    """Counts, refused rows with their reasons, notes, and what the exit code has to tell."""
    for refusal in report.refusals:
        who = f" ({refusal.id})" if refusal.id else ""
        print(f"refused row {refusal.number}{who}: {refusal.reason}")
    for note in report.notes:
        print(f"note on row {note.number} ({note.id}): {note.text}")
    if report.more_notes:
        print(f"and {report.more_notes} more notes")
    print(f"{name}: {_counted(report.counts)}")
    if report.not_pruned:
        raise OperatorError(report.not_pruned)
    if not report.counts.taken:
        raise OperatorError("no row was taken. Correct the feed and import it again.")


def _counted(counts: Counts) -> str:
    return (
        f"{counts.added} new, {counts.changed} changed, {counts.unchanged} unchanged, "
        f"{counts.refused} refused, {counts.removed} removed"
    )
