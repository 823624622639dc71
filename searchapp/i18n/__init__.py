"""Every word that a page shows, once in each language."""

from searchapp.i18n.en import EN
from searchapp.i18n.ko import KO

TEXTS: dict[str, dict[str, str]] = {"ko": KO, "en": EN}
"""Language -> key -> text.  ``{name}`` in a text is filled in by the page."""

DEFAULT_LANGUAGE = "ko"
