"""Every word that a page shows, once in each language."""

from searchapp.domain import taxonomy
from searchapp.i18n.en import EN
from searchapp.i18n.ko import KO

TEXTS: dict[str, dict[str, str]] = {
    "ko": KO | taxonomy.names("ko"),
    "en": EN | taxonomy.names("en"),
}
"""Language -> key -> text.  ``{name}`` in a text is filled in by the page.  The names of kinds and
colours are those of the taxonomy."""

DEFAULT_LANGUAGE = "ko"
