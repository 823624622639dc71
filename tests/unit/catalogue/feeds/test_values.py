"""The words of shops for what can be ordered and what cannot, their prices, their sales."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from searchapp.catalogue.feeds import TakenRow
from searchapp.catalogue.feeds.values import BadPrice, in_stock, is_running, read_price
from tests.support.feed_texts import rows

HEADER = "id,title,link,image_link,availability\n"


YES = """
    in_stock|In Stock|in-stock|https://schema.org/InStock|schema:PreOrder|preorder|backorder
    판매중|판매 중|재고 있음|Y|true|12|auf Lager|en stock|在庫あり|В наличии|only 3 left|12.0
    available for pre-order|In stock (3)|残りわずか|sofort lieferbar|low stock|무제한|現貨|да
    1,200|10+|> 10|10개 이상|재고 3개|3개 남음|残り3点|nur noch 3 Stück|12 available|3ea
    backordered|ships in 3 days|판매 가능|예약중|품절예정|품절 아님|입고완료|在庫有り|取り寄せ
    在庫数: 3|在庫わずか|メーカー取寄せ|nur noch wenige
    sofort verfügbar|vorbestellbar|sur commande|有库存|на складе|T|O|SALE
"""
NO = """
    품절(재입고예정)|out of stock (restocking)|OOS|coming soon|在庫切れ|完売|品切れ|×|无货|缺貨|нет
    재고: 0|재고 0개|[품절]|재고 소진|완판|미입고|입고 대기|승인 대기|예약 마감|在庫無し
    売切れました|次回入荷待ち|販売終了|nicht vorrätig|derzeit nicht verfügbar|vergriffen
    已售罄|下架|нет на складе|Out of stock - back in May|no longer available|waitlist|F|X
    niet op voorraad|SUSPENSION|WAIT|back in stock soon|bald verfügbar|欠品|入荷予定|not for sale
    0.0|0 left|En rupture|non disponibile|ausverkauft!|uitverkocht|esgotado|archived|재입고 알림
    out of stock|out-of-stock|OUT_OF_STOCK|https://schema.org/OutOfStock|SoldOut|sold out
    http://schema.org/Discontinued|일시 품절|일시품절|판매종료|재고없음|재고 없음|N|false|0|-3
    ausverkauft|nicht verfügbar|Rupture de stock|Agotado|売り切れ|在庫なし|нет в наличии
