"""Forms in which several rows are the variants of one garment: Shopify's, WooCommerce's, Magento's.

Each variant becomes a product of its own, with the garment's id as its group: its price, stock,
colour and size are those of its row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote, urlsplit

from searchapp.catalogue.feeds.forms import NO_LINK, UNSEEN, Parsed, Rows, shop
from searchapp.catalogue.feeds.rows import (
    COLOUR_NAMES,
    SIZE_NAMES,
    UNKNOWN_CURRENCY,
    FeedOptions,
    ParsedRow,
    RawRow,
    RefusedRow,
)
from searchapp.catalogue.feeds.values import whole_number

_HIDDEN = frozenset({"draft", "archived", "unlisted"})
_MARKET = "included_/_"
_HOME_MARKETS = frozenset({"south_korea", "korea", "kr", "대한민국"})
_COLOUR_METAFIELD = "color_(product.metafields.shopify.color_pattern)"
_HANGUL = re.compile("[가-힣]")
_OTHER_LETTERS = re.compile("[\u0102\u0103\u0110\u0111\u01a0-\u01b0\u0370-\u1fff\u3040-\u9fff]")
"""Of countries with another currency: Vietnamese, Cyrillic, Indian, Thai, kana, Han."""
_DECIMALS = re.compile(r"[.,]\d\d$")
_IMAGE = ("image_src", "product_image_url")
_TRACKERS = ("variant_inventory_tracker", "inventory_tracker")
"""What counts the stock; empty where it is not counted."""
_NAMES = ("title", "vendor", "name", "categories", "brands")


# --- Shopify ---------------------------------------------------------------------------------


def shopify(rows: Rows, options: FeedOptions) -> Parsed:
    """A garment is a run of rows with one handle, one row a variant or a further picture.

    Both templates are read: the older one (``Handle``, ``Variant Price``, ``Image Src``) and the
    newer one (``URL handle``, ``Price``, ``Product image URL``).  Neither has a currency or links.
    """
    for handle, group in groupby(rows, key=_handle):
        block = list(group)
        yield from (row for row in block if isinstance(row, RefusedRow))
        raw = [row for row in block if isinstance(row, RawRow)]
        if raw:
            yield from _garment(handle, raw, options)


def _handle(row: RawRow | RefusedRow) -> str:
    return row.id if isinstance(row, RefusedRow) else row.get("handle", "url_handle")


def _garment(handle: str, rows: list[RawRow], options: FeedOptions) -> Parsed:
    head = rows[0]
    if hidden := _hidden(head):
        yield RefusedRow(head.number, handle[:200], f"not on sale: {hidden}", off_sale=True)
        return
    garment = _Garment(handle, rows, options)
    for place, row in enumerate(garment.variants):
        yield garment.variant(place, row)


def _hidden(head: RawRow) -> str:
    """Why the shop does not show the product, or nothing."""
    if head.get("status").lower() in _HIDDEN:
        return f"its status is {head.get('status')}"
    if head.get("published", "published_on_online_store").lower() == "false":
        return "it is not published"
    markets = {
        name.removeprefix(_MARKET): value.strip().lower()
        for name, value in head.fields.items()
        if name.startswith(_MARKET) and value.strip()
    }
    home = [value for name, value in markets.items() if name in _HOME_MARKETS]
    excluded = home or list(markets.values())
    is_excluded = excluded and all(value == "false" for value in excluded)
    return "its market is excluded" if is_excluded else ""


@dataclass(frozen=True, slots=True)
class _Garment:
    """The rows of one handle."""

    handle: str
    rows: list[RawRow]
    options: FeedOptions

    @property
    def variants(self) -> list[RawRow]:
        """Rows with a price; without any the garment is one row, to be refused by it."""
        return [row for row in self.rows if _price(row)] or self.rows[:1]

    def variant(self, place: int, row: RawRow) -> ParsedRow:
        """The variant in ``row``.  The first one has the garment's id and all its pictures."""
        head, images = self.rows[0], _images(self.rows)
        own = row.get("variant_image", "variant_image_url")
        main = own or (images[0] if images else "")
        values = [row.get(f"option{number}_value") for number in (1, 2, 3)]
        name = "-".join(value for value in values if value and value != "Default Title")
        return ParsedRow(
            number=row.number,
            id=self.handle if place == 0 else f"{self.handle}.{name or place}",
            title=head.get("title"),
            link=head.get("link", "url") or _shopify_link(self.handle, row, images, self.options),
            link_hint=NO_LINK,
            images=tuple(dict.fromkeys((main, *images))) if place == 0 else (main,),
            price=_price(row),
            original_price=row.get("variant_compare_at_price", "compare_at_price"),
            currency=_likely_won(self.rows),
            price_required=True,
            brand=head.get("vendor"),
            category=head.get("type"),
            google_category=head.get("product_category"),
            colour=self._option(row, COLOUR_NAMES) or head.get(_COLOUR_METAFIELD),
            size=self._option(row, SIZE_NAMES),
            availability="" if _sellable(row) else "out_of_stock",
            group=self.handle,
        )

    def _option(self, row: RawRow, names: Sequence[str]) -> str:
        """Option names may stand in the first row only, values in each."""
        for number in ("1", "2", "3"):
            name = f"option{number}_name"
            if (row.get(name) or self.rows[0].get(name)).lower() in names:
                return row.get(f"option{number}_value")
        return ""


