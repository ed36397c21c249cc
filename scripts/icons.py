"""The icons for home screens, drawn from app/web/static/icon.svg by Chromium: `.venv/bin/python scripts/icons.py`.

The mark stands on the paper of the pages; a maskable icon keeps it inside the circle that every mask leaves whole.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "app" / "web" / "static"
PAPER = "#f9f9f4"
ICONS = {  # name -> side in pixels, share of it that the mark takes
    "icon-192.png": (192, 0.72),
    "icon-512.png": (512, 0.72),
    "icon-maskable-512.png": (512, 0.5),
    "apple-touch-icon.png": (180, 0.62),
}


def main() -> int:
    mark = (STATIC / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (side, share) in ICONS.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(
                f"<style>body{{margin:0;height:100vh;display:grid;place-items:center;background:{PAPER}}}"
                f"svg{{height:{share:.0%};aspect-ratio:1}}</style>{mark}"
            )
            page.screenshot(path=STATIC / name)
            page.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