"""


def words_of(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize("word", ["", *words_of(YES)])
def test_in_stock__can_be_ordered(word: str) -> None:
    assert in_stock(word) is True


@pytest.mark.parametrize("word", words_of(NO))
def test_in_stock__sold_out(word: str) -> None:
    assert in_stock(word) is False


@pytest.mark.parametrize("word", ["maybe", "문의", "3.5"])
def test_in_stock__unknown(word: str) -> None:
    assert in_stock(word) is None


def test_feed__an_unknown_word_is_in_doubt(tmp_path: Path) -> None:
    words = ("문의", "문의", "in_stock", "maybe")
    lines = [f"{n},T,https://s.kr,i.jpg,{word}\n" for n, word in enumerate(words)]
    found = rows(tmp_path, HEADER + "".join(lines))
    taken = [row for row in found if isinstance(row, TakenRow)]
    assert all(row.product.in_stock for row in taken)
    assert [row.number for row in taken if row.doubt] == [2, 3, 5]
    assert taken[0].doubt == "availability '문의' is not known: taken as in stock"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("CHF 1 299.-", "1299.00 CHF"),
        ("3,900円(税込)", "3900 JPY"),
        ("15,000원(할인)", "15000 KRW"),
        ("15000 Won", "15000 KRW"),
        ("1,29,900 INR", "129900.00 INR"),
        ("Rs. 1299", "1299.00 INR"),
        ("1.299.000₫", "1299000 VND"),
        ("129,90 zł", "129.90 PLN"),
        ("1 299 Kč", "1299.00 CZK"),
        ("₺ 299,90", "299.90 TRY"),
        ("A$19.99", "19.99 AUD"),
        ("S$ 19", "19.00 SGD"),
        ("NT990", "990.00 TWD"),
        ("RM 59.90", "59.90 MYR"),
        ("Rp 150.000", "150000.00 IDR"),
        ("₫350.000", "350000 VND"),
        ("12.990 CLP", "12990 CLP"),
        ("1.299,- €", "1299.00 EUR"),
        ("1 299,–€", "1299.00 EUR"),
        ("ab 12,99 €", "12.99 EUR"),
        ("From $12.99", "12.99 USD"),
        ("최저가 15,000원", "15000 KRW"),
        ("税込12,800円", "12800 JPY"),
        ("１５，０００円", "15000 JPY"),
        ("$12.99 CAD", "12.99 CAD"),
        ("USD $12.99", "12.99 USD"),
        ("US $12.99", "12.99 USD"),
        ("₩ 15,000 KRW", "15000 KRW"),
        ("¥99.00 CNY", "99.00 CNY"),
        ("1 299 ₴", "1299.00 UAH"),
        ("9 990 Ft", "9990.00 HUF"),
        ("15000₩~", "15000 KRW"),
        ("15,000원/장", "15000 KRW"),
        ("5999/- INR", "5999.00 INR"),
        ("판매가: 15,000원", "15000 KRW"),
        ("약 15,000원", "15000 KRW"),
        ("KRW 15000~", "15000 KRW"),
        ("'15000 KRW", "15000 KRW"),
        ('"15,000" KRW', "15000 KRW"),
        ("3,900円 税込", "3900 JPY"),
        ("12800円+税", "12800 JPY"),
        ("12,99 € inkl. MwSt.", "12.99 EUR"),
        ("12,99 €*", "12.99 EUR"),
        ("vanaf € 12,99", "12.99 EUR"),
        ("Now $12.99", "12.99 USD"),
        ("$12.99/ea", "12.99 USD"),
        ("MXN$ 599", "599.00 MXN"),
        ("AUD$19.99", "19.99 AUD"),
        ("人民币199元", "199.00 CNY"),
        ("NTD 990", "990.00 TWD"),
        ("RS 1,299", "1299.00 INR"),
        (".99 USD", "0.99 USD"),
        ("$.99", "0.99 USD"),
        ("руб.99", "99.00 RUB"),
        ("1만5천원", "15000 KRW"),
        ("1만 5천 원", "15000 KRW"),
        ("약 2만9,900원~", "29900 KRW"),
        ("1.5만원", "15000 KRW"),
        ("1만5백원", "10500 KRW"),
        ("1万円", "10000 JPY"),
        ("1万5千円", "15000 JPY"),
        ("129만 9천 KRW", "1299000 KRW"),
        ("1억원", "100000000 KRW"),
        ("1억 2천만원", "120000000 KRW"),
        ("3백만원", "3000000 KRW"),
        ("2천5백원", "2500 KRW"),
    ],
)
def test_price__forms_of_other_countries(text: str, read: str) -> None:
    price = read_price(text)
    assert f"{price.amount} {price.currency}" == read


@pytest.mark.parametrize("text", ["299 kr", "99元", "1.299 EUR", "15000-20000 KRW", "가격문의"])
def test_price__what_may_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(BadPrice, match=text):
        read_price(text)


@pytest.mark.parametrize("text", ["$15 KRW", "15 USD CAD", "£9 EUR", "$ ¥ 9"])
def test_price__of_two_currencies(text: str) -> None:
    with pytest.raises(BadPrice, match="two currencies"):
        read_price(text)


@pytest.mark.parametrize(
    ("text", "currency", "read"),
    [
        ("299 kr", "SEK", "299.00 SEK"),
        ("kr. 299,-", "DKK", "299.00 DKK"),
        ("$49.95", "AUD", "49.95 AUD"),
        ("$49.95", "KRW", "49.95 USD"),
        ("US$49.95", "AUD", "49.95 USD"),
        ("$49.95 USD", "AUD", "49.95 USD"),
        ("¥199", "CNY", "199.00 CNY"),
        ("99元", "TWD", "99.00 TWD"),
    ],
)
def test_price__a_shared_sign_is_of_the_currency_of_the_shop(
    text: str, currency: str, read: str
) -> None:
    price = read_price(text, currency)
    assert f"{price.amount} {price.currency}" == read


def test_price__a_shared_sign_alone_names_what_it_may_be() -> None:
    with pytest.raises(BadPrice, match="may be DKK, ISK, NOK, SEK: write the code"):
        read_price("299 kr")


NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "running"),
    [
        ("2026-11-01T00:00+0900/2026-12-31T23:59+0900", True),
        ("2026-11-01T00:00Z/", True),
        ("2026-12-01/", False),
        ("2026.11.01 ~ 2026.11.30", True),
        ("2026-11-01/2026-11-29", False),
        ("2026/11/01 ~ 2026/11/30", True),
        ("2026-11-01 - 2026-11-30", True),
        ("2026년 11월 1일 ~ 2026년 11월 29일", False),
        ("2026.11.01 00:00 ~ 2026.11.30 20:59", False),
        ("2026.11.01 00:00 ~ 2026.11.30 21:01", True),
        ("2026-11-30T9:00-0800/2026-12-01", False),
        ("20261101/20261130", True),
        ("/2026-11-30", True),
        ("/2026-11-29", False),
        ("2026-11-01T00:00 KST/2026-11-30T20:59 KST", False),
        ("2026-11-01 00:00:00 UTC/2026-11-30 12:01:00 UTC", True),
        ("2026-11-01T00:00 Asia/Seoul/2026-11-30T24:00 Asia/Seoul", True),
        ("2026-11-01T00:00 Mars/Base/2026-12-30T24:00 Mars/Base", None),
        ("2026-11-01T00:00+9/2026-11-30T20:59+9", False),
        ("2026-11-01T00:00-08:00–2026-12-31T23:59-08:00", True),
        ("2026-11-01T00:00+05:30,2026-11-30T17:29+05:30", False),
        ("2026/11/01-2026/11/30", True),
        ("2026-11-01T00:00+0900 to 2026-11-30T23:59+0900", True),
        ("01.11.2026 - 31.12.2026", True),
        ("01.11.2026 00:00 - 29.11.2026 23:59", False),
        ("2026-11-01;2026-12-31", True),
        ("20261101000000/20261231235959", True),
        ("20261101T0000Z/20261130T1159Z", False),
        ("2026-11-01|2026-12-31", True),
        ("2026-11-01 2026-11-29", False),
        ("2026년 11월 1일부터 2026년 12월 31일까지", True),
        ("2026-11-29까지", False),
        ("2026年11月1日〜2026年12月31日", True),
        ("2026-11-01T00:00 PST/2026-11-30T03:59 PST", False),
        ("2026-11-01T00:00 America/New_York/2026-11-30T07:01 America/New_York", True),
        ("0000-00-00 00:00:00/0000-00-00 00:00:00", True),
        ("0000-00-00/2026-11-29", False),
        ("null/null", True),
        ("11/01/2026 - 12/31/2026", True),
        ("12/31/2025 - 1/5/2027", True),
        ("01/11/2026 - 31/12/2026", True),
        ("13/12/2026 - 31/12/2026", False),
        ("11/01/2026 - 12/01/2026", None),
        ("11/31/2026 - 31/12/2026", None),
        ("Nov 28, 2026 9:00 AM - Dec 5, 2026 6:00 PM", True),
        ("11/28/2026 9:00:00 AM - 11/30/2026 8:59:59 PM", False),
        ("11/28/2026 9:00 AM - 11/30/2026 9:01 p.m.", True),
        ("2026-11-30 오후 9:00 ~ 2026-12-31 오후 6:00", True),
        ("2026-11-30 오후 9:01 ~ 2026-12-31 오후 6:00", False),
        ("2026-11-30 12:00 AM / 2026-12-31", True),
        ("2026-11-30 13:00 PM / 2026-12-31", True),
        ("2026-11-01", None),
        ("from 2026-11-01 on", None),
        ("soon", None),
        ("2026-13-01/2026-14-01", None),
        ("Nov 28, 2026 / Dec 5, 2026", True),
        ("28 Nov 2026 10:00/5 Dec 2026 10:00", True),
        ("Sat, 28 Nov 2026 10:00:00 +0900 / Sat, 05 Dec 2026 10:00:00 +0900", True),
        ("November 28th, 2026 - December 5th, 2026", True),
        ("28-Nov-2026/29-Nov-2026", False),
        ("until Nov. 29 2026", False),
        ("Foo 28, 2026 / Dec 5, 2026", None),
        ("Nov 31, 2026 / Dec 5, 2026", None),
    ],
)
def test_sale__dates(dates: str, running: bool | None) -> None:
    assert is_running(dates, NOW) is running
