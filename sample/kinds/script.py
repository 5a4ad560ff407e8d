"""Pages that are empty until a script has run. There is nothing to read in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sample.dice import roll
from sample.options import Options
from sample.routes import HTML, Made

from .kind import KnownPage, host, site_name

NAME = "script"
ROOM = "/questions/"
DAY = datetime(2021, 3, 1, 8, 0)
TITLE = "AskWell"
BUNDLE = "(()=>{var e={};self.__APP__=e;document.getElementById('root').append('Loading')})();\n"


def _identifier(options: Options, number: int) -> str:
    return f"{roll(options.seed, 'script', number):016x}"[:10]


def known_pages(options: Options, base: str) -> Iterator[KnownPage]:
    """Every address of a question; none has a record."""
    for number in range(options.pages):
        yield KnownPage(f"{ROOM}{_identifier(options, number)}", (), shell=True)


def make(options: Options, base: str, path: str, query: Mapping[str, str]) -> Made | None:
    """The response at an address: to any page the same, as such sites have it."""
    if path == "/robots.txt":
        text = f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n"
        return Made(200, "text/plain", text.encode(), DAY)
    if path == "/sitemap.xml":
        return Made(200, "application/xml", _sitemap(options, base).encode(), DAY)
    if path.startswith("/static/js/"):
        return Made(200, "application/javascript", BUNDLE.encode(), DAY)
    if path == "/" or path.startswith(ROOM):
        return Made(200, f"{HTML}; charset=utf-8", _shell().encode(), DAY)
    return None


def _shell() -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<link rel="icon" href="/favicon.ico">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="description" content="Health questions, answered">
<title>{TITLE}</title>
<script defer="defer" src="/static/js/main.7c1d3f0a.js"></script>
<link href="/static/css/main.f855e6bc.css" rel="stylesheet">
</head>
<body>
<noscript>You need to enable JavaScript to run this app.</noscript>
<div id="root"></div>
<script>window.__ENV__={{"api":"/api/v2","locale":"en-US"}}</script>
</body>
</html>
"""


def _sitemap(options: Options, base: str) -> str:
    rows = "".join(
        f"<url><loc>{base}{ROOM}{_identifier(options, number)}</loc></url>\n"
        for number in range(options.pages)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )


def declaration(base: str) -> str:
    """The declaration of the site, as TOML."""
    return f"""# A site of the sample whose pages only a script would fill.
name = "{site_name(NAME)}"
title = "{TITLE}"
hosts = ["{host(base)}"]
start = ["{base}/"]
sitemaps = ["{base}/sitemap.xml"]
language = "en"
questions = ["{ROOM}{{id}}"]
answers = "public"
"""
