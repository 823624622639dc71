"""The form of a new search, as OpenAPI shows it."""

from __future__ import annotations

from typing import Any

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
}

NEW_SEARCH_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["image"], "properties": _FIELDS}
        }
    },
}
