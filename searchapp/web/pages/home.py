"""``/``: a photo is chosen, shown, and sent.

All phases lie in the prerendered page; the stylesheet shows one of them by the attribute
``data-phase``.  So a photo can be chosen before anything else has loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import reflex as rx
from reflex.event import no_args_event_spec

from searchapp.web.browser.client_var import ClientVar
from searchapp.web.browser.intl import ago
from searchapp.web.browser.tab import focus_on
from searchapp.web.browser.uploader import PhotoUploader
from searchapp.web.components.fields import outside_consent, phone_field
from searchapp.web.components.shell import Button, button, hooks, icon, meter, page, sized
from searchapp.web.history import HISTORY, NO_THUMB, PREVIEW, recent, remember, screen_photo
from searchapp.web.words import LANG, tr, tr_dated

PICTURES = "image/*,.heic,.heif,.hif,.avif,.jfif,.jpg_large"
"""A hint for the picker: what a file is, its bytes decide."""

SAMPLES = Path(__file__).parents[3] / "assets" / "samples"

PHASE = ClientVar("phase", "empty")
"""``empty``, ``ready``, ``sending`` or ``unsaved``."""

PERCENT = ClientVar("percent", 0)
PHOTO = ClientVar("photo", "")
"""Where this tab can show the chosen photo; empty when the browser cannot show it."""

PROBLEM = ClientVar("problem", "")
SENTENCE = ClientVar("sentence", {"lang": "", "text": ""})
"""The server's own words of a problem, and their language."""

ADDRESS = ClientVar("address", "")
"""The address that the person is asked about, or whose photo is being fetched."""

DRAGGED = ClientVar("dragged", default=False)


class PrefetchPageLinks(rx.Component):
    """React Router's own: loads the code of a page ahead of time."""

    library = "react-router"
    tag = "PrefetchPageLinks"

    page: rx.Var[str]


class Preview(rx.el.Img):
    """A picture that also tells when the browser cannot show it; it can be sent all the same."""

    on_error: Annotated[rx.EventHandler, no_args_event_spec]


def home() -> rx.Component:
    """The whole page."""
    return page(
        PhotoUploader.create(
            rx.el.input(type="hidden", name="lang", value=LANG.value),
            _choose_photo(),
            _ready(),
            action="/api/search-job",
            **_events(),
        ),
        rx.cond(PHASE.value != "empty", PrefetchPageLinks.create(page="/results/next")),
        title=tr("home.title"),
        kind="home",
        custom_attrs=hooks(home="", phase=PHASE.value)
        | {
            "data-problem": rx.cond(PROBLEM.value != "", PROBLEM.value, rx.Var("undefined")),
            "data-over": rx.cond(DRAGGED.value, "", rx.Var("undefined")),
        },
    )


def _events() -> dict[str, Any]:
    """What happens to the photo, as client state: none of it waits for the server."""
    return _choosing_events() | _sending_events()


def _choosing_events() -> dict[str, Any]:
    return {
        "on_chosen": lambda url: [PHOTO.set(url), PROBLEM.set(""), *_step("ready")],
        "on_unfetched": lambda sentence: [
            _said(sentence),
            PROBLEM.set(rx.cond(sentence.to(str) != "", "said", "unfetched")),
        ],
        "on_over": lambda over: DRAGGED.set(over),
        "on_address": lambda address: [
            ADDRESS.set(address),
            PROBLEM.set(rx.cond(address.to(str) != "", "address", "words")),
            *(focus_on(f".{step}-step [data-act=take-address]") for step in ("photo", "ready")),
        ],
    }


def _sending_events() -> dict[str, Any]:
    return {
        "on_progress": lambda part: [PERCENT.set(round(part * 100)), PHASE.set("sending")],
        "on_unsaved": _step("unsaved"),
        "on_stopped": _step("ready"),
        "on_stored": lambda job, thumb: [
            remember(job, rx.cond(thumb.to(str) != "", thumb.to(str), screen_photo(job.to(str)))),
            PREVIEW.set({"job": job, "url": PHOTO.value}),
            PHASE.set("empty"),
            rx.redirect("/results/" + job.to(str)),
        ],
        "on_refused": lambda status, sentence: [
            PROBLEM.set(_problem_of(status, sentence)),
            _said(sentence),
            PHASE.set(rx.cond((status == 413) | (status == 415), "empty", "ready")),
        ],
    }


