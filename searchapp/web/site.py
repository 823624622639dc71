"""The site: every page under its route."""

from __future__ import annotations

import reflex as rx


class Home(rx.State):
    lang: str = rx.LocalStorage("ko", name="lang", sync=True)
    n: int = 0

    @rx.event
    def go(self):
        self.n += 1


def home() -> rx.Component:
    return rx.el.main(rx.el.h1("사진 속 옷, 바로 찾아드려요"), rx.el.button(Home.n, on_click=Home.go))


def make_app() -> rx.App:
    app = rx.App(theme=None, toaster=None, app_wraps={}, html_lang="ko", stylesheets=["/styles/app.css"])
    app.add_page(home, route="/", title="찰칵")
    app.add_page(home, route="/results/[job_id]", title="찰칵")
    return app
