"""Where the files of one archive are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

from scrapy.settings import BaseSettings

from crawler import settings as defaults
from parsers import declare
from pipelines.capture.page_deadline import set_deadline
from pipelines.db.connection import ArchiveError, open_archive
from pipelines.db.identity import (
    Belonging,
    ForeignFolder,
    beside,
    claim,
    claimed_number,
    inside,
    known_withheld,
    number_of,
    owner_of,
)
from pipelines.files.locks import Lock
from pipelines.files.site_files import load_sites
from pipelines.takedown.takedown import Withholding, require_listed, withhold
from pipelines.takedown.takedown_file import DEFAULT_NAME, Takedown, read_withheld


def set_up_reading(settings: BaseSettings) -> None:
    """Make the declared sites, and the deadline of a page, known to this process.

    :raises DeclarationError: a declaration is wrong
    :raises SettingError: a setting that is a number is none
    """
    for name, default in vars(defaults).items():
        if name.isupper() and type(default) in (int, float):
            _check_number(name, settings.get(name), type(default))
    declare(load_sites(ArchivePaths.of(settings).sites))
    set_deadline(settings.getfloat("PARSE_DEADLINE_SECONDS"))


class SettingError(ValueError):
    """A setting has a value that it cannot have; the message names both."""


def _check_number(name: str, value: object, kind: type[float]) -> None:
    with suppress(ValueError):
        if 0 <= kind(str(value)) < inf:
            return
    what = "whole number" if kind is int else "number"
    raise SettingError(f"{name}={value}: it is a {what}, 0 or more")


#: What is beside ARCHIVE_DB where no setting names another place.
_BESIDE = {
    "WARC_DIR": "warcs", "STATE_DIR": ".housecall", "WITHHELD_FILE": DEFAULT_NAME,
    "SITES_DIR": "sites", "SCHEDULE": "schedule.toml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArchivePaths:
    """The places of one archive.

    ``withheld`` is the list of the questions that are withheld, ``sites`` the folder of the
    declarations of sites. The list must be there if it ``is_named``, that is if WITHHELD_FILE
    is set.
    """

    database: Path
    warcs: Path
    state: Path
    withheld: Path = Path(DEFAULT_NAME)
    sites: Path = Path("sites")
    schedule: Path = Path("schedule.toml")
    is_named: bool = False

    @classmethod
    def of(cls, settings: BaseSettings) -> ArchivePaths:
        """Return the places that the settings name; what they do not name is beside ARCHIVE_DB.

        :raises ArchiveError: an archive from before that was so has it in the present folder
        """
        database = Path(settings["ARCHIVE_DB"]).expanduser()

        def place(name: str, *others: Path) -> Path:
            if named := settings[name]:
                return Path(named).expanduser()
            places = [database.with_name(_BESIDE[name]), *others]
            return next((path for path in places if path.exists()), places[0])

        warcs = place("WARC_DIR", *_warcs_here(database))
        # Where an archive is made again of the WARC files of another, its lists are that one's.
        withheld = place("WITHHELD_FILE", warcs.with_name(_BESIDE["WITHHELD_FILE"]))
        sites = place("SITES_DIR", warcs.with_name(_BESIDE["SITES_DIR"]))
        state, schedule = place("STATE_DIR"), place("SCHEDULE")
        paths = cls(database, warcs, state, withheld, sites, schedule)
        _refuse_if_from_before(paths, [name for name in _BESIDE if not settings[name]])
        return replace(paths, is_named=bool(settings["WITHHELD_FILE"]))

    @property
    def belongings(self) -> tuple[Belonging, Belonging]:
        """What no other archive may use."""
        return inside(self.state), beside(self.warcs)

    @property
    def parts(self) -> Mapping[str, Path]:
        """What a backup has, by what it is called there (:mod:`pipelines.backup.manifest`)."""
        return {
            "state": self.state, "warcs": self.warcs, "sites": self.sites,
            "schedule.toml": self.schedule, "withheld.toml": self.withheld,
        }  # fmt: skip

    def check(self, *, copy: bool = False) -> int:
        """Return the archive's number, 0 if it is new.

        :param copy: see :func:`pipelines.db.identity.claimed_number`
        :raises ForeignFolder: something that it would use belongs to another archive
        """
        number = claimed_number(self.database, self.belongings, copy=copy)
        for file in (self.withheld, self.schedule, self.sites):
            state = file.with_name(_BESIDE["STATE_DIR"])
            if file.exists() and file.name in _BESIDE.values() and state != self.state:
                try:
                    claimed_number(self.database, [inside(state)], copy=copy)
                except ForeignFolder as error:
                    raise ForeignFolder(f"{file} is not this archive's: {error}") from error
        return number

    def known_withheld(self) -> frozenset[str]:
        """What the archive is known to withhold, even where archive.db is lost: ``site/id``."""
        return known_withheld(self.database, self.belongings)

    def withheld_entries(self, *, release: bool = True) -> Sequence[Takedown]:
        """Return what the file withholds; see :func:`pipelines.takedown.takedown.require_listed`.

        :raises ArchiveError: the file is wrong, or missing while the archive withholds something;
            or it lacks some of that, which is not to be released
        """
        return require_listed(self.known_withheld(), self.withheld, self.listed(), release=release)

    def remember_withheld(self) -> None:
        """Have the archive's folders name what it withholds."""
        here = self.database.resolve()
        owners = [(folder, owner_of(folder.mark)) for folder in self.belongings]
        own = [folder for folder, owner in owners if owner and owner.database == here]
        if own:
            with closing(open_archive(self.database)) as db:
                claim(db.conn, 0, self.database, *own)

    def listed(self) -> tuple[Takedown, ...] | None:
        """Return what the file lists; None if there is none, and none is named.

        :raises ArchiveError: the file is wrong
        """
        return read_withheld(self.withheld, optional=not self.is_named)

    def withhold(self) -> Withholding | None:
        """Take out of the archive what the file withholds; None if there is no such file.

        :raises ArchiveError: the file is wrong, or the archive cannot be written; or archive.db is
            lost, and the file lacks something that it withheld
        """
        entries = self.listed()
        lost = self.known_withheld() - known_withheld(self.database, ())
        require_listed(lost, self.withheld, entries, release=False)
        return None if entries is None else withhold(self.database, entries)

    def lock(self, activity: str, *, shared: bool = False) -> Lock:
        """Return the lock of the archive: shared by those who add to it, else exclusive.

        :param activity: what the holder does, in words, for others to read
        """
        return Lock(self.database.with_name(self.database.name + ".lock"), activity, shared=shared)


