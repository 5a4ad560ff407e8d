"""A bar of bytes read, for a person who watches a terminal."""

from __future__ import annotations

from tqdm import tqdm


class BytesBar:
    """How many bytes of WARC are read. A context; unless it is watched, nothing is printed."""

    def __init__(self, *, watched: bool) -> None:
        self._bar = tqdm(unit="B", unit_scale=True, disable=not watched, dynamic_ncols=True)
        self._done = 0

    def advance(self, done: int, total: int, file: str) -> None:
        """``done`` of ``total`` bytes are read; ``file`` is under way."""
        self._bar.total = total
        self._bar.set_postfix_str(file[-40:], refresh=False)
        self._bar.update(done - self._done)
        self._done = done

    def add(self, size: int, total: int, file: str) -> None:
        """So many bytes more are read."""
        self.advance(self._done + size, total, file)

    def close(self) -> None:
        """Leave it as it stands."""
        self._bar.close()

    def __enter__(self) -> BytesBar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
