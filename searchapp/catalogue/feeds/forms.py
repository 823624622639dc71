"""Forms whose rows are one product each, in the words of each shop system or search engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote

from searchapp.catalogue.feeds.rows import (
    COLOUR_NAMES,
    SIZE_NAMES,
    FeedOptions,
    ParsedRow,
    RawRow,
    RefusedRow,
)
from searchapp.catalogue.feeds.values import in_stock

Rows = Iterable[RawRow | RefusedRow]
Parsed = Iterator[ParsedRow | RefusedRow]

NO_LINK = "give the shop's address by --shop-url, or add a link column"


def each(rows: Rows, parse: Callable[[RawRow], ParsedRow | RefusedRow]) -> Parsed:
    """Every row by ``parse``; what is refused already stays so."""
    for row in rows:
        yield row if isinstance(row, RefusedRow) else parse(row)


_NAMES = {
    "id": "id sku_id product_id item_id sku handleid 상품번호 상품코드 상품고유번호 상품id "
    "노출상품id 자체상품코드 판매자상품코드 제품번호 제품코드 제품id 고유번호 관리번호 품번 코드 "
    "아이디 번호 商品番号 商品コード 商品id 商品管理番号 管理番号 品番 番号 product_internal_id "
    "product_sku product_code item_code code reference ref number no no.",
    "title": "title name product_name product_title item_name 상품명 상품이름 상품명기본 "
    "등록상품명 상품제목 제품명 품명 제목 이름 타이틀 상품 商品名 商品タイトル 製品名 品名 "
    "タイトル 名称 名前 product item",
    "link": "link mobile_link url product_url product_link permalink 상품url 상품주소 "
    "상품상세주소 상품링크 상품상세url 상품페이지 제품url 제품링크 구매url 구매링크 판매링크 "
    "상세링크 링크 링크주소 주소 url주소 웹주소 商品url 商品リンク 商品ページurl 商品ページ "
    "リンク link_url page_url product_page buy_link shop_link",
    "image_link": "image_link image image_url images picture main_image image_urls image_name "
    "base_image product_image_url___1 productimageurl image_urls_(x,y,z...) image[0].url "
    "대표이미지 대표이미지url 상품이미지 상품이미지url 이미지 이미지url 이미지명확대 "
    "대표이미지파일명 이미지링크 이미지주소 대표이미지링크 메인이미지 이미지파일 상품사진 "
    "대표사진 메인사진 사진 사진url 사진링크 사진주소 사진파일 그림 썸네일 파일명 商品画像 "
    "商品画像url メイン画像 画像 画像url 商品写真 写真 main_image_url "
    "product_media_main_image_url featured_image image_src img img_url photo photos photo_url "
    "picture_url thumbnail",
    "more_pictures": "additional_image_link additional_images image[1].url image[2].url "
    "추가이미지 추가이미지url 추가이미지파일명 추가사진 サブ画像 부가이미지1 부가이미지2 "
    "부가이미지3",
    "price": "price price_(tax_incl.) price_tax_included lowprice product_price selling_price "
    "sell_price retail_price current_price unit_price regular_price list_price",
    "won": "판매가 판매가격 가격 판매금액 상품가격 상품가 제품가격 실판매가 현재가 금액 단가 정가 "
    "소비자가",
    "yen": "販売価格 販売価格(税込) 税込価格 価格(税込) 価格 値段 金額 通常価格 定価",
    "sale_price": "sale_price discount_price discounted_price special_price 할인가 할인가격 "
    "할인판매가 세일가 특가 행사가 이벤트가 セール価格 割引価格 特価",
    "before": "정가 소비자가 소비자가격 할인전가격 시중가격 시중가 tag가 원래가격 original_price "
    "compare_at_price regular_price old_price price_old list_price msrp rrp "
    "product_compare_to_price 通常価格 定価",
    "brand": "brand brand_name manufacturer vendor maker designer product_brand 브랜드 브랜드명 "
    "브랜드이름 상표 메이커 제조사 ブランド ブランド名 メーカー",
    "product_type": "categories product_type category collection product_category "
    "product_category_1 카테고리 카테고리명 대표카테고리 표준카테고리 상품분류 상품분류명 "
    "상품카테고리 상품종류 종류 분류 품목 유형 구분 商品カテゴリ カテゴリー カテゴリ 種類 分類 "
    "kind type 소분류 중분류 대분류",
    "state": "in_stock available 판매상태 재고상태 재고여부 상품상태 상태 품절상태 품절상태(pc) "
    "在庫状況 在庫状態",
    "count": "inventory quantity qty stock current_stock_level current_stock stock_quantity "
    "stock_level product_quantity 재고 재고수량 재고량 현재재고수량 현재고 수량 잔여수량 남은수량 "
    "在庫 在庫数 在庫数量",
    "is_counted": "재고사용 재고관리 track_inventory manage_stock stock_track "
    "product_is_inventory_tracked",
    "sold_out": "품절여부 품절표시 품절 sold_out soldout is_sold_out 売り切れ",
}
NAMES = {field: tuple(names.split()) for field, names in _NAMES.items()}
"""What shops, other catalogues and people who keep a sheet by hand call the fields; amounts in
Korean are won, in Japanese yen.  Where ``is_counted`` says no, a count of 0 means nothing."""
_IN_CURRENCY = re.compile(
    r"(?:price|판매가격?|가격|금액|販売価格|価格)_?[(_\[]?(krw|usd|eur|gbp|jpy|cny|원|円)[)\]]?"
)
"""A column that names its currency: ``Price (USD)``, ``가격(원)``."""


def google(row: RawRow, *, price_required: bool) -> ParsedRow:
    """Google Merchant and Meta (support.google.com/merchants/answer/7052112), and tables that
    differ from them in names.

    A feed that has a price column has to fill it.
    """
    pictures = row.addresses(*NAMES["image_link"]) or [""]
    return ParsedRow(
        number=row.number,
        id=row.get(*NAMES["id"]),
        title=row.get(*NAMES["title"]),
        link=row.get(*NAMES["link"]),
        images=(*pictures, *row.addresses(*NAMES["more_pictures"])),
        price=_price(row),
        sale_price=row.get(*NAMES["sale_price"]),
        sale_dates=row.get("sale_price_effective_date"),
        original_price=row.get(*NAMES["before"]),
        price_required=price_required,
        brand=row.get(*NAMES["brand"]),
        category=row.get(*NAMES["product_type"]),
        google_category=row.get("google_product_category", "fb_product_category"),
        colour=row.get(*COLOUR_NAMES),
        size=row.get(*SIZE_NAMES),
        availability=_availability(row),
        group=row.get("item_group_id", "group_id", "parent_sku", "parent_id"),
    )


def _availability(row: RawRow) -> str:
    """What the column for it says, else what any of the others says that is not in stock."""
    if own := row.get("availability", "is_in_stock", "stock_status"):
        return own
    if row.get(*NAMES["sold_out"]).lower() in _YES:
        return "out_of_stock"
    is_counted = row.get(*NAMES["is_counted"]).lower() not in (*_NO, "none", "사용안함")
    texts = [
        row.get(name)
        for name in (NAMES["state"] + NAMES["count"] if is_counted else NAMES["state"])
    ]
    if not (status := row.get("status")).isdigit():  # A number means another thing in each shop.
        texts.append(status)
    return next((text for text in texts if in_stock(text) is False), "")


_SHOWN = (
    *("visible", "is_visible", "product_visible?", "published", "active", "active_(0/1)"),
    "product_is_available",
    *("진열여부", "진열상태", "노출여부", "노출상태", "노출상태pc", "노출상태(pc)", "판매여부"),
    *("판매상태pc", "전시여부", "전시상태", "공개여부", "공개상태", "노출", "진열", "전시"),
)
"""Columns that say whether a product is shown, by yes and no or in words."""
_NO = frozenset({"0", "n", "no", "false"})
_YES = frozenset(
    {"1", "y", "t", "o", "yes", "true", "예", "품절", "○", "✓", "v", "売り切れ", "sold out"}
)
UNSEEN = "not visible individually"
_HIDDEN = frozenset(
    {"draft", "disabled", "inactive", "archived", "staging", "hidden", "unpublished", UNSEEN}
    | {"판매중지", "판매종료", "판매금지", "노출안함", "진열안함", "전시안함", "전시중지", "숨김"}
    | {"미노출", "미진열", "미전시", "비공개", "비노출"}
)


def _hidden_by(row: RawRow) -> str:
    """The column by which the shop does not show the product, or nothing.

    A number as the status means another thing in each shop; PrestaShop's, which also tells the
    position, is yes or no.
    """
    answers = (*_SHOWN, "status") if "position" in row.fields else _SHOWN
    for name in (*_SHOWN, "status", "visibility", "판매상태"):
        said = row.get(name).lower()
        if said in _HIDDEN or (said in _NO and (name in answers or said == "false")):
            return name
    return "product_online" if row.get("product_online") == "2" else ""


def shop(row: RawRow, options: FeedOptions, *, price_required: bool) -> ParsedRow | RefusedRow:
    """A row by Google's names or those of shop systems, some of which keep what they do not sell
    and name no addresses."""
    if name := _hidden_by(row):
        reason = f"not on sale: {name} is '{row.get(name)}'"
        return RefusedRow(row.number, row.get(*NAMES["id"])[:200], reason, off_sale=True)
    parsed = google(row, price_required=price_required)
    is_magento = bool(row.get("url_key"))
    folder = (
        "media/catalog/product" if is_magento else "image" if "image_name" in row.fields else ""
    )
    if parsed.link and not folder:
        return parsed
    shop_url, path, images = options.shop_url.rstrip("/"), _path(row), parsed.images
    link = parsed.link or (f"{shop_url}/{path}" if shop_url and path else "")
    if folder and options.shop_url:
        images = tuple(_in_folder(image, folder) for image in images)
    hint = NO_LINK if path else "add a link column"
    return replace(parsed, link=link, link_hint=hint, images=images)


def _in_folder(image: str, folder: str) -> str:
    """Where in the shop a picture is that the export names by its path in ``folder`` alone."""
    is_path = image != "" and "://" not in image
    return f"/{folder}/{image.lstrip('/')}" if is_path else image


_ADDRESSES = (
    ("url_key", "url_key", "{}.html"),
    ("meta_title", "product_id", "index.php?controller=product&id_product={}"),
    ("position", "product_id", "index.php?controller=product&id_product={}"),
    ("image_name", "product_id", "index.php?route=product/product&product_id={}"),
    ("상품명기본", "상품번호", "goods/goods_view.php?goodsNo={}"),
    ("상품고유번호", "상품고유번호", "shop/shopdetail.html?branduid={}"),
)
"""The column that tells Magento, PrestaShop, OpenCart, Godomall or MakeShop, that which names a
product, its path."""


def _path(row: RawRow) -> str:
    """Where in the shop the product is, if the export tells the shop's system."""
    paths = (
        path.format(quote(row.get(key)))
        for column, key, path in _ADDRESSES
        if column in row.fields and row.get(key)
    )
    return next(paths, "")