def _price(row: RawRow) -> str:
    return row.get("variant_price", "price")


def _likely_won(rows: Sequence[RawRow]) -> str:
    """Amounts are taken as won where the shop writes Korean, or writes them without decimals."""
    words = "".join(row.get(name) for row in rows for name in _NAMES)
    if _HANGUL.search(words):
        return "KRW"
    amounts = (row.get("variant_price", "price", "regular_price") for row in rows)
    is_foreign = _OTHER_LETTERS.search(words) or any(map(_DECIMALS.search, amounts))
    return UNKNOWN_CURRENCY if is_foreign else "KRW"


def _images(rows: list[RawRow]) -> tuple[str, ...]:
    """By ``Image Position``; those without one, then pictures of variants, come last."""
    main = sorted((row for row in rows if row.get(*_IMAGE)), key=_position)
    variants = [row.get("variant_image", "variant_image_url") for row in rows]
    ordered = [address for row in main for address in row.addresses(*_IMAGE)]
    return tuple(dict.fromkeys(filter(None, [*ordered, *variants])))


def _position(row: RawRow) -> float:
    position = whole_number(row.get("image_position"))
    return math.inf if position is None else position


def _shopify_link(handle: str, row: RawRow, images: tuple[str, ...], options: FeedOptions) -> str:
    """The shop's address and the handle, where the shop added no column of links."""
    shop = options.shop_url.rstrip("/") or _shop_of(images)
    path = row.get("shop_path") or f"products/{quote(handle)}"
    return f"{shop}/{path}" if shop and handle else ""


def _shop_of(images: tuple[str, ...]) -> str:
    """Shops serve their pictures under their own name too: ``https://shop.com/cdn/shop/...``."""
    try:
        parts = urlsplit(images[0]) if images else None
    except ValueError:
        return ""
    own = parts is not None and parts.scheme == "https" and parts.path.startswith("/cdn/shop/")
    return f"https://{parts.netloc}" if own and parts is not None else ""


def _sellable(row: RawRow) -> bool:
    """In stock, sold on order, or not counted at all."""
    quantity = whole_number(row.get("variant_inventory_qty", "inventory_quantity"))
    policy = row.get("variant_inventory_policy", "continue_selling_when_out_of_stock").lower()
    counted = all(row.fields.get(name, "shopify").strip() for name in _TRACKERS)
    return not counted or policy in ("continue", "true") or quantity is None or quantity > 0


# --- WooCommerce -----------------------------------------------------------------------------

_WOO = {
    "type": "typ tipo 유형 종류 種類 タイプ",
    "sku": "artikelnummer ugs",
    "name": "nom nombre 이름 상품명 名前",
    "published": "veröffentlicht publié publicado 게시됨 발행됨 公開済み",
    "visibility_in_catalog": "sichtbarkeit_im_katalog visibilité_dans_le_catalogue "
    "visibilidad_en_el_catálogo",
    "date_sale_price_starts": "datum,_an_dem_angebotspreis_beginnt date_de_début_de_promo "
    "datum,_an_dem_der_angebotspreis_beginnt día_en_que_empieza_el_precio_rebajado",
    "date_sale_price_ends": "datum,_an_dem_angebotspreis_endet "
    "datum,_an_dem_der_angebotspreis_endet date_de_fin_de_promo "
    "día_en_que_termina_el_precio_rebajado",
    "in_stock?": "vorrätig? auf_lager? en_stock_? ¿existencias? ¿en_inventario? 재고있음? "
    "在庫あり?",
    "sale_price": "angebotspreis tarif_promo prix_promo precio_rebajado 할인가격 할인가 セール価格",
    "regular_price": "regulärer_preis normaler_preis tarif_régulier prix_régulier precio_normal "
    "precio_regular 정상가격 정상가 정가 通常価格",
    "categories": "kategorien catégories categorías 카테고리 カテゴリー",
    "images": "bilder imágenes 이미지 画像",
    "parent": "übergeordnetes_produkt eltern superior 상위 親",
    "brands": "marken marques marcas 브랜드 ブランド",
}
_WOO_NAMES = {theirs: ours for ours, names in _WOO.items() for theirs in names.split()}
"""WooCommerce writes its columns in the shop's language."""
_WOO_ATTRIBUTE = re.compile(r"(?=.*(?:attribut|atributo|속성|属性))(?=\D*(\d+))", re.DOTALL)
_WOO_VALUE = re.compile(r"wert|valeur|valor|값|値")
_WOO_ATTRIBUTE_NAME = re.compile(r"name$|nom_|nombre|이름|名")
WOO_COLUMNS = frozenset({"type", "name", "images", "regular_price"})
"""Columns that tell the form, in English."""


