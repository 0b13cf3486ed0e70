"""Takes the pictures of the report that README and docs show.

    make screenshots      (or: python scripts/screenshots.py)

Needs a Chromium (make browser) and EfficientNet-Lite0, which make test fetches. Where confusions
are shown they are ConvNeXt's own on Mini-ImageNet, and ResNet-20's on CIFAR-10.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from playwright.sync_api import sync_playwright

from chromium import FLAGS, find_chromium, watched
from semdepth import analyze, read_head, write_report
from test_report_browser import HEAD, MADE

REPORTS = MADE | {"lite0": lambda: analyze(read_head(HEAD), title="EfficientNet-Lite0")}
IMAGES = Path(__file__).parents[1] / "docs" / "images"

# Name of the picture: of which report, its place, the window's size, light or dark.
PICTURES = {
    "report-graph": ("lite0", "#class=scuba diver", (1280, 800), "light"),
    "report-matrix": ("mini", "#view=matrix", (1280, 800), "dark"),
    "report-hierarchy": ("lite0", "#view=hierarchy", (1280, 800), "light"),
    "report-tables": ("mini", "#view=tables", (1280, 800), "light"),
    "report-answer": ("mini", "", (1280, 860), "light"),
    "report-phone": ("cifar10", "#view=graph&class=cat", (360, 740), "light"),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for name, (report, place, (width, height), scheme) in PICTURES.items():
            page = Path(folder) / f"{report}.html"
            if not page.exists():
                write_report(REPORTS[report](), page, command="semdepth analyze ... -o out/")
            size = {"width": width, "height": height}
            with watched(chromium, viewport=size, color_scheme=scheme) as seen:
                seen.open(page, place)
                if place and "class" not in place:
                    seen.page.locator("#stage").scroll_into_view_if_needed()
                    seen.page.evaluate("document.getElementById('stage').scrollIntoView()")
                # A flight to the class takes a moment.
                seen.page.wait_for_timeout(2_000)
                seen.page.screenshot(path=IMAGES / f"{name}.png")
                print(IMAGES / f"{name}.png")
        chromium.close()


if __name__ == "__main__":
    main()
