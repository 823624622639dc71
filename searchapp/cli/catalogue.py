"""``catalogue ...``: what an operator does with products."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from searchapp.errors import OperatorError, counted

if TYPE_CHECKING:  # These load the models' libraries; every command would wait for them.
    from searchapp.catalogue.ingest.row_work import Reason, Report
    from searchapp.db.repositories.imports import Counts

app = typer.Typer(
    help="Products: import feeds, count, remove, embed again.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

AGAIN = "Start it again"
"""What to do after a break, and it goes on where it was."""

T = TypeVar("T")


Feed = Annotated[str, typer.Argument(help="A feed: a file, an address, or - for input.")]
Name = Annotated[
    str | None, typer.Option(help="Default: the file's name, without a date at its end.")
]
Images = Annotated[
    Path | None, typer.Option(help="Where paths of pictures start. Default: beside the feed.")
]
Prune = Annotated[bool, typer.Option(help="Also remove what the feed no longer has.")]
Force = Annotated[
    bool, typer.Option(help="Let --prune remove more than half of the feed's products.")
]
Map = Annotated[
    Path | None, typer.Option("--map", help="A YAML file: columns, categories, colours.")
]
Currency = Annotated[str, typer.Option(help="Of amounts without one, such as KRW.")]
ShopUrl = Annotated[str, typer.Option(help="The shop's address, for forms that carry no links.")]
DryRun = Annotated[bool, typer.Option(help="Read and check only; change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
Rejects = Annotated[
    Path | None, typer.Option(help="Write every refused row with its reason to this CSV.")
]
FailAbove = Annotated[
    str, typer.Option(help="More refused rows than this percentage are a failure.")
]
Recheck = Annotated[
    bool, typer.Option(help="Ask for every picture again, whenever it was asked for last.")
]


@app.command("import")
def import_(
    feed: Feed,
    name: Name = None,
    images: Images = None,
    prune: Prune = False,
    force: Force = False,
    mapping: Map = None,
    currency: Currency = "",
    shop_url: ShopUrl = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    rejects: Rejects = None,
    fail_above: FailAbove = "50%",
    recheck: Recheck = False,
) -> None:
    """Add or update the products of one feed.  Started again after a break, it goes on."""
    from searchapp.catalogue.ingest.importer import ImportOptions
    from searchapp.catalogue.ingest.sync import default_name
    from searchapp.cli import catalogue_tasks as work

    if name is None and feed == "-":
        raise OperatorError("a feed from standard input needs a name: --name NAME")
    name = work.checked_name(name if name is not None else default_name(feed))
    if images is not None and not images.is_dir():
        raise OperatorError(f"--images {images} is not a folder. Give the folder of the pictures.")
    if rejects is not None and (rejects.is_dir() or not rejects.parent.is_dir()):
        raise OperatorError(f"--rejects {rejects}: give a file in a folder that is there.")
    form = work.feed_options(currency, shop_url, mapping)
    options = ImportOptions(
        prune=prune, force=force, recheck=recheck, fail_above=_percentage(fail_above)
    )
    request = work.ImportRequest(name, feed, images, form, options, dry_run=dry_run)
    report = run_work(lambda: work.import_any(request))
    say(name, report, as_json=as_json, rejects=rejects, dry_run=dry_run)


@app.command()
def show(
    product: Annotated[str, typer.Argument(help="FEED:ID, as results name it.")],
) -> None:
    """Print one product as JSON, as the catalogue API would."""
    from searchapp.cli import catalogue_reports as reports

    run_work(lambda: reports.print_product(product))


def _percentage(text: str) -> float:
    """:raises OperatorError: ``text`` is not a number from 0 to 100, with or without ``%``."""
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise OperatorError(f"--fail-above {text}: give a percentage from 0 to 100.")
    return value


@app.command()
def stats() -> None:
    """What the catalogue holds, and how the last imports ended."""
    from searchapp.cli import catalogue_reports as reports

    run_work(reports.print_stats)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="The feed's name, see stats.")],
    id_: Annotated[str | None, typer.Option("--id", help="Only the product with this id.")] = None,
) -> None:
    """Remove all products of one feed and what is known of its imports, or one product."""
    from searchapp.cli import catalogue_tasks as work

    count = run_work(lambda: work.remove(name, id_))
    if not count and id_ is not None:
        raise OperatorError(f"there is no product {id_!r} in {name!r}. See: catalogue show")
    if count is None:
        raise OperatorError(f"there are no products of {name!r}. See: catalogue stats")
    print(f"removed {counted(count, 'product')} of {name}")


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
    reindexed = run_work(lambda: work.embed_again(everything=everything), again)
    print(f"embedded {counted(reindexed.done, 'product')} again")
    if reindexed.unreadable:
        print(
            f"{counted(reindexed.unreadable, 'product')} with a picture that cannot be read. "
            "Left as before, and found by no search: import the feed again"
        )


_FORGET = typer.Option("--forget", help="Use what is built in again.")


@app.command()
def learn(forget: Annotated[bool, _FORGET] = False) -> None:
    """Learn to find worn garments from products that have a worn and a flat photo.

    Needs 100 such products. It is measured on pairs held out, and used only if it is better there.
    """
    from searchapp.cli import catalogue_reports as reports

    print(run_work(lambda: reports.learn_matching("projection", forget=forget)))


@app.command()
def calibrate(forget: Annotated[bool, _FORGET] = False) -> None:
    """Choose the numbers of verdicts for the present model on this catalogue (60 products)."""
    from searchapp.cli import catalogue_reports as reports

    print(run_work(lambda: reports.learn_matching("numbers", forget=forget)))


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
    if if_empty and run_work(work.any_product):
        print("there are products already")
        return
    name = work.PHOTOS if photos else work.DEMO
    say(name, run_work(lambda: work.import_photos(folder) if photos else work.import_demo()))
    print(f"to remove it: catalogue remove {name}")


@app.command()
def demand(
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back to look.")] = 30,
) -> None:
    """Print what people looked for, by kind and colour, and how well it was found, as a CSV."""
    from searchapp.cli import catalogue_reports as reports

    run_work(lambda: reports.print_demand(days))


@app.command()
def feedback() -> None:
    """Print what people said of products, as a CSV."""
    from searchapp.cli import catalogue_reports as reports

    run_work(reports.print_feedback)


def run_work(work: Callable[[], Awaitable[T]], again: str = AGAIN) -> T:
    async def run() -> T:
        return await work()

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        raise OperatorError(f"stopped. {again} and it goes on where it was.") from None


def say(
    name: str,
    report: Report,
    *,
    as_json: bool = False,
    rejects: Path | None = None,
    dry_run: bool = False,
) -> None:
    """Counts, reasons with counts and examples, and what the exit status has to tell."""
    if rejects is not None:
        _write_rejects(rejects, report)
    if as_json:
        print(json.dumps(_document(name, report), ensure_ascii=False, indent=2))
    else:
        for reason in report.refused:
            print(f"refused {_rows_of(reason)}")
        for reason in report.noted:
            print(f"note on {_rows_of(reason)}")
        print(f"{name}: {_checked(report.counts) if dry_run else report.counts}")
    if report.failure:
        raise OperatorError(report.failure)


def _rows_of(reason: Reason) -> str:
    """One line a reason: how many rows, why, and the first of them."""
    if reason.count == 1:
        return f"{reason.examples[0]}: {reason.text}"
    more = ", ..." if reason.count > len(reason.examples) else ""
    return f"{reason.count} rows: {reason.text} [{', '.join(reason.examples)}{more}]"


def _document(name: str, report: Report) -> dict[str, object]:
    refused, notes = (
        [{"reason": one.text, "rows": one.count, "examples": one.examples} for one in reasons]
        for reasons in (report.refused, report.noted)
    )
    return {
        "feed": name,
        "counts": asdict(report.counts),
        "refused": refused,
        "notes": notes,
        "failed": bool(report.failure),
        "error": report.failure,
    }


def _write_rejects(path: Path, report: Report) -> None:
    """:raises OperatorError: the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "id", "reason"])
            writer.writerows((row.number, row.id, row.reason) for row in report.refusals)
    except OSError as error:
        raise OperatorError(f"--rejects {path}: {error.strerror or error}.") from None


def _checked(counts: Counts) -> str:
    taken = counted(counts.taken, "row")
    return f"{taken} would be taken, {counts.refused} refused; nothing was changed"