def is_priced(names: Iterable[str]) -> bool:
    """Whether one of the columns ``names`` is for the price."""
    known = (*NAMES["price"], *NAMES["won"], *NAMES["yen"])
    return any(name in known or _IN_CURRENCY.fullmatch(name) for name in names)


def _price(row: RawRow) -> str:
    """What the first column for it says, in the currency that the column means."""
    for name, value in row.fields.items():
        if (found := _IN_CURRENCY.fullmatch(name)) and value.strip():
            return _in(found[1], value.strip())
    own = _with_currency(row, row.get(*NAMES["price"]))
    return own or _in("KRW", row.get(*NAMES["won"])) or _in("JPY", row.get(*NAMES["yen"]))


def _with_currency(row: RawRow, amount: str) -> str:
    """``amount`` in the currency that stands in a column of its own."""
    currency = row.get("currency", "price_currency", "pricecurrency", "currency_code", "통화")
    return _in(currency, amount)


def naver(row: RawRow) -> ParsedRow | RefusedRow:
    """Naver shopping's EP, as a table or in XML: prices in won, categories in four columns.

    A summary marks what left the shop with class D, mostly without the rest.
    """
    is_gone = row.get("class").upper() == "D"
    if is_gone and not row.get("price_pc"):
        return RefusedRow(row.number, row.get("id")[:200], "not on sale: class D", off_sale=True)
    categories = (row.get(f"category_name{level}") for level in range(1, 5))
    normal, price = row.get("normal_price"), row.get("price_pc", "price_mobile", "price")
    return ParsedRow(
        number=row.number,
        id=row.get("id"),
        title=row.get("title"),
        link=row.get("link", "mobile_link"),
        images=(row.get("image_link"), *row.addresses("add_image_link")),
        price=_won(price),
        original_price=_won(normal),
        price_required=True,
        brand=row.get("brand", "maker"),
        category=" > ".join(filter(None, categories)),
        colour=row.get("color", "colour"),
        size=row.get("size"),
        availability="out_of_stock" if is_gone else row.get("availability"),
        group=row.get("group_id"),
    )


