"""``python -m sample demo``: the whole path on the sample site, in one command."""

from __future__ import annotations

import subprocess
import sys

from .serving import serving
from .site import Site

SCRAPY = (sys.executable, "-m", "scrapy")
"""The scrapy command of this very environment."""


def demo(pages: int, *, serve: bool, port: int) -> int:
    """Serve the sample site, crawl it into the archive here, and show it in Datasette.

    :param pages: genuine question pages of the site
    :param serve: False ends after the crawl's summary
    :param port: of Datasette; another free one is taken if that is taken
    :returns: the exit status of the first step that failed, or 0
    """
    with serving(Site(pages=pages)) as base:
        print(f"sample site  {pages} question pages at {base}", flush=True)
        crawl = subprocess.run([*SCRAPY, "crawl", "netwellness", "-a", f"base={base}"])
    if crawl.returncode or not serve:
        return crawl.returncode
    print("\nNow read it: open the address below. Ctrl-C stops.", flush=True)
    try:
        return subprocess.run([*SCRAPY, "serve", "--port", str(port), "--free-port"]).returncode
    except KeyboardInterrupt:  # Datasette had it too, and has stopped
        return 0
