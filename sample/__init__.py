"""A deterministic sample site that looks like what NetWellness was, in our own words.

For trying Housecall out, for its tests and its benchmarks::

    from sample import Site, serving

    site = Site(pages=300, seed=1)
    site.truth("900011")                  # the record that a perfect parser would read
    with serving(site) as base:           # "http://127.0.0.1:40123/"
        ...
"""

from __future__ import annotations

from .serving import serving
from .site import Site

__all__ = ["Site", "serving"]
