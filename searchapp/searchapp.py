"""The app that Reflex starts: pages, API and lifespan put together."""

from searchapp.web.site import make_app

app = make_app()
