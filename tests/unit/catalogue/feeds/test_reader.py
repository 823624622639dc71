"""Every form of feed, and everything that may be wrong with a row."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searchapp.catalogue.feeds import RefusedRow, TakenRow, read_feed
from searchapp.catalogue.feeds.validation import TITLE_LIMIT
from searchapp.domain.product import FeedProduct, Money
from searchapp.errors import OperatorError
from tests.support.feed_texts import (
    GOOD,
    GOOGLE,
    NAVER,
    RSS,
    SHOPIFY,
    SHOPIFY_ROWS,
    products,
    rows,
)


def reason(tmp_path: Path, row: str) -> str:
    (refused,) = rows(tmp_path, GOOGLE + row + "\n")
    assert isinstance(refused, RefusedRow)
    return refused.reason


def test_google_csv__every_field(tmp_path: Path) -> None:
    (product,) = products(tmp_path, GOOGLE + GOOD)
    assert product == FeedProduct(
        id="a1",
        title="반팔 티셔츠",
        link="https://shop.kr/a1",
        images=("a1.jpg", "b.jpg", "c.jpg"),
        price=Money(Decimal(15000), "KRW"),
        brand="나래",
        category="상의 > 티셔츠",
        colour="흰색",
        in_stock=True,
    )


def test_google_tsv__spaced_names_and_crlf(tmp_path: Path) -> None:
    text = "ID\tTitle\tLink\tImage Link\tPrice\tavailability\r\n"
    text += "1\tT\thttps://s.kr\ti.jpg\t19.90 USD\tout of stock\r\n"
    (product,) = products(tmp_path, text)
    assert product.price == Money(Decimal("19.90"), "USD")
    assert not product.in_stock


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949", "euc-kr"])
def test_google_csv__encodings(tmp_path: Path, encoding: str) -> None:
    (product,) = products(tmp_path, (GOOGLE + GOOD).encode(encoding))
    assert (product.id, product.title) == ("a1", "반팔 티셔츠")


def test_google_csv__one_broken_byte_costs_one_row(tmp_path: Path) -> None:
    text = GOOGLE.encode() + GOOD.encode() + GOOD.encode().replace(b"a1", b"a2", 1)[:4] + b"\xff"
    text += GOOD.encode()[4:]
    first, second = rows(tmp_path, text)
    assert isinstance(first, TakenRow)
    assert isinstance(second, RefusedRow)
    assert "UTF-8" in second.reason


def test_google_csv__newline_in_quotes_counts_as_one_row(tmp_path: Path) -> None:
    bad = 'a2,"두 줄\n제목",https://s.kr,i.jpg,,no price,,,,,\n'
    taken, refused = rows(
        tmp_path, GOOGLE + GOOD.replace("반팔 ", '"반팔\n').replace("츠,", '츠",') + bad
    )
    assert isinstance(taken, TakenRow)
    assert taken.product.title == "반팔 티셔츠"
    assert isinstance(refused, RefusedRow)
    assert (refused.number, refused.id) == (3, "a2")


def test_google_csv__without_price_column(tmp_path: Path) -> None:
    (product,) = products(tmp_path, "id,title,link,image_link\n1,T,https://s.kr,i.jpg\n")
    assert product.price is None


def test_google_csv__second_row_of_an_id_is_refused_by_name(tmp_path: Path) -> None:
    _, refused = rows(tmp_path, GOOGLE + GOOD + GOOD)
    assert refused == RefusedRow(3, "a1", "this id was in the feed before")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (",T,https://s.kr,i.jpg,,1 KRW,,,,,", "id is missing"),
        ("1,,https://s.kr,i.jpg,,1 KRW,,,,,", "title is missing"),
        ("1,T,,i.jpg,,1 KRW,,,,,", "link is missing"),
        ("1,T,https://s.kr,,,1 KRW,,,,,", "image_link is missing"),
        ("1,T,https://s.kr,i.jpg,,,,,,,", "price is missing"),
        ("1,T,https://s.kr,i.jpg,,free,,,,,", "price 'free' is not an amount"),
        ("1,T,https://s.kr,i.jpg,,1000,,,,,", "no currency"),
        ("1,T,https://s.kr,i.jpg,,1000 kr,,,,,", "'kr' may be DKK"),
        ("1,T,https://s.kr,i.jpg,,-5 KRW,,,,,", "below zero"),
        ("1,T,https://s.kr,i.jpg,,0 KRW,,,,,", "not above zero"),
        ("1,T,https://s.kr,i.jpg,,15.000 KRW,,,,,", "no fractions"),
        ("1,T,https://s.kr,i.jpg,,1.299 JPY,,,,,", "no fractions"),
        ("1,T,https://s.kr,i.jpg,,1.299 EUR,,,,,", "'1.299 EUR' may be 1.30 or 1299"),
        ("1,T,https://s.kr,i.jpg,,$129.000,,,,,", "may be 129.00 or 129000"),
        ("1,T,https://s.kr,i.jpg,,9999999999999 KRW,,,,,", "absurdly high"),
        ("1,T,javascript:alert(1),i.jpg,,1 KRW,,,,,", "link must start with https://"),
        ("1,T, JavaScript:alert(1),i.jpg,,1 KRW,,,,,", "link must start with https://"),
        ("1,T,s.kr/1,i.jpg,,1 KRW,,,,,", "link must start with https://"),
        ("1,T,https://,i.jpg,,1 KRW,,,,,", "not an address of a shop"),
        ("1,T,https:// s.kr/1,i.jpg,,1 KRW,,,,,", "not an address of a shop"),
        ("1,T,https://[::1,i.jpg,,1 KRW,,,,,", "link is not an address"),
        ("1,T,https://me:pw@s.kr,i.jpg,,1 KRW,,,,,", "user name"),
        ("1,T,https://s.kr,data:image/png;base64,,1 KRW,,,,,", "image_link must start"),
        ("1,T,https://s.kr,file:///etc/passwd,,1 KRW,,,,,", "image_link must start"),
        (f"{'x' * 201},T,https://s.kr,i.jpg,,1 KRW,,,,,", "id is longer"),
        (f"1,T,https://s.kr/{'x' * 2000},i.jpg,,1 KRW,,,,,", "link is longer"),
        ("1,T,https://s.kr,i.jpg,,1 KRW,,,,,,,more", "13 columns where the header has 11"),
    ],
)
def test_google_csv__refused(tmp_path: Path, row: str, expected: str) -> None:
    assert expected in reason(tmp_path, row)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("15000 KRW", "15000", "KRW"),
        ("15,000 KRW", "15000", "KRW"),
        ("15000.00 KRW", "15000", "KRW"),
        ("KRW 15000", "15000", "KRW"),
        ("₩15,000", "15000", "KRW"),
        ("15,000원", "15000", "KRW"),
        ("12.50 usd", "12.50", "USD"),
        ("1.234,50 EUR", "1234.50", "EUR"),
        ("12,5 EUR", "12.50", "EUR"),
        ("US$19.99", "19.99", "USD"),
        ("\\129,000", "129000", "KRW"),
        ("1,299.00 EUR", "1299.00", "EUR"),
        ("1.299,00 EUR", "1299.00", "EUR"),
        ("1.299,00 KRW", "1299", "KRW"),
        ("1,299 EUR", "1299.00", "EUR"),
        ("1299.990 EUR", "1299.99", "EUR"),
        ("0.999 USD", "1.00", "USD"),
        ("12.500 KWD", "12.50", "KWD"),
        ("¥1,299", "1299", "JPY"),
    ],
)
def test_google_csv__prices(tmp_path: Path, text: str, amount: str, currency: str) -> None:
    (product,) = products(tmp_path, GOOGLE + f'1,T,https://s.kr,i.jpg,,"{text}",,,,,\n')
    assert product.price == Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("sale", "expected"), [("9000 KRW", 9000), ("20000 KRW", 15000), ("9 USD", 15000), ("x", 15000)]
)
def test_google_csv__sale_price_counts_when_lower(tmp_path: Path, sale: str, expected: int) -> None:
    (product,) = products(tmp_path, GOOGLE + f"1,T,https://s.kr,i.jpg,,15000 KRW,{sale},,,,\n")
    assert product.price is not None
    assert product.price.amount == expected


def test_google_csv__long_and_odd_texts_are_cut_and_cleaned(tmp_path: Path) -> None:
    title = "가\x00\u202e나 " + "다" * 1000
    (product,) = products(tmp_path, GOOGLE + f"1,{title},https://s.kr,i.jpg,,1 KRW,,,,,\n")
    assert product.title.startswith("가 나 다")
    assert len(product.title) == TITLE_LIMIT


def test_google_csv__bad_further_pictures_are_left_out(tmp_path: Path) -> None:
    more = '"javascript:x,//cdn.kr/2.jpg,i.jpg"'
    (product,) = products(tmp_path, GOOGLE + f"1,T,https://s.kr,i.jpg,{more},1 KRW,,,,,\n")
    assert product.images == ("i.jpg", "https://cdn.kr/2.jpg")


def test_google_csv__field_beyond_all_measure_costs_one_row(tmp_path: Path) -> None:
    huge = f"x,{'y' * (17 << 20)},https://s.kr,i.jpg,,1 KRW,,,,,\n"
    refused, taken = rows(tmp_path, GOOGLE + huge + GOOD)
    assert isinstance(refused, RefusedRow)
    assert isinstance(taken, TakenRow)


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<title>Shop</title><link rel="self" href="https://s.kr"/>
<entry><id>tag:1</id><g:id>e1</g:id><title>Coat</title><g:title>Wool coat</g:title>
<link rel="self" href="https://api.s.kr/e1"/><link href="https://s.kr/e1"/>
<g:image_link>https://s.kr/e1.jpg</g:image_link><g:price>99.00 EUR</g:price></entry></feed>"""


