"""What a feed's word for availability means: can the product be ordered now?"""

from __future__ import annotations

import re

_BLANKS = re.compile(r"[\s_\-·./]+")
_SCHEMA = re.compile(r"(https?://(www\.)?schema\.org/|schema:)", re.IGNORECASE)

_ORDERABLE = frozenset(
    # Google Merchant's and schema.org's ItemAvailability.  What may be ordered before it is there
    # counts as in stock: the filter asks whether somebody can buy it.
    {"instock", "preorder", "backorder", "presale", "madetoorder", "limitedavailability"}
    | {"onlineonly", "instoreonly", "available", "availablefororder"}
    | {"y", "yes", "true", "on", "active"}
    | {"판매중", "판매", "정상", "정상판매", "재고있음", "있음", "구매가능", "주문가능"}
    | {"예약판매", "예약구매", "예약주문", "주문제작", "품절임박"}
)
_GONE = frozenset(
    {"outofstock", "soldout", "discontinued", "unavailable", "notavailable", "reserved"}
    | {"n", "no", "false", "off", "none", "inactive"}
    | {"품절", "일시품절", "일시적품절", "영구품절", "완전품절", "매진", "단종", "절판"}
    | {"판매중지", "판매중단", "판매종료", "판매완료", "판매대기", "판매금지", "판매안함", "미판매"}
    | {"재고없음", "재고부족", "없음", "구매불가", "주문불가", "입고예정", "재입고예정"}
)


def in_stock(text: str) -> bool | None:
    """Whether ``text`` says that the product can be ordered; None if the word is not known.

    A feed that says nothing means that it can.  A number is how many there are.
    """
    word = _BLANKS.sub("", _SCHEMA.sub("", text.strip())).lower()
    if not word or word in _ORDERABLE:
        return True
    if word in _GONE:
        return False
    count = whole_number(text)
    return None if count is None else count > 0


def whole_number(text: str) -> int | None:
    """``text`` as a whole number, below zero too (a shop may have sold more than it has)."""
    found = re.fullmatch(r"[+-]?[0-9]{1,9}", text.strip())
    return int(found[0]) if found else None
