"""``python -m tests.growth``: the CPU time of reading pages of three sizes, each twice the last.

Each shape (:mod:`tests.growth.shapes`) is read as a page of each kind of site. It prints what
takes longest, and whatever grows faster than n log n: the exponent is that of the second
doubling, the slope of time over size on logarithmic scales; 1 is linear, 2 quadratic. Exit
status 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
from math import log2

from tests.growth.measure import KINDS, Growth, growth_of
from tests.growth.shapes import shapes

_STEEP = 1.35
_ENOUGH = 0.15  # seconds: less is mostly what any page takes


def is_steep(growth: Growth) -> bool:
    """Whether time grows faster than n log n, and matters."""
    return growth.seconds[-1] > _ENOUGH and exponent(growth) > _STEEP


def exponent(growth: Growth) -> float:
    """The power of the size that the time grows with."""
    *_, before, last = growth.seconds
    return log2(last / max(before, 1e-4))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="how time grows with a page")
    parser.add_argument("--size", type=int, default=60_000, help="bytes of the smallest page")
    parser.add_argument("--only", default="", help="shapes whose name begins so")
    parser.add_argument("--kind", choices=KINDS, action="append", help="of site; all by default")
    parser.add_argument("--slowest", type=int, default=25, help="how many to print (25)")
    options = parser.parse_args()
    every = []
    for name, shape in shapes().items():
        if not name.startswith(options.only):
            continue
        for kind in options.kind or KINDS:
            growth = growth_of(name, shape, kind, options.size)
            every.append(growth)
            if is_steep(growth):
                print(_line(growth), "<<<", flush=True)
    every.sort(key=lambda growth: growth.seconds[-1], reverse=True)
    print(f"\n{'shape':26}{'site':12}{'bytes':>10}{'n':>9}{'2n':>9}{'4n':>9}  exponent")
    for growth in every[: options.slowest]:
        print(_line(growth))
    steep = sum(map(is_steep, every))
    print(f"{len(every)} measures, {steep} steeper than n log n")
    return 1 if steep else 0


def _line(growth: Growth) -> str:
    times = "".join(f"{seconds:7.2f} s" for seconds in growth.seconds)
    return f"{growth.shape:26}{growth.kind:12}{growth.size:10}{times}{exponent(growth):9.2f}"


if __name__ == "__main__":
    sys.exit(main())
