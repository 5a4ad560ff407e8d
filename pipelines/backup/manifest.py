"""What a backup has: one JSON file, which is written last and in one step.

A backup is what its ``manifest.json`` names, and nothing else. WARC files that are finished lie
under their names in ``warcs/``, where any tool reads them; whatever may change lies in ``kept/``
under the SHA-256 of its content. So no file that a manifest names is ever written over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.backup.place import BackupError, BackupPlace

NAME = "manifest.json"
FORMAT = 1
WARCS, KEPT = "warcs", "kept"
#: The parts of an archive, in the order in which they are copied; see :mod:`.backup`.
STATE, SITES, SCHEDULE, WITHHELD = "state", "sites", "schedule.toml", "withheld.toml"
PARTS = (STATE, WARCS, SITES, SCHEDULE, WITHHELD)

#: Where each part of an archive is on this machine.
Parts = Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the archive.

    ``path`` begins with its part, ``stored`` is its name in the backup; ``size`` in bytes,
    ``sha256`` in hex. ``changed`` is when the original was changed last (ns), 0 if that says
    nothing.
    """

    path: str
    stored: str
    size: int
    sha256: str
    changed: int = 0

    @property
    def part(self) -> str:
        """The part of the archive that it belongs to."""
        return self.path.partition("/")[0]

    def target(self, parts: Parts) -> Path:
        """Where it is on this machine."""
        part, _, rest = self.path.partition("/")
        return parts[part] / rest if rest else parts[part]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup: the archive's number, when it was made, what the archive withheld then
    (``site/id``), and the files by path."""

    archive: int
    made: str
    withheld: tuple[str, ...]
    files: Mapping[str, KeptFile]

    def as_json(self) -> bytes:
        """The text of the file, with a digest of itself."""
        body: dict[str, Any] = {
            "format": FORMAT,
            "archive": self.archive,
            "made": self.made,
            "withheld": list(self.withheld),
            "files": [asdict(file) for file in self.files.values()],
        }
        return json.dumps(body | {"digest": _digest(body)}, indent=1).encode()


def read_manifest(place: BackupPlace) -> Manifest | None:
    """The manifest of a backup; None if there is none.

    :raises BackupError: it is damaged, of a later version, or names what no backup has
    """
    data = place.read(NAME)
    if data is None:
        return None
    try:
        body = json.loads(data)
        if body["format"] > FORMAT:
            raise BackupError(f"{place.address} was made by a later version of Housecall; use that")
        digest = body.pop("digest")
        files = [KeptFile(**values) for values in body["files"]]
        if digest != _digest(body) or not all(map(_is_proper, files)):
            raise ValueError("it is not what was written")
        manifest = Manifest(body["archive"], body["made"], tuple(body["withheld"]), {})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"{place.address}/{NAME} is damaged: {error}") from error
    return Manifest(
        manifest.archive, manifest.made, manifest.withheld, {file.path: file for file in files}
    )


def _digest(body: Mapping[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _is_proper(file: KeptFile) -> bool:
    """Whether it lies in its part: a manifest may come from anywhere."""
    path = PurePosixPath(file.path)
    return path.parts[:1] == (file.part,) and file.part in PARTS and ".." not in path.parts
