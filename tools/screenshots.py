"""Takes the pictures of the documentation: ``make screenshots``.

Crawls the sample site twice (of the second time, some pages are revised), serves the archive,
and writes docs/images/*.png. Needs chromium (Debian: apt-get install chromium). Exit status 1
if a picture cannot be taken or is too large; those that were there are then left alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Error

from pipelines.db.connection import open_read_only
from sample import Site, serving
from tools.browser import ROOT, browser, served

IMAGES = ROOT / "docs" / "images"

# Larger ones make the repository heavy, and the README slow to open.
MOST_BYTES = 200_000

SITE = Site(pages=300, seed=7)
REVISED = Site(pages=300, seed=7, changed=0.1)

DESKTOP = (1200, 860)
PHONE = (390, 780)


@dataclass(frozen=True)
class Picture:
    """A file of docs/images/, and what it shows; sizes are CSS pixels, width by height."""

    name: str
    path: str
    size: tuple[int, int] = DESKTOP
    scheme: Literal["light", "dark"] = "light"


def pictures(archive: Path) -> Iterator[Picture]:
    """All pictures. Which page was revised is asked of the archive."""
    with closing(open_read_only(Path(archive))) as connection:
        row = connection.execute(
            "SELECT site, source_id FROM questions WHERE versions > 1 AND confidence = 1 "
            "ORDER BY length(question || answer) LIMIT 1"
        ).fetchone()
    if row is None:
        raise RuntimeError("the second crawl of the sample site found no revised page")
    yield Picture("front.png", "/")
    yield Picture("search.png", "/search?q=sleep+at+night&topic=sleep-disorders&status=answered")
    yield Picture("question.png", "/q/netwellness/900152", (1200, 780))
    yield Picture("compare.png", f"/q/{row[0]}/{row[1]}/compare", (1200, 760))
    yield Picture("charts.png", "/charts")
    yield Picture("phone.png", "/q/netwellness/900152", PHONE)
    yield Picture("dark.png", "/q/netwellness/900152", (1200, 780), "dark")


def crawl(folder: Path) -> Path:
    """The archive.db in ``folder`` that two crawls of the sample site make.

    :raises RuntimeError: a crawl failed
    """
    named = {"ARCHIVE_DB": "archive.db", "WARC_DIR": "warcs", "STATE_DIR": "state"}
    settings = [word for key, name in named.items() for word in ("-s", f"{key}={folder / name}")]
    for site in (SITE, REVISED):
        with serving(site) as base:
            words = ["crawl", "netwellness", "-a", f"base={base}", "-a", "revisit=full"]
            command = [sys.executable, "-m", "scrapy", *words, *settings, "--nolog"]
            run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(f"scrapy crawl: {run.stdout}{run.stderr}")
    return folder / "archive.db"


def taken(running: Browser, address: str, picture: Picture) -> bytes:
    """The PNG of one picture.

    :raises RuntimeError: the page is not there, or its picture is too large
    """
    width, height = picture.size
    page = running.new_page(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
    )
    answer = page.goto(picture.path)
    if answer is None or not answer.ok:
        raise RuntimeError(f"{picture.path}: {answer.status if answer else 'no answer'}")
    made = page.screenshot(animations="disabled")
    page.close()
    if len(made) > MOST_BYTES:
        raise RuntimeError(f"{picture.name}: {len(made)} bytes are too many; make it less high")
    return made


def take(images: Path) -> list[Path]:
    """Take all pictures, then write them into the folder ``images``.

    :raises RuntimeError: one of them cannot be taken
    :raises FileNotFoundError: there is no chromium
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = crawl(Path(folder))
        # The port of the tutorial, where it is free: some pictures show the address.
        with (
            served(archive, "--port", "8001", "--free-port") as address,
            browser() as running,
        ):
            made = {picture.name: taken(running, address, picture) for picture in pictures(archive)}
    images.mkdir(parents=True, exist_ok=True)
    for name, png in made.items():
        (images / name).write_bytes(png)
    return [images / name for name in made]


def main(arguments: list[str]) -> int:
    """Take the pictures, into docs/images or the folder that is given."""
    try:
        for path in take(Path(arguments[0]) if arguments else IMAGES):
            print(path)
    except (RuntimeError, FileNotFoundError, Error) as error:
        print(f"screenshots: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
