"""What is searched, and what people say of the answers."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.admin.tables import cells, figure, figures, section, table
from searchapp.web.components.admin.wording import sentence, when, word, word_by
from searchapp.web.components.vars import label_name
from searchapp.web.states.admin import AdminState

_VIEW = AdminState.view


def catalogue() -> rx.Component:
    """Feeds with their sizes, and the latest imports."""

    def feed(line: rx.Var) -> rx.Component:
        return cells(line["feed"], line["products"], line["in_stock"], when(line["updated_at"]))

    heads = ("feed", "products", "in_stock", "updated")
    return section(
        "catalogue",
        rx.cond(
            _VIEW["feeds"].length() > 0,
            rx.fragment(
                figures(figure(word("all_products"), _VIEW["products"])),
                table(heads, _VIEW["feeds"], feed),
            ),
            sentence("no_products"),
        ),
        _imports(),
    )


def _imports() -> rx.Component:
    def run(line: rx.Var) -> rx.Component:
        return cells(
            line["feed"],
            word_by("import", line["state"]),
            line["added"],
            line["changed"],
            line["refused"],
            when(line["at"]),
        )

    heads = ("feed", "state", "added", "changed", "refused", "at")
    return rx.cond(
        _VIEW["imports"].length() > 0,
        rx.fragment(rx.el.h3(word("imports")), table(heads, _VIEW["imports"], run)),
    )


def feedback() -> rx.Component:
    """Votes and clicks by kind of garment."""

    def row(line: rx.Var) -> rx.Component:
        said = (line["confirmed"], line["rejected"], line["clicked"])
        return cells(label_name(line["label"]), *said)

    return section(
        "feedback",
        rx.cond(
            _VIEW["feedback"].length() > 0,
            table(("kind", "confirmed", "rejected", "clicked"), _VIEW["feedback"], row),
            sentence("no_feedback"),
        ),
    )
