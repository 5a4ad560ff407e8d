"""Where the files of one archive are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scrapy.settings import BaseSettings

from parsers import declare
from pipelines.capture.page_deadline import set_deadline
from pipelines.files.locks import Lock
from pipelines.files.site_files import load_sites
from pipelines.takedown.takedown import Withholding, require_listed, withhold
from pipelines.takedown.takedown_file import DEFAULT_NAME, Takedown, read_withheld


def set_up_reading(settings: BaseSettings) -> None:
    """Make the declared sites, and the deadline of a page, known to this process.

    :raises DeclarationError: a declaration is wrong
    :raises ValueError: the deadline is no number of seconds
    """
    declare(load_sites(ArchivePaths.of(settings).sites))
    set_deadline(settings.getfloat("PARSE_DEADLINE_SECONDS"))


@dataclass(frozen=True, slots=True)
class ArchivePaths:
    """The places of one archive.

    ``withheld`` is the list of the questions that are withheld, ``sites`` the folder of the
    declarations of sites.
    """

    database: Path
    warcs: Path
    state: Path
    withheld: Path = Path(DEFAULT_NAME)
    sites: Path = Path("sites")

    @classmethod
    def of(cls, settings: BaseSettings) -> ArchivePaths:
        """Return the places that ARCHIVE_DB, WARC_DIR, STATE_DIR, WITHHELD_FILE and SITES_DIR
        name; without the last, declarations are in ``sites`` beside the archive."""
        names = ("ARCHIVE_DB", "WARC_DIR", "STATE_DIR", "WITHHELD_FILE")
        database, warcs, state, withheld = (Path(settings[name]).expanduser() for name in names)
        sites = settings["SITES_DIR"]
        folder = Path(sites).expanduser() if sites else database.with_name("sites")
        return cls(database, warcs, state, withheld, folder)

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
