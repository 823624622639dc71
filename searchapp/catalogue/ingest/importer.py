"""Imports: from the rows of a feed to products that can be found.

Only what changed is worked on: a row by its digest, a picture by its tag.  Work is written down in
small batches, so that an import that is killed goes on where it was when it is started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.feeds import FeedRow, RefusedRow, TakenRow
from searchapp.catalogue.ingest.described_pictures import Decodes, DescribedPictures, Description
from searchapp.catalogue.ingest.row_pictures import Pictures, PictureWork
from searchapp.catalogue.ingest.row_work import (
    FAIL_ABOVE,
    Note,
    Outcome,
    Placeholders,
    Reasons,
    Report,
    Worker,
    all_outcomes,
    failure_of,
)
from searchapp.db.connections import LONG_SECONDS
from searchapp.db.engine import LockKind, advisory_lock, transaction
from searchapp.db.repositories import imports, product_writes, products, vector_index
from searchapp.db.repositories.imports import Counts
from searchapp.db.repositories.products import KnownProduct
from searchapp.errors import OperatorError
from searchapp.vision.pipeline import VisionEngine

BATCH = 64
"""Rows with new pictures that are written in one transaction: what a kill may cost."""

LOOKED_UP = 512
"""Rows that are looked up at once; those that are unchanged are noted at once, too."""

AT_ONCE = 8
"""Products in work at the same time; most of them wait for the network or for a decoder."""

KEPT_NOTES = 200
"""Notes of one import: a shop whose server is down would bring one for each picture."""

Progress = Callable[[Counts], None]
"""Told after each batch."""


@dataclass(frozen=True)
class Importer:
    """What an import works with; ``vision_threads`` may call the engine at the same time.

    ``descriptions`` are what its model saw in some pictures before, by their digests.
    """

    database: AsyncEngine
    vision: VisionEngine
    decoder: Decodes
    clock: Callable[[], datetime]
    vision_threads: int = 2
    descriptions: Mapping[str, Description] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the operator asked for: ``force`` lets a prune remove more than half of a feed, and
    ``recheck`` asks for every picture again, whenever its server was asked last.  ``fail_above`` is
    the percentage of refused rows from which on the run counts as failed."""

    prune: bool = False
    force: bool = False
    recheck: bool = False
    fail_above: float = FAIL_ABOVE


@dataclass(slots=True)
class _Run:
    """One import under way."""

    feed: str
    number: int
    started: datetime
    resumed: datetime | None
    counts: Counts = field(default_factory=Counts)
    refusals: list[RefusedRow] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    more_notes: int = 0
    broken_off: bool = False
    cut: bool = False
    noted: Reasons = field(default_factory=Reasons)
    placeholders: Placeholders = field(default_factory=Placeholders)
    rows: dict[str, int] = field(default_factory=dict)
    """Row numbers by id, of what was written."""


async def import_feed(
    importer: Importer,
    feed: str,
    rows: Iterable[FeedRow],
    pictures: Pictures,
    *,
    source: str = "",
    options: ImportOptions | None = None,
    progress: Progress = lambda _: None,
) -> Report:
    """Brings the products of ``feed`` to what ``rows`` say.

    :param rows: read as they are needed, in a thread.
    :param source: for the operator's record: the file's name.
    :raises OperatorError: the rows cannot be read, and what was written stays; or ``feed`` is
        being imported by another process.
    """
    options = options or ImportOptions()
    async with _alone(importer.database, feed):
        run = await _begin(importer, feed, source)
        return await _go_on(importer, run, rows, pictures, options, progress)


async def remove_feed(database: AsyncEngine, feed: str) -> int:
    """Removes everything of ``feed``; how many products that were.

    :raises OperatorError: ``feed`` is being imported, which would bring a part of it back.
    """
    async with (
        _alone(database, feed),
        transaction(database, stall_seconds=LONG_SECONDS) as session,
    ):
        removed = await product_writes.remove_feed(session, feed)
        await product_writes.remove_unused_pictures(session)
        return removed


@asynccontextmanager
async def _alone(database: AsyncEngine, feed: str) -> AsyncIterator[None]:
    """:raises OperatorError: another process changes the products of ``feed``."""
    async with advisory_lock(database, LockKind.IMPORT, feed) as alone:
        if not alone:
            raise OperatorError(f"{feed} is being imported already. Wait for that to end.")
        yield


