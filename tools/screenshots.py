"""Makes the pictures of the documentation, from the sample archive in a served Datasette.

    make run                                                    (in another terminal)
    .venv/bin/python tools/screenshots.py http://127.0.0.1:8001/

Needs chromium (Debian: apt-get install chromium). Exit status 1 if a picture fails.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin

IMAGES = Path(__file__).parents[1] / "docs" / "images"

# Larger ones make the repository heavy, and the README slow to open.
MOST_BYTES = 200_000

# file name -> (path on the server, height in pixels)
PICTURES = {
    "question.png": ("q/netwellness/900152", 820),
    "search.png": ("search?q=snoring", 700),
}

FLAGS = [
    "--headless",
    "--no-sandbox",  # without it chromium does not run as root, as it would in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


def picture(chromium: str, url: str, height: int, target: Path) -> None:
    """Write one picture.

    :raises RuntimeError: chromium wrote none, or too large a one
    """
    with tempfile.TemporaryDirectory() as profile:
        made = Path(profile) / "picture.png"
        place = [f"--user-data-dir={profile}", f"--screenshot={made}"]
        command = [chromium, *FLAGS, *place, f"--window-size=1100,{height}", url]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if run.returncode or not made.exists():
            raise RuntimeError(f"{url}: {run.stderr.strip() or 'no picture'}")
        size = made.stat().st_size
        if size > MOST_BYTES:
            raise RuntimeError(f"{url}: {size} bytes are too many; make it less high")
        shutil.copyfile(made, target)


def main(arguments: list[str]) -> int:
    """Make all pictures from the server whose address is given."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if len(arguments) != 1 or chromium is None:
        print(__doc__, file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    for name, (path, height) in PICTURES.items():
        try:
            picture(chromium, urljoin(arguments[0], path), height, IMAGES / name)
        except RuntimeError as error:
            print(f"screenshots: {error}", file=sys.stderr)
            return 1
        print(IMAGES / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