def _step(phase: str) -> list[Any]:
    """Goes to that phase, its heading in focus."""
    return [PHASE.set(phase), focus_on(f"h1[data-show~='{phase}']", top=True)]


def _said(sentence: Any) -> Any:
    return SENTENCE.set({"lang": LANG.value, "text": sentence})


def _problem_of(status: Any, sentence: Any) -> Any:
    said = rx.cond(sentence.to(str) != "", "said", "failed")
    known = ((413, "too_large"), (415, "not_a_photo"), (429, "too_many"))
    return rx.match(status, *known, said)


def _shown_in(*phases: str) -> dict[str, Any]:
    return hooks(show=" ".join(phases))


# --- 1: a photo ------------------------------------------------------------------------------


def _choose_photo() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.el.h1(tr("home.title_1"), rx.el.br(), tr("home.title_2"), class_name="headline"),
            rx.el.p(tr("home.lead"), class_name="lead"),
            # Album first: outside programs take the first ``photo-input``.
            rx.el.div(
                _picker("image", "home.album", "primary"),
                _picker("camera", "home.camera", "plain camera", capture="environment"),
                class_name="buttons",
            ),
            rx.el.p(tr("home.drop"), class_name="soft drop-hint"),
            rx.el.p(icon("shield-check"), tr_dated("home.kept"), class_name="soft note dated"),
            _problem(),
            # Where the service worker, or the server in its place, sends a share without a photo.
            rx.el.p(
                icon("triangle-alert"), tr("send.unshared"), id="unshared", class_name="problem"
            ),
            class_name="pitch",
        ),
        rx.el.div(
            rx.el.img(
                src="/images/hero.svg", alt=tr("home.hero_alt"), custom_attrs=sized(480, 480)
            ),
            class_name="finder hero",
        ),
        rx.el.div(_history(), _samples(), class_name="below", id="past"),
        class_name="photo-step",
        custom_attrs=_shown_in("empty"),
    )


def _picker(icon_name: str, words: str, kind: str, **attrs: str) -> rx.Component:
    accept = "image/*" if attrs else PICTURES
    return rx.el.label(
        rx.el.input(
            type="file",
            accept=accept,
            class_name="unseen",
            custom_attrs=hooks(testid="photo-input") | attrs,
        ),
        icon(icon_name),
        rx.el.span(tr(words)),
        class_name=f"button {kind} large",
    )


def _problem() -> rx.Component:
    """Why the last photo was not taken, or the question about an address."""
    names = ("failed", "too_large", "not_a_photo", "too_many", "fetching", "words", "unfetched")
    said = SENTENCE.value
    return rx.el.div(
        icon("triangle-alert"),
        rx.el.div(
            *(rx.el.p(tr(f"send.{name}"), custom_attrs=hooks(problem_is=name)) for name in names),
            rx.el.p(
                rx.cond(said["lang"] == LANG.value, said["text"], tr("send.failed")),
                custom_attrs=hooks(problem_is="said"),
            ),
            _address_question(),
        ),
        class_name="problem",
        custom_attrs={"role": "alert"},
    )


def _address_question() -> rx.Component:
    """Whether the photo at an address is fetched: by our server, so that is asked first."""
    return rx.el.div(
        rx.el.p(tr("send.address")),
        rx.el.p(ADDRESS.value, class_name="soft small address"),
        rx.el.div(
            button(
                tr("send.address_yes"),
                kind="primary",
                attrs=hooks(act="take-address", photo="/api/picture", address=ADDRESS.value),
                on_click=PROBLEM.set("fetching"),
            ),
            button(tr("send.address_no"), kind="quiet", on_click=PROBLEM.set("")),
            class_name="row",
        ),
        custom_attrs=hooks(problem_is="address"),
    )


def sample_photos() -> list[str]:
    """The names of the photos that a newcomer can try, in order; empty when there are none."""
    return sorted(path.name for path in SAMPLES.glob("*.jpg"))


def _samples() -> rx.Component:
    names = sample_photos()
    if not names:
        return rx.fragment()
    return rx.el.section(
        rx.el.h2(tr("home.samples")),
        rx.el.ul(*map(_sample, names, range(1, len(names) + 1)), class_name="strip samples"),
        rx.el.p(tr("home.samples_note"), class_name="soft small where-demo"),
    )