async def _go_on(
    importer: Importer,
    run: _Run,
    rows: Iterable[FeedRow],
    pictures: Pictures,
    options: ImportOptions,
    progress: Progress,
) -> Report:
    vision = importer.vision
    try:
        with ThreadPoolExecutor(importer.vision_threads, "vision") as threads:
            ready, now = importer.descriptions, int(run.started.timestamp())
            async with DescribedPictures(vision, importer.decoder, threads, ready) as described:
                work = PictureWork(described, pictures, now=now, recheck=options.recheck)
                batches = _worked(importer, run, rows, Worker(work, run.resumed))
                await _write_all(importer, run, batches, described, progress)
        await _refuse_placeholders(importer, run)
        not_pruned = await _prune(importer, run, options) if options.prune else ""
        async with transaction(importer.database, stall_seconds=LONG_SECONDS) as session:
            await product_writes.remove_unused_pictures(session)
    except BaseException as error:
        await asyncio.shield(_note(importer, run, "failed", _reason(error)))
        raise
    failure = not_pruned or failure_of(run.counts, options.fail_above, cut=run.cut)
    await _note(importer, run, "done", failure)
    progress(run.counts)
    noted = run.noted.all()
    return Report(run.counts, run.refusals, run.notes, run.more_notes, not_pruned, failure, noted)


def _reason(error: BaseException) -> str:
    if isinstance(error, OperatorError):
        return str(error)
    if isinstance(error, asyncio.CancelledError):
        return "it was stopped: start it again"
    return "an internal error ended it: start it again; its log has the details"


async def _refuse_placeholders(importer: Importer, run: _Run) -> None:
    """Takes back the products whose picture stands for a missing one."""
    keys = run.placeholders.all()
    if not keys:
        return
    async with transaction(importer.database, stall_seconds=LONG_SECONDS) as session:
        removed = await product_writes.remove_with_picture(session, run.feed, keys)
    reason = "its picture is a placeholder: many unlike products show it"
    run.refusals += [RefusedRow(run.rows.get(id_, 0), id_, reason) for id_ in removed]
    run.counts = replace(
        run.counts,
        added=max(0, run.counts.added - len(removed)),
        refused=run.counts.refused + len(removed),
    )


async def _begin(importer: Importer, feed: str, source: str) -> _Run:
    async with transaction(importer.database) as session:
        now = importer.clock()
        if await vector_index.index_dimension(session) != importer.vision.dimension:
            raise OperatorError("the index holds vectors of another model. Run: catalogue reindex")
        resumed = await imports.interrupted_at(session, feed)
        number = await imports.start_import(session, feed=feed, source=source, now=now)
    return _Run(feed, number, now, resumed)


async def _note(importer: Importer, run: _Run, state: str, error: str = "") -> None:
    refusals = [asdict(refusal) for refusal in run.refusals[: imports.KEPT_REFUSALS]]
    async with transaction(importer.database) as session:
        await imports.note_import(
            session,
            run.number,
            run.counts,
            refusals,
            state=state,
            finished_at=importer.clock(),
            error=error,
        )


async def _write_all(
    importer: Importer,
    run: _Run,
    batches: AsyncIterator[_Worked],
    described: DescribedPictures,
    progress: Progress,
) -> None:
    """Works one batch out while the one before is written."""
    writing: asyncio.Task[None] | None = None
    try:
        async for worked in batches:
            if writing is not None:
                await writing
                progress(run.counts)
            writing = asyncio.create_task(_write(importer, run, worked, described))
    finally:
        if writing is not None:
            await writing


@dataclass(frozen=True, slots=True)
class _Worked:
    """A batch that is ready to be written; ``listed`` are products that other rows sell."""

    outcomes: Sequence[Outcome]
    refused: Sequence[RefusedRow]
    listed: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Reading:
    """Reads many rows at once; what comes before an error is given before the error."""

    rows: Iterator[FeedRow]
    error: Exception | None = None

    def some(self) -> list[FeedRow]:
        """The next rows, none at the end."""
        if self.error is not None:
            raise self.error
        batch = list[FeedRow]()
        try:
            batch.extend(islice(self.rows, LOOKED_UP))
        except Exception as error:
            if not batch:
                raise
            self.error = error
        return batch


async def _worked(
    importer: Importer, run: _Run, rows: Iterable[FeedRow], worker: Worker
) -> AsyncIterator[_Worked]:
    """The rows of ``rows`` in batches: first what is unchanged or refused of many, then the others
    few by few."""
    reading = _Reading(iter(rows))
    while batch := await asyncio.to_thread(reading.some):
        refused = [row for row in batch if isinstance(row, RefusedRow)]
        taken = [row for row in batch if isinstance(row, TakenRow)]
        async with transaction(importer.database) as session:
            ids = [row.product.id for row in taken]
            known = await products.known_products(session, run.feed, ids)
        unchanged, others = list[Outcome](), list[TakenRow]()
        for row in taken:
            before = known.get(row.product.id)
            if worker.unchanged(row, before):
                unchanged.append(Outcome(row, before))
            else:
                others.append(row)
        if unchanged or refused:
            yield _Worked(unchanged, refused, frozenset(ids))
        for start in range(0, len(others), BATCH):
            yield await _work_out(others[start : start + BATCH], known, worker)