def woo_name(column: str) -> str:
    """The English name of a column of WooCommerce's export; another column stays as it is."""
    if attribute := _WOO_ATTRIBUTE.match(column):
        if _WOO_VALUE.search(column):
            return f"attribute_{attribute[1]}_value(s)"
        if _WOO_ATTRIBUTE_NAME.search(column):
            return f"attribute_{attribute[1]}_name"
    return _WOO_NAMES.get(column, column)


PARENTS_KEPT = 2000
"""Variable products that are remembered: their variations follow them closely."""


def woocommerce(rows: Rows, options: FeedOptions) -> Iterator[ParsedRow | RefusedRow]:
    """WooCommerce's product export: a ``variable`` row, then its ``variation`` rows.

    A variation takes categories, pictures and brand of its parent where it has none; the parent
    is no product by itself.
    """
    parents: dict[str, RawRow] = {}
    for row in rows:
        if isinstance(row, RefusedRow):
            yield row
            continue
        kind = row.get("type").lower()
        id_ = row.get("sku", "id")
        if hidden := _woo_hidden(row):
            yield RefusedRow(row.number, id_[:200], f"not on sale: {hidden}", off_sale=True)
        elif "variable" in kind.split(", "):
            while len(parents) >= PARENTS_KEPT:
                del parents[next(iter(parents))]
            parents[id_] = parents[f"id:{row.get('id')}"] = row
        elif kind != "grouped":
            yield _woo_product(row, parents.get(row.get("parent")), options)


def _woo_hidden(row: RawRow) -> str:
    """Why the shop does not show the product, or nothing."""
    if row.get("published") in ("0", "-1"):
        return "it is not published"
    return "it is hidden" if row.get("visibility_in_catalog").lower() == "hidden" else ""


def _woo_product(row: RawRow, parent: RawRow | None, options: FeedOptions) -> ParsedRow:
    above = parent or row
    images = row.addresses("images") or above.addresses("images")
    shop = options.shop_url.rstrip("/")
    sale, regular = row.get("sale_price"), row.get("regular_price")
    return ParsedRow(
        number=row.number,
        id=row.get("sku", "id"),
        title=row.get("name") or above.get("name"),
        link=row.get("link", "url") or (f"{shop}/?p={quote(row.get('id'))}" if shop else ""),
        link_required=False,
        link_hint=NO_LINK,
        images=tuple(images) or ("",),
        price=regular or sale,
        sale_price=sale if regular else "",
        sale_dates=_woo_dates(row),
        currency=_likely_won([row, above]),
        price_required=True,
        currencyless=True,
        brand=row.get("brands", "brand") or above.get("brands", "brand"),
        category=_deepest(row.get("categories") or above.get("categories")),
        colour=_attribute(row, COLOUR_NAMES) if parent or row.get("type") == "simple" else "",
        size=_attribute(row, SIZE_NAMES),
        availability="out_of_stock" if row.get("in_stock?") in ("0", "false") else "",
        group=above.get("sku", "id") if parent else "",
    )


def _woo_dates(row: RawRow) -> str:
    """Sales from one date to another; a side that is open lies far away."""
    start, end = row.get("date_sale_price_starts"), row.get("date_sale_price_ends")
    return f"{start or '1970-01-01'}/{end or '9999-12-31'}" if start or end else ""


def _deepest(categories: str) -> str:
    """The first of the most specific ones; a product may be in several."""
    paths = [path.strip() for path in categories.split(",") if path.strip()]
    return max(paths, key=lambda path: path.count(">"), default="")


