"""A worker process with fake vision: ``python -m tests.crash.worker_main --delay S --hang STEP``.

It prints ``ready``, then ``did STEP`` for each step of a search.  At the step named by ``--hang``
it prints ``hanging`` and does not go on; with ``--block`` neither does its event loop.  With
``--decoder S`` pictures are decoded by real children, which get S seconds each.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import signal
import time
from collections.abc import Sequence

from searchapp.domain.search import Box
from searchapp.imaging.decoder import Decoder
from searchapp.imaging.picture import UprightImage, UprightPicture
from searchapp.jobs import run, worker
from searchapp.jobs.services import open_services
from searchapp.logs import configure_logs
from searchapp.settings import Settings
from searchapp.vision.features.item_arrays import ItemFeatures, Region
from tests.support.fakes import UPRIGHT, FakeProductIndex, FakeVision

FOR_EVER = 3600.0


class TellingSight(FakeVision):
    """Tells what it does."""

    hang = ""
    block = False
    decoder: Decoder | None = None

    async def step(self, name: str) -> None:
        if name == self.hang:
            print("hanging", flush=True)  # noqa: T201
            if self.block:
                time.sleep(FOR_EVER)  # noqa: ASYNC251 (that is the fault)
            await asyncio.sleep(FOR_EVER)
        print(f"did {name}", flush=True)  # noqa: T201

    async def upright(self, data: bytes) -> UprightPicture:
        await self.step("upright")
        if self.decoder is not None:
            await self.decoder.upright(data.removeprefix(UPRIGHT))
        return await super().upright(data)

    async def regions(self, image: UprightImage) -> Sequence[Region]:
        await self.step("regions")
        return await super().regions(image)

    async def describe(self, image: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        await self.step(label or "whole")
        return await super().describe(image, box, label)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--hang", default="")
    parser.add_argument("--block", action="store_true")
    parser.add_argument("--set", action="append", default=[], help="jobs.sweeper.NAME=SECONDS")
    parser.add_argument("--decoder", type=float, default=0.0)
    parser.add_argument("--concurrency", type=int, default=worker.CONCURRENCY)
    return parser.parse_args()


def _configure(given: argparse.Namespace) -> None:
    worker.CONCURRENCY = given.concurrency
    for setting in given.set:
        name, _, seconds = setting.partition("=")
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(f"searchapp.{module}"), constant, float(seconds))


def _sight(given: argparse.Namespace) -> TellingSight:
    sight = TellingSight(delay=given.delay)
    sight.hang, sight.block = given.hang, given.block
    sight.decoder = Decoder(seconds=given.decoder) if given.decoder else None
    return sight


def _hang_in_finishing(sight: TellingSight) -> None:
    finish = run.claims.finish

    async def hanging(*args: object, **named: object) -> object:
        await sight.step("finish")
        return await finish(*args, **named)  # type: ignore[arg-type]

    run.claims.finish = hanging  # type: ignore[assignment]


async def main() -> None:
    given = _given()
    _configure(given)
    sight = _sight(given)
    if given.hang == "finish":
        _hang_in_finishing(sight)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    services = open_services(Settings(_env_file=None))
    context = run.WorkerContext(services, sight, FakeProductIndex())
    await worker.run_worker(
        services,
        stop,
        context,
        on_ready=lambda: print("ready", flush=True),  # noqa: T201
    )
    if sight.decoder is not None:
        await sight.decoder.close()
    await services.close()


if __name__ == "__main__":
    configure_logs(json=False)
    asyncio.run(main())