async def _work_out(
    rows: Sequence[TakenRow], known: Mapping[str, KnownProduct], worker: Worker
) -> _Worked:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(row: TakenRow) -> Outcome:
        async with room:
            return await worker.outcome(row, known.get(row.product.id))

    outcomes = await all_outcomes(map(one, rows))
    return _Worked(outcomes, [outcome.refused for outcome in outcomes if outcome.refused])


async def _write(
    importer: Importer, run: _Run, worked: _Worked, described: DescribedPictures
) -> None:
    """Writes a batch in one transaction."""
    writes = [outcome.write for outcome in worked.outcomes if outcome.write]
    written = {write.product.id for write in writes}
    taken = [outcome.row.product.id for outcome in worked.outcomes]
    off_sale = {r.id: r for r in worked.refused if r.off_sale and r.id not in worked.listed}
    # A refused row is still in the feed: what was known of it stays, unless it says otherwise.
    still = [id_ for id_ in taken if id_ not in written]
    still += [row.id for row in worked.refused if row.id and row.id not in off_sale]
    _count(run, worked.outcomes, worked.refused)
    async with transaction(importer.database) as session:
        # Rows of one import are equally new, whichever batch they were in.
        now = run.started
        await product_writes.write_products(session, run.feed, writes, now)
        noted = {o.known.number: o.noted for o in worked.outcomes if o.known and o.noted}
        await product_writes.note_pictures(session, noted)
        await product_writes.touch(session, run.feed, still, now)
        taken_off = await product_writes.take_off(session, run.feed, list(off_sale), now)
        await imports.note_import(session, run.number, run.counts, [])
    described.stored({key for write in writes if write.pictures for key in write.pictures.shown})
    _take_notes(run, worked, [off_sale[id_] for id_ in taken_off if id_ in off_sale])


def _take_notes(run: _Run, worked: _Worked, taken_off: Sequence[RefusedRow]) -> None:
    """What the operator should hear of rows that are in order by the count."""
    notes = [Note(row.number, row.id, "was in stock, is taken off sale") for row in taken_off]
    for outcome in worked.outcomes:
        row = outcome.row
        if outcome.refused is None:
            said = [row.doubt, *outcome.notes] if row.doubt else outcome.notes
            notes += [Note(row.number, row.product.id, text) for text in said]
    for note in notes:
        run.noted.add(note.number, note.id, note.text)
    room = KEPT_NOTES - len(run.notes)
    run.notes += sorted(notes, key=lambda note: note.number)[:room]
    run.more_notes += max(0, len(notes) - room)


def _count(run: _Run, outcomes: Sequence[Outcome], refused: Sequence[RefusedRow]) -> None:
    counts = run.counts
    added = sum(1 for outcome in outcomes if outcome.write and outcome.known is None)
    changed = sum(1 for outcome in outcomes if outcome.write and outcome.known is not None)
    same = sum(1 for outcome in outcomes if not outcome.write and not outcome.refused)
    run.counts = replace(
        counts,
        added=counts.added + added,
        changed=counts.changed + changed,
        unchanged=counts.unchanged + same,
        refused=counts.refused + len(refused),
    )
    run.refusals += sorted(refused, key=lambda row: row.number)
    run.broken_off |= any(row.broken_off for row in refused)
    run.cut |= any(row.cut for row in refused)
    for outcome in outcomes:
        if outcome.write and (key := outcome.image_key):
            product = outcome.row.product
            run.placeholders.add(key, product.title, outcome.write.kind)
            run.rows[product.id] = outcome.row.number


async def _prune(importer: Importer, run: _Run, options: ImportOptions) -> str:
    """Removes what the feed no longer has; says why not if that would be too much."""
    async with transaction(importer.database, stall_seconds=LONG_SECONDS) as session:
        absent, total = await products.count_absent(session, run.feed, run.started)
        if run.broken_off and absent:
            return (
                "the feed breaks off or rows of it were lost, so nothing was removed: "
                "repair it and import it again"
            )
        if absent * 2 > total and not options.force:
            return (
                f"{absent} of {total} products are not in the feed any more, more than half: "
                "nothing was removed. Check the feed, or use --force"
            )
        await product_writes.remove_absent(session, run.feed, run.started)
    run.counts = replace(run.counts, removed=absent)
    return ""