def _attribute(row: RawRow, names: Sequence[str]) -> str:
    for number in range(1, 6):
        if row.get(f"attribute_{number}_name").lower().removeprefix("pa_") in names:
            return row.get(f"attribute_{number}_value(s)")
    return ""


# --- Magento ---------------------------------------------------------------------------------

MAGENTO_COLUMNS = frozenset({"sku", "product_type", "name", "url_key", "base_image"})
_SHARED = ("name", "categories", "price", "manufacturer", "brand", "base_image")
"""What a variant of Magento takes from its product where it has none."""
_PAGE = ("url_key", "visibility", "product_online")
"""What it always takes from there: it has no page."""
_KEPT = frozenset({*_SHARED, *_PAGE, "sku", "is_in_stock", "additional_images"})
_NEXT_ATTRIBUTE = re.compile(r',\s*(?="?\w+=)')
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(?:20)?(\d\d)\b.*")

MagentoVariants = dict[str, tuple[dict[str, str], str]]
"""Product and attributes by the ``sku`` of the variant."""


def magento_variants(rows: Rows) -> MagentoVariants:
    """The rows that are variants of another one, which may stand before or behind them.

    Of a product only what its variants need is kept.
    """
    listed, unseen = MagentoVariants(), set[str]()
    for row in rows:
        if isinstance(row, RefusedRow) or row.get("store_view_code"):
            continue
        if row.get("visibility").lower() == UNSEEN:
            unseen.add(row.get("sku"))
        variations = row.get("configurable_variations")
        if variations and row.get("sku"):
            product = {name: text for name, text in _magento_fields(row).items() if name in _KEPT}
            for text in re.split(r"\|\s*(?=sku=)", variations):
                listed[_attributes(text).get("sku", "")] = product, text
    return {sku: variant for sku, variant in listed.items() if sku in unseen}


def magento(rows: Rows, variants: MagentoVariants, options: FeedOptions) -> Parsed:
    """Magento's export: a row a product, but for those that have variants, whose rows count.

    Rows of a store view repeat a product in another language.
    """
    parents = {product["sku"] for product, _ in variants.values()}
    for row in rows:
        if isinstance(row, RefusedRow):
            yield row
        elif not row.get("store_view_code") and row.get("sku") not in parents:
            product, attributes = variants.get(row.get("sku"), ({}, ""))
            fields = _attributes(attributes) | _magento_fields(row)
            if product:
                fields = _of_product(fields, product)
            yield shop(RawRow(row.number, fields), options, price_required="price" in row.fields)


def _magento_fields(row: RawRow) -> dict[str, str]:
    """The fields of a row by Google's names, attributes and sale included."""
    own = {name: row.get(name) for name in row.fields if row.get(name) not in ("", "no_selection")}
    own.pop("product_type", None)
    if "categories" in own:
        own["categories"] = max(own["categories"].split(","), key=lambda path: path.count("/"))
    if sale := row.get("special_price"):
        ends = (
            _DAY.sub(r"20\3-\1-\2", row.get(f"special_price_{end}_date")) for end in ("from", "to")
        )
        dates = "/".join(ends)
        own |= {"sale_price": sale, "sale_price_effective_date": dates.strip("/") and dates}
    return _attributes(row.get("additional_attributes")) | own


def _of_product(fields: dict[str, str], product: dict[str, str]) -> dict[str, str]:
    """The fields of a variant, with what it has of its product."""
    names = _SHARED if "base_image" in fields else (*_SHARED, "additional_images")
    shared = {name: product[name] for name in names if name in product}
    page = {name: product[name] for name in _PAGE if name in product}
    if product.get("is_in_stock") == "0":
        page["is_in_stock"] = "0"
    return shared | fields | page | {"item_group_id": product["sku"]}


def _attributes(text: str) -> dict[str, str]:
    """What ``color=Blue,clothing_size=S`` says, by Google's names; others mean nothing here."""
    pairs = (pair.strip('" ').partition("=") for pair in _NEXT_ATTRIBUTE.split(text))
    given = {name.lower(): value.strip('" ') for name, _, value in pairs if value.strip()}
    found = {name: given[name] for name in ("sku", "brand", "manufacturer") if name in given}
    for name in sorted(given, key=lambda name: "_" in name):
        last = name.rpartition("_")[2]
        if last in COLOUR_NAMES + SIZE_NAMES:
            found.setdefault("color" if last in COLOUR_NAMES else "size", given[name])
    return found