def test_rss__items(tmp_path: Path) -> None:
    taken, refused = rows(tmp_path, RSS, "feed.xml")
    assert isinstance(taken, TakenRow)
    assert taken.product.title == "Plain & simple"
    assert taken.product.images == tuple(f"https://s.kr/{n}.jpg" for n in ("r1", "2", "3"))
    assert refused == RefusedRow(2, "r2", "price is missing")


def test_atom__google_fields_come_first(tmp_path: Path) -> None:
    (product,) = products(tmp_path, ATOM)
    assert (product.id, product.title, product.link) == ("e1", "Wool coat", "https://s.kr/e1")


def test_xml__broken_off_keeps_what_came_before(tmp_path: Path) -> None:
    taken, refused, end = rows(tmp_path, RSS.replace("</channel></rss>", "<item><g:id>"))
    assert isinstance(taken, TakenRow)
    assert isinstance(refused, RefusedRow)
    assert isinstance(end, RefusedRow)
    assert "not XML from here on" in end.reason


def test_xml__entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa">]><rss><channel><item>&a;</item></channel></rss>'
    with pytest.raises(OperatorError, match="DTD or entities"):
        rows(tmp_path, bomb)


def test_naver__columns(tmp_path: Path) -> None:
    row = 'n1\t"특가 코트\t129,000\thttps://s.kr/n1\thttps://s.kr/n1.jpg\t'
    row += "https://s.kr/2.jpg|https://s.kr/3.jpg\t패션의류\t여성의류\t나래\tI\n"
    (product,) = products(tmp_path, NAVER + row)
    assert product.title == '"특가 코트'
    assert product.price == Money(Decimal(129000), "KRW")
    assert product.category == "패션의류 > 여성의류"
    assert len(product.images) == 3
    assert product.in_stock