def daum(row: RawRow) -> ParsedRow | RefusedRow:
    """The tagged text of Daum and Kakao shopping: prices in won, categories in ``cate1`` to 4."""
    if row.get("class").upper() == "D":
        return RefusedRow(row.number, row.get("mapid")[:200], "not on sale: class D", off_sale=True)
    return ParsedRow(
        number=row.number,
        id=row.get("mapid", "id", "pid"),
        title=row.get("pname"),
        link=row.get("pgurl", "mourl"),
        images=(row.get("igurl"), *row.addresses("igurl2", "igurl3")),
        price=_won(row.get("lprice", "price")),
        original_price=_won(row.get("price")) if row.get("lprice") else "",
        price_required=True,
        brand=row.get("brand", "maker"),
        category=" > ".join(filter(None, (row.get(f"cate{level}") for level in range(1, 5)))),
        colour=row.get("color"),
        group=row.get("group_id"),
    )


def _won(amount: str) -> str:
    """Amounts of Korean price comparison are won without saying so."""
    return _in("KRW", amount)


def _in(currency: str, amount: str) -> str:
    """``amount`` in ``currency``, unless it says its own."""
    bare = amount[-1:].isdigit() and amount[0].isdigit()
    return f"{amount} {currency}".strip() if bare else amount


