"""Every query, one module a subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ARRAY, Column, ColumnElement, Table, any_, bindparam
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.dml import ReturningInsert


def among(column: Column[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """``column`` is one of ``values``, which go as one array.

    ``IN`` is a parameter for each: with 500 of them a statement takes 20 ms of processor time to
    write, here none.
    """
    return column == any_(bindparam(None, list(values), ARRAY(column.type), unique=True))


def insert_or_update(
    table: Table, key: Mapping[str, Any], values: Mapping[str, Any], **new: Any
) -> Insert:
    """Adds a row, or writes ``values`` to the one that has the ``key`` already.

    :param new: what only a new row gets.
    """
    statement = insert(table).values(**key, **values, **new)
    return statement.on_conflict_do_update(index_elements=list(key), set_=dict(values))


def count_one(table: Table, key: Mapping[str, Any], cap: int = 0) -> ReturningInsert[Any]:
    """Adds one to ``n`` of the row with the ``key``, and returns it, unless it is ``cap`` already
    (0: no limit).  Others who count the same wait for the commit, so no two of them take the last
    place."""
    column = table.c.n
    counted = insert(table).values(**key, n=1)
    return counted.on_conflict_do_update(
        index_elements=list(key), set_={"n": column + 1}, where=column < cap if cap else None
    ).returning(column)


def vector_text(vector: NDArray[np.float32], *, places: int) -> str:
    """``vector``, of unit length, as pgvector reads it, rounded to ``places`` decimals.

    Whole numbers with an exponent: fractions take three times as long to write.
    """
    whole = (vector * 10**places).round().astype(np.int32).tolist()
    return str(whole).replace(",", f"e-{places},").replace("]", f"e-{places}]")
