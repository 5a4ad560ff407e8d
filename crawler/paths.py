"""Where the files of one archive are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scrapy.settings import BaseSettings

from pipelines.files.locks import Lock
from pipelines.takedown.takedown import Withholding, require_listed, withhold
from pipelines.takedown.takedown_file import DEFAULT_NAME, Takedown, read_withheld


@dataclass(frozen=True, slots=True)
class ArchivePaths:
    """The places of one archive; ``withheld`` is the list of the questions that are withheld."""

    database: Path
    warcs: Path
    state: Path
    withheld: Path = Path(DEFAULT_NAME)

    @classmethod
    def of(cls, settings: BaseSettings) -> ArchivePaths:
        """Return the places that ARCHIVE_DB, WARC_DIR, STATE_DIR and WITHHELD_FILE name."""
        names = ("ARCHIVE_DB", "WARC_DIR", "STATE_DIR", "WITHHELD_FILE")
        return cls(*(Path(settings[name]).expanduser() for name in names))

    def withheld_entries(self) -> Sequence[Takedown]:
        """Return what the file withholds; see :func:`pipelines.takedown.takedown.require_listed`.

        :raises ArchiveError: the file is wrong, or missing while the archive withholds something
        """
        return require_listed(self.database, self.withheld, read_withheld(self.withheld))

    def withhold(self) -> Withholding | None:
        """Take out of the archive what the file withholds; None if there is no such file.

        :raises ArchiveError: the file is wrong, or the archive cannot be written
        """
        entries = read_withheld(self.withheld)
        return None if entries is None else withhold(self.database, entries)

    def lock(self, activity: str, *, shared: bool = False) -> Lock:
        """Return the lock of the archive: shared by those who add to it, else exclusive.

        :param activity: what the holder does, in words, for others to read
        """
        return Lock(self.database.with_name(self.database.name + ".lock"), activity, shared=shared)