def cafe24(row: RawRow, options: FeedOptions) -> ParsedRow | RefusedRow:
    """The product export of Cafe24: Korean columns, prices in won, no links."""
    id_ = row.get("상품코드", "자체상품코드")
    for column in ("판매상태", "진열상태"):
        if row.get(column).upper() == "N":
            return RefusedRow(row.number, id_[:200], f"not on sale: {column} is N", off_sale=True)
    number, shop = row.get("상품번호"), options.shop_url.rstrip("/")
    link = f"{shop}/product/detail.html?product_no={quote(number)}" if shop and number else ""
    pictures = ("이미지등록(상세)", "이미지등록(목록)", "이미지등록(작은목록)", "이미지등록(축소)")
    return ParsedRow(
        number=row.number,
        id=id_,
        title=row.get("상품명", "상품명(관리용)"),
        link=row.get("상품url", "link") or link,
        link_required=False,
        link_hint=NO_LINK,
        images=(
            row.get(*pictures, *NAMES["image_link"]),
            *row.addresses("이미지등록(추가)", *NAMES["more_pictures"]),
        ),
        price=_won(row.get("판매가", "상품가")),
        original_price=_won(row.get(*NAMES["before"])),
        price_required=True,
        brand=next((name for name in map(row.get, NAMES["brand"]) if not _OWN_CODE(name)), ""),
        category=row.get(*NAMES["product_type"]),
        colour=row.get("색상") or _option(row, "색상", "컬러", "color"),
        availability=_availability(row),
    )