def test_naver__class_d_is_out_of_stock(tmp_path: Path) -> None:
    (product,) = products(tmp_path, NAVER + "n1\tT\t1000\thttps://s.kr\ti.jpg\t\t\t\t\tD\n")
    assert not product.in_stock


SHOP = "https://narae.kr/"


def test_shopify__rows_of_one_handle_are_variants_of_one_garment(tmp_path: Path) -> None:
    white, black, cap, old = rows(tmp_path, SHOPIFY + SHOPIFY_ROWS, shop_url=SHOP)
    assert isinstance(white, TakenRow)
    assert white.product == FeedProduct(
        id="tee",
        title="Tee",
        link="https://narae.kr/products/tee",
        images=tuple(f"https://cdn.shopify.com/{n}.jpg" for n in (1, 2, 3)),
        price=Money(Decimal(19000), "KRW"),
        brand="Narae",
        category="Tops",
        colour="White",
        in_stock=False,
        group="tee",
    )
    assert isinstance(black, TakenRow)
    assert black.product.id == "tee.Black"
    assert (black.product.colour, black.product.group) == ("Black", "tee")
    assert black.product.images == ("https://cdn.shopify.com/1.jpg",)
    assert black.product.in_stock
    assert isinstance(cap, TakenRow)
    assert not cap.product.in_stock
    assert old == RefusedRow(6, "old", "not on sale: its status is draft", off_sale=True)


