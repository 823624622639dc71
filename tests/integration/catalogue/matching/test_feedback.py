"""Votes in the database, in the order of results, and in the export."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest.importer import import_feed
from searchapp.catalogue.matching.candidates import nearest
from searchapp.catalogue.matching.feedback import (
    Answer,
    as_csv,
    count_demand,
    demand_csv,
    record,
    votes,
)
from searchapp.db.engine import transaction
from searchapp.db.secrets import Secrets
from searchapp.domain.product import FeedbackKind
from searchapp.domain.search import Box, Match
from searchapp.vision.features.colour import histogram
from tests.support.catalogue import FakeVision, HereDecoder, importer, row, shop, swatch

NOW = datetime(2026, 5, 1, tzinfo=UTC)


async def say(
    engine: AsyncEngine, secrets: Secrets, job: str, product: str, said: FeedbackKind
) -> bool:
    answer = Answer(job, "i1", "whole", product)
    async with transaction(engine) as session:
        return await record(session, secrets, answer, said, NOW)


async def exported(engine: AsyncEngine) -> list[str]:
    async with transaction(engine) as session:
        return [line.strip() async for line in as_csv(session)][1:]


async def test_record__one_vote_an_answer(engine: AsyncEngine, secrets_: Secrets) -> None:
    rows, pictures = shop(2)
    await import_feed(importer(engine), "shop", rows, pictures)
    for said in (FeedbackKind.REJECTED, FeedbackKind.CONFIRMED, FeedbackKind.CLICKED):
        assert await say(engine, secrets_, "job", "shop:id1", said)
        assert await say(engine, secrets_, "job", "shop:id1", said)
    assert await exported(engine) == ["shop,id1,티셔츠 1,whole,1,0,1"]
    assert not await say(engine, secrets_, "job", "shop:none", FeedbackKind.CONFIRMED)


async def test_votes__what_was_said_last(engine: AsyncEngine, secrets_: Secrets) -> None:
    rows, pictures = shop(3)
    await import_feed(importer(engine), "shop", rows, pictures)
    for said in (FeedbackKind.REJECTED, FeedbackKind.CONFIRMED, FeedbackKind.CLICKED):
        await say(engine, secrets_, "job", "shop:id1", said)
    await say(engine, secrets_, "job", "shop:id2", FeedbackKind.CLICKED)
    await say(engine, secrets_, "other", "shop:id3", FeedbackKind.REJECTED)
    asked = [Answer("job", "i1", "whole", f"shop:id{n}") for n in (1, 2, 3)]
    async with transaction(engine) as session:
        assert await votes(session, secrets_, asked) == {asked[0]: FeedbackKind.CONFIRMED}


async def test_votes__one_an_answer_also_when_the_key_has_changed(engine: AsyncEngine) -> None:
    rows, pictures = shop(1)
    await import_feed(importer(engine), "shop", rows, pictures)
    keys = [base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2)]
    answer = Answer("job", "i1", "whole", "shop:id1")
    await say(engine, Secrets(keys[:1]), "job", "shop:id1", FeedbackKind.CONFIRMED)
    rotated = Secrets(keys[::-1])
    async with transaction(engine) as session:
        assert await votes(session, rotated, [answer]) == {answer: FeedbackKind.CONFIRMED}
    await say(engine, rotated, "job", "shop:id1", FeedbackKind.REJECTED)
    async with transaction(engine) as session:
        assert await votes(session, rotated, [answer]) == {answer: FeedbackKind.REJECTED}
    assert await exported(engine) == ["shop,id1,티셔츠 1,whole,0,1,0"]


async def test_as_csv__formulas_are_text(engine: AsyncEngine, secrets_: Secrets) -> None:
    _, pictures = shop(1)
    await import_feed(importer(engine), "shop", [row(1, title="=HYPERLINK(1)")], pictures)
    await say(engine, secrets_, "job", "shop:id1", FeedbackKind.CLICKED)
    assert await exported(engine) == ["shop,id1,'=HYPERLINK(1),whole,0,0,1"]


async def test_nearest__votes_decide_between_twins(engine: AsyncEngine, secrets_: Secrets) -> None:
    _, pictures = shop(2)
    pictures.pictures["p2"] = pictures.pictures["p1"]
    rows = [row(1), row(2, title="다른 셔츠")]
    await import_feed(importer(engine), "shop", rows, pictures)
    for n in range(3):
        await say(engine, secrets_, f"job{n}", "shop:id1", FeedbackKind.REJECTED)
    vision = FakeVision()
    picture = (await HereDecoder().upright(swatch(1))).image
    item = vision.describe_query(picture, Box(0, 0, 60, 80), None)
    async with transaction(engine) as session:
        plain, before = await nearest(session, item, vision.embedding_name)
        heard, after = await nearest(session, item, vision.embedding_name, use_feedback=True)
    assert [result.product_id for result in plain] == ["shop:id1", "shop:id2"]
    assert [result.product_id for result in heard] == ["shop:id2", "shop:id1"]
    assert before == after


async def test_demand__what_is_not_found_comes_first(engine: AsyncEngine) -> None:
    vision, colours = FakeVision(), ((200, 20, 30), (20, 35, 90))
    day = date(2026, 5, 1)
    for rgb, match in zip(colours, (Match.SIMILAR, Match.NONE), strict=True):
        plain = np.full((48, 48, 3), rgb, np.uint8)
        picture = (await HereDecoder().upright(swatch(1))).image
        item = vision.describe_query(picture, Box(0, 0, 60, 80), None)
        seen = replace(item, colour=histogram(plain), label="top")
        async with transaction(engine) as session:
            for _ in range(2):
                await count_demand(session, seen, match, day)
    async with transaction(engine) as session:
        lines = [line async for line in demand_csv(session, day)]
        assert [line async for line in demand_csv(session, date(2026, 5, 2))] == lines[:1]
    assert lines == [
        "kind,colour,searched,same,similar,none\n",
        "top,blue,2,0,0,2\n",
        "top,red,2,0,2,0\n",
    ]