_OWN_CODE = re.compile(r"[BM]0\w{6}|").fullmatch
"""Cafe24's number of a brand or maker, where it has no name."""


def _option(row: RawRow, *names: str) -> str:
    """The values of an option, as in ``색상{화이트|블랙}//사이즈{S|M}``."""
    found = re.search(rf"(?:{'|'.join(names)})\s*\{{([^}}]*)", row.get("옵션입력"), re.IGNORECASE)
    return found[1] if found else ""


SMARTSTORE_IDS = ("상품번호(스마트스토어)", "상품번호", "판매자상품코드")


def smartstore(row: RawRow, options: FeedOptions) -> ParsedRow | RefusedRow:
    """The product list that Naver SmartStore's seller centre exports: prices in won, no links."""
    id_, state = row.get(*SMARTSTORE_IDS), row.get("판매상태")
    off = state if state not in ("", "판매중", "품절") else ""
    if off or row.get("전시상태") == "전시중지":
        return RefusedRow(row.number, id_[:200], f"not on sale: {off or '전시중지'}", off_sale=True)
    shop, price = options.shop_url.rstrip("/"), _won(row.get("판매가"))
    levels = (row.get(name) for name in ("대분류", "중분류", "소분류", "세분류"))
    return ParsedRow(
        number=row.number,
        id=id_,
        title=row.get("상품명"),
        link=row.get("link", "상품url") or (f"{shop}/products/{quote(id_)}" if shop else ""),
        link_required=False,
        link_hint=NO_LINK,
        images=(row.get("대표이미지url"), *row.addresses("추가이미지url")),
        price=_won(row.get("할인가(pc)")) or price,
        original_price=price,
        price_required=True,
        brand=row.get("브랜드명", "브랜드", "제조사명"),
        category=row.get("카테고리명") or " > ".join(filter(None, levels)),
        availability="out_of_stock" if state == "품절" else row.get("재고수량"),
    )


def styles(row: RawRow) -> ParsedRow:
    """A table of fashion photos as data sets have it: ``styles.csv`` beside ``images/ID.jpg``."""
    levels = (row.get(name) for name in ("mastercategory", "subcategory", "articletype"))
    return ParsedRow(
        number=row.number,
        id=row.get("id"),
        title=row.get("productdisplayname"),
        link=row.get("link"),
        link_required=False,
        images=(row.get("image_link", "filename") or f"images/{row.get('id')}.jpg",),
        price=row.get("price"),
        brand=row.get("brand"),
        category=" > ".join(filter(None, levels)),
        colour=row.get("basecolour", "basecolor"),
    )


def yandex(row: RawRow) -> ParsedRow:
    """Yandex's YML: offers with attributes, categories by number, parameters by name."""
    currency = row.get("currencyid").upper()
    amount, before = row.get("price"), row.get("oldprice")
    return ParsedRow(
        number=row.number,
        id=row.get("@id", "id"),
        title=row.get("name") or " ".join(filter(None, (row.get("vendor"), row.get("model")))),
        link=row.get("url"),
        images=tuple(row.addresses("picture")) or ("",),
        price=f"{amount} {currency}" if amount and currency else amount,
        original_price=f"{before} {currency}" if before and currency else before,
        price_required=True,
        brand=row.get("vendor"),
        category=row.get("category_path", "typeprefix"),
        colour=row.get("цвет", "color", "colour"),
        size=row.get("размер", "size"),
        availability=row.get("@available", "available"),
        group=row.get("@group_id"),
    )
