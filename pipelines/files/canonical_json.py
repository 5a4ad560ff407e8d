"""JSON in one canonical form."""

from __future__ import annotations

import json
from typing import Any

import orjson


def to_json(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, characters as they are.

    Of floats, those that need no exponent are meant: how one is written is nobody's standard.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # half characters, whole numbers of more than 64 bits
        return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
