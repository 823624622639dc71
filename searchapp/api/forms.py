"""The form of a new search, as OpenAPI shows it."""

from __future__ import annotations

from typing import Any

from searchapp.api.filters import PRICE
from searchapp.catalogue.feeds.validation import BRAND_LIMIT
from searchapp.catalogue.matching.kinds import COLOUR_FAMILIES
from searchapp.domain.taxonomy import LABELS

_PRICE = {"type": "string", "pattern": f"^{PRICE}$"}

_FIELDS: dict[str, Any] = {
    "image": {
        "type": "string",
        "format": "binary",
        "description": "JPEG, PNG, WEBP or HEIC/HEIF; the whole body is at most 15 MiB.",
    },
    "phoneNumber": {"type": "string", "maxLength": 40},
    "countryCode": {"type": "string", "pattern": "^\\+?[0-9]{0,3}$", "default": "82"},
    "smsConsent": {"type": "string", "enum": ["true", "false"]},
    "outsideConsent": {"type": "string", "enum": ["true", "false"]},
    "lang": {"type": "string", "enum": ["ko", "en"]},
    "items": {
        "type": "string",
        "description": 'JSON: [{"box": [x, y, width, height], "label": "top"}], up to 12.',
    },
    "select": {"type": "string", "enum": ["true", "false"]},
    "category": {
        "type": "string",
        "enum": list(LABELS),
        "description": "Only products of this label; `whole` narrows nothing.",
    },
    "brand": {
        "type": "string",
        "maxLength": BRAND_LIMIT,
        "description": "Only of this brand, compared without case.",
    },
    "colour": {"type": "string", "enum": list(COLOUR_FAMILIES)},
    "priceFrom": {**_PRICE, "description": "Inclusive."},
    "priceTo": {**_PRICE, "description": "Inclusive."},
    "currency": {
        "type": "string",
        "pattern": "^[A-Z]{3}$",
        "default": "KRW",
        "description": "Of both prices; with a price, products in other currencies are left out.",
    },
    "inStock": {
        "type": "string",
        "enum": ["true", "false"],
        "description": "`true`: nothing sold out.",
    },
}

NEW_SEARCH_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["image"], "properties": _FIELDS}
        }
    },
}