def _warcs_here(database: Path) -> Iterator[Path]:
    """The WARC directory of the present folder, if it is the archive's by its number."""
    owner = owner_of(beside(Path(_BESIDE["WARC_DIR"])).mark)
    if owner is not None and owner.number == number_of(database):
        yield Path(_BESIDE["WARC_DIR"])


def _refuse_if_from_before(paths: ArchivePaths, names: Sequence[str]) -> None:
    """Say where things are looked for now, of an archive that had them in the present folder.

    :param names: the settings that name nothing
    :raises ArchiveError: it is such an archive
    """
    database = paths.database
    if owner_of(beside(Path(_BESIDE["WARC_DIR"])).mark) is not None:
        return  # what is here is of an archive that is known by its number
    places = {"WARC_DIR": paths.warcs, "STATE_DIR": paths.state, "WITHHELD_FILE": paths.withheld}
    for name in names:
        here, place = Path(_BESIDE[name]), places.get(name)
        if place is None or place.exists() or not here.exists():
            continue
        if database.is_file() and not number_of(database):
            raise ArchiveError(
                f"{name} is {place} unless it is set, beside {database}, and nothing is there. "
                f"It was {here.absolute()} before: move that beside the archive, or name it "
                f"with -s {name}={here.absolute()}"
            )
