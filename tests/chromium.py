"""Finds a Chromium for the browser tests, and opens pages in it that tell everything they do."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
# Beside headless: a sandbox that containers do not grant, and calls home of the browser itself.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """The program of ``SEMDEPTH_CHROMIUM``, or the first Chromium on the path."""
    chosen = os.environ.get("SEMDEPTH_CHROMIUM")
    return chosen or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Watched:
    """A page in a browser, with all that it said and asked for."""

    page: object
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: Path, place: str = "") -> None:
        """Open a report from disk, anew, and wait until it is drawn; ``place`` is a hash."""
        # Another hash of the page that is open would not load it again.
        self.page.goto("about:blank")
        self.page.goto(path.as_uri() + place)
        self.page.wait_for_selector("#report[data-ready]")

    @property
    def outside(self) -> list[str]:
        """Requests for anything but files on disk and what the page holds itself."""
        return [
            url
            for url in self.requests
            if not url.startswith(("file:", "data:", "blob:", "about:"))
        ]


@contextmanager
def watched(browser, **options):
    """A new page, watched from its first byte; ``options`` are those of a browser context."""
    context = browser.new_context(accept_downloads=True, **options)
    page = context.new_page()
    page.set_default_timeout(30_000)
    seen = Watched(page)
    page.on("console", lambda message: seen.messages.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.messages.append(f"error: {error}"))
    page.on("request", lambda request: seen.requests.append(request.url))
    try:
        yield seen
    finally:
        context.close()
