"""The sample site's server in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from .kinds.site import KindSite
from .options import Options
from .site import Site

ROOT = Path(__file__).parent.parent
PATIENCE = 10  # seconds for the server to stop


def flags(site: Options) -> list[str]:
    """The command line options that make this site."""
    out = ["--kind", site.kind] if isinstance(site, KindSite) else []
    for each in fields(Options):
        value = getattr(site, each.name)
        if each.name == "traps":
            out += [] if value else ["--no-traps"]
        elif value != each.default:
            out += [f"--{each.name.replace('_', '-')}", str(value)]
    return out


@contextmanager
def serving(site: Site | KindSite, *more: str) -> Iterator[str]:
    """Runs the server for ``site`` and yields its address, with a slash at the end.

    :param more: further options of ``python -m sample serve``, such as ``--prerender``
    :raises RuntimeError: if the server does not start
    """
    command = [sys.executable, "-m", "sample", "serve", "--with-parent", *flags(site), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address.startswith("http://"):
                raise RuntimeError(f"the sample server did not start: {' '.join(command)}")
            yield address
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
