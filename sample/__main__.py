"""``python -m sample``: serve the sample site, check an archive of it, or try all of it."""

from __future__ import annotations

import sys

from .cli import main

sys.exit(main())