def _sample(name: str, number: int) -> rx.Component:
    picture = rx.el.img(
        src=f"/samples/small/{name}",
        alt=tr("home.sample", n=number),
        loading="lazy",
        custom_attrs=sized(144, 180),
    )
    attrs = hooks(act="sample", photo=f"/samples/{name}")
    return rx.el.li(Button.create(picture, type="button", custom_attrs=attrs))


def _history() -> rx.Component:
    """The last searches made on this device."""
    clear = button(tr("home.history_clear"), kind="quiet", act="forget", on_click=HISTORY.set([]))
    return rx.cond(
        recent().length() > 0,
        rx.el.section(
            rx.el.div(rx.el.h2(tr("home.history")), clear, class_name="row"),
            rx.el.ul(rx.foreach(recent(), _past), class_name="strip past"),
            rx.el.p(tr("home.history_note"), class_name="soft small"),
        ),
    )


def _past(entry: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    job = entry["id"].to(str)
    thumb = rx.cond(entry["thumb"].to(str) == NO_THUMB, screen_photo(job), entry["thumb"].to(str))
    return rx.el.li(
        rx.el.a(
            rx.el.img(src=thumb, alt="", custom_attrs=sized(72, 90)),
            rx.el.span(ago(LANG.value, entry["at"])),
            href="/results/" + job,
            on_click=PREVIEW.set({"job": job, "url": screen_photo(job)}),
        )
    )


# --- 2: ready, and on its way to the server --------------------------------------------------


def _ready() -> rx.Component:
    return rx.el.div(
        rx.el.div(_preview(), _change(), class_name="preview-side"),
        rx.el.div(
            _heading("ready.title", "ready"),
            rx.el.div(
                # What was said of the number that was refused is not true of another one.
                phone_field("home", on_change=PROBLEM.set("")),
                outside_consent("home"),
                _problem(),
                _starts(),
                rx.el.p(tr("ready.start_hint"), class_name="soft small"),
                custom_attrs=_shown_in("ready"),
            ),
            _sending(),
            class_name="ready-side",
        ),
        class_name="ready-step",
        custom_attrs=_shown_in("ready", "sending", "unsaved"),
    )


def _preview() -> rx.Component:
    return rx.el.div(
        rx.cond(
            PHOTO.value != "",
            Preview.create(src=PHOTO.value, alt=tr("ready.photo_alt"), on_error=PHOTO.set("")),
            rx.el.p(tr("ready.no_preview"), class_name="no-preview"),
        ),
        class_name="finder preview",
    )


def _change() -> rx.Component:
    return rx.el.label(
        rx.el.input(type="file", accept=PICTURES, class_name="unseen"),
        icon("image"),
        rx.el.span(tr("ready.change")),
        class_name="button quiet change",
        custom_attrs=_shown_in("ready"),
    )


def _starts() -> rx.Component:
    return rx.el.div(
        button(
            icon("search"),
            tr("ready.start"),
            kind="primary large",
            type="submit",
            attrs=hooks(testid="start-search", act="start"),
        ),
        button(
            tr("ready.choose"),
            kind="plain large",
            type="submit",
            name="select",
            value="true",
            act="start-choosing",
        ),
        class_name="buttons",
    )


def _sending() -> rx.Component:
    return rx.el.div(
        _heading("send.sending", "sending"),
        _heading("send.waiting", "unsaved"),
        rx.el.div(
            meter(tr("send.sending"), PERCENT.value, **hooks(upload_bar="")),
            custom_attrs=_shown_in("sending"),
        ),
        rx.el.div(*_unsaved(), custom_attrs=_shown_in("unsaved")),
        button(tr("send.stop"), kind="quiet", type="reset", act="stop-sending"),
        class_name="sending",
        custom_attrs=_shown_in("sending", "unsaved"),
    )


def _heading(words: str, phase: str) -> rx.Component:
    return rx.el.h1(tr(words), custom_attrs=_shown_in(phase) | {"tabindex": "-1"})


def _unsaved() -> tuple[rx.Component, ...]:
    return (
        rx.el.p(
            icon("wifi-off"),
            tr("send.not_stored"),
            class_name="unsaved",
            custom_attrs={"role": "status"},
        ),
        rx.el.div(
            button(
                icon("rotate-ccw"),
                tr("send.retry_now"),
                kind="primary",
                type="submit",
                act="send-now",
            ),
            class_name="buttons",
        ),
    )
