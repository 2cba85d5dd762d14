"""People who are logged in, each page in a browser of its own."""

import json
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import WITHIN_MS, Seen
from tests.fixtures.clinic_site import Site


class LoggedIn:
    """Opens pages of a site for its people; `close` closes them all."""

    def __init__(self, chromium: Browser, site: Site, seen: Seen) -> None:
        self._chromium = chromium
        self._site = site
        self._seen = seen
        self._contexts: list[BrowserContext] = []

    def open(
        self, path: str, who: str = "nora", *, width: int, height: int = 844, **how: Any
    ) -> Page:
        """A page of the site, at a size in px; `how`: `theme`, and what a context is made with."""
        theme = how.pop("theme", None)
        context = self._chromium.new_context(viewport={"width": width, "height": height}, **how)
        origin = self._site.server.origin
        context.add_cookies([{"name": "hourglass", "value": self._site.cookie(who), "url": origin}])
        if theme is not None:
            script = f"localStorage.setItem('hourglass-theme', {json.dumps(theme)})"
            context.add_init_script(script)
        context.set_default_timeout(WITHIN_MS)
        page = context.new_page()
        self._seen.watch(page)
        self._contexts.append(context)
        page.goto(origin + path)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()