def test_shopify__without_links_is_refused_with_a_hint(tmp_path: Path) -> None:
    first, *_ = rows(tmp_path, SHOPIFY + SHOPIFY_ROWS)
    assert isinstance(first, RefusedRow)
    assert "--shop-url" in first.reason


def test_shopify__newer_template_and_another_currency(tmp_path: Path) -> None:
    text = (
        "Title,URL handle,Vendor,Type,Status,Price,Product image URL,Image position\n"
        "Bag,bag,N,Bags,Active,19.90,https://narae.com/cdn/shop/files/b.jpg,1\n"
    )
    (product,) = products(tmp_path, text, currency="USD")
    assert product.price == Money(Decimal("19.90"), "USD")
    assert product.link == "https://narae.com/products/bag"


def test_shopify__pictures_by_position(tmp_path: Path) -> None:
    head = "Handle,Title,Variant Price,Image Src,Image Position\n"
    positions = {"late": "10", "odd": "²", "first": "1", "none": ""}
    text = "".join(f"tee,Tee,19000,{name}.jpg,{at}\n" for name, at in positions.items())
    product, *_ = products(tmp_path, head + text, shop_url=SHOP)
    assert product.images == ("first.jpg", "late.jpg", "odd.jpg", "none.jpg")


@pytest.mark.parametrize("price", ["39.00", "139.00", "19.9", "1,390.00", "1390,00", "139"])
def test_shopify__amounts_that_are_hardly_won_are_refused(tmp_path: Path, price: str) -> None:
    row = SHOPIFY_ROWS.splitlines()[3].replace("9000", f'"{price}"')
    (refused,) = rows(tmp_path, SHOPIFY + row, shop_url=SHOP)
    assert isinstance(refused, RefusedRow)
    assert "--currency" in refused.reason
    (taken,) = products(tmp_path, SHOPIFY + row, currency="USD", shop_url=SHOP)
    assert taken.price is not None


@pytest.mark.parametrize("price", ["19000", "19000.00", "19,000.00", "1900"])
def test_shopify__won(tmp_path: Path, price: str) -> None:
    row = SHOPIFY_ROWS.splitlines()[3].replace("9000", f'"{price}"').replace("Cap", "모자")
    (product,) = products(tmp_path, SHOPIFY + row, shop_url=SHOP)
    amount = Decimal(price.replace(",", ""))
    assert product.price == Money(amount, "KRW")


def test_shopify__stock_below_zero_is_none(tmp_path: Path) -> None:
    row = SHOPIFY_ROWS.splitlines()[3]
    (product,) = products(tmp_path, SHOPIFY + row.replace(",0,deny", ",-3,deny"), shop_url=SHOP)
    assert not product.in_stock
    sold_on_order = row.replace(",0,deny", ",-3,continue")
    (product,) = products(tmp_path, SHOPIFY + sold_on_order, shop_url=SHOP)
    assert product.in_stock


def test_shopify__not_published_is_off_sale(tmp_path: Path) -> None:
    (hidden,) = rows(tmp_path, SHOPIFY + SHOPIFY_ROWS.splitlines()[3].replace("true", "FALSE"))
    assert hidden == RefusedRow(2, "cap", "not on sale: it is not published", off_sale=True)


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "\x00\x01\x02", "just a line"])
def test_unknown_form__one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(OperatorError, match="not a feed we know"):
        rows(tmp_path, text)


@pytest.mark.parametrize("text", ["", "\ufeff", "\n \n"])
def test_empty_file__one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(OperatorError, match="empty"):
        rows(tmp_path, text)


def test_missing_file__one_line(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be read"):
        list(read_feed(tmp_path / "none.csv"))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=400), head=st.sampled_from([GOOGLE, NAVER, SHOPIFY, "<rss><item>", ""])
)
def test_any_bytes__rows_or_one_line(tmp_path: Path, body: bytes, head: str) -> None:
    try:
        found = rows(tmp_path, head.encode() + body)
    except OperatorError:
        return
    assert all(isinstance(row, TakenRow | RefusedRow) for row in found)
