"""Unpacks WACZ files, and ZIP files of WARC files, WACZ files or saved pages.

WACZ 1.0 and 1.1.1 (https://specs.webrecorder.net/wacz/1.1.1/), and packages of several of
them: the hashes of ``datapackage.json`` (old style under ``stats``, new style beside the path)
and of ``datapackage-digest.json`` are checked, and its signature as far as that goes without a
network. Names in the ZIP are read as people's programs write them: with backslashes, within a
folder, beside what macOS adds. They say what an entry is; nothing is written under them but
saved pages, whose folders may say their addresses.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from pipelines.ingest.wacz_signature import signature_checked
from pipelines.ingest.zip_entries import (
    Room,
    ZipDamage,
    ZipEntry,
    entries_of,
    entry_bytes,
    place_of,
)
from pipelines.warc.damage import DamagedWarc, FindingKind
from pipelines.warc.resync import next_start

_PACKAGE, _DIGEST = "datapackage.json", "datapackage-digest.json"
_MAX_JSON = 16 << 20
#: How many ZIP files may lie one in the other.
_DEEPEST = 4
_HASHES = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
#: The kind of a hash that does not say its own, by its hexadecimal digits.
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_BOM = b"\xef\xbb\xbf"
#: What macOS and Windows put beside files.
_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.I)
_WARC = re.compile(r"\.w?arc(?:\.gz|\.zst)?$", re.I)
_ZIP = re.compile(r"\.(?:wacz|zip)$", re.I)
_PAGE = re.compile(r"\.(?:x?html?|shtml|cfm|php\d?|aspx?|jsp|txt)$", re.I)


@dataclass
class Unpacked:
    """What a ZIP file holds: WARC files by their names in it, and where they are unpacked.

    A name of "" is the rest of the file itself, in which records may lie. ``pages`` are saved
    pages. ``unpacked`` counts files, ``error`` says why nothing of it can be used.
    """

    file: str
    warcs: list[tuple[str, Path]] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)
    damaged: list[DamagedWarc] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str | None = None
    unpacked: int = 0

    def add_damage(self, why: str, offset: int = 0, kind: FindingKind = FindingKind.ZIP) -> None:
        """Note that something in it is damaged."""
        self.damaged.append(DamagedWarc(self.file, max(offset, 0), why, kind))


def unpack(path: Path, folder: Path) -> Unpacked:
    """Unpack what a ZIP file holds into a folder; what is damaged comes as far as it goes.

    :raises OSError: if the file cannot be read, or the folder not be written
    """
    result = Unpacked(path.name)
    _Package(path, folder, result, Room.of(path)).unpack()
    if not result.warcs and not result.pages:
        missing = "; ".join(damage.why for damage in result.damaged[:3])
        result.error = f"{path} is a ZIP file without a WARC file in it, or a page" + (
            f": {missing}" if missing else ""
        )
    return result


class _Package:
    """One ZIP file, which may lie in others.

    :param before: the names of those, for messages
    """

    def __init__(
        self, path: Path, folder: Path, result: Unpacked, room: Room, before: tuple[str, ...] = ()
    ) -> None:
        self._path = path
        self._folder = folder
        self._result = result
        self._room = room
        self._before = before
        self._entries: list[ZipEntry] = []
        self._kinds: dict[str, str] = {}  # of the hashes that are to be checked, by place
        self._hashes: dict[str, list[str]] = {}  # of what is there, by place: names may repeat
        self._json: dict[str, bytes] = {}
        self._has_warcs = False
        self._sound: list[tuple[int, int]] = []  # where bytes of sound entries lie

    def unpack(self) -> None:
        """Read all entries; what is in the packages' lists is read with the hashes they name."""
        entries, why = entries_of(self._path)
        self._entries = [
            entry for entry in entries if not _JUNK.search(entry.name) and self._is_file(entry)
        ]
        if why:
            self._damage(f"the ZIP directory cannot be read ({why}); entries were looked for")
        lists = [entry for entry in self._entries if _place(entry).endswith((_PACKAGE, _DIGEST))]
        for entry in lists:
            self._read(entry)
        packages = {
            entry.name: list(resources_of(self._json_object(entry.name)))
            for entry in lists
            if _place(entry).endswith(_PACKAGE)
        }
        for place, resources in packages.items():
            for each in resources:
                if each.kind in _HASHES:
                    self._kinds[_beside(place, each.path)] = each.kind
        known = len(self._result.warcs)
        in_place = [self._take(entry) for entry in self._entries if entry not in lists]
        if len(self._result.warcs) == known or not all(in_place):
            self._take_rest()
        for place, resources in packages.items():
            self._check(place, resources)
        self._check_pages()
        if len(self._result.warcs) == known and not packages:
            self._take_pages()
        elif not packages and self._has_warcs:
            self._note(f"no {_PACKAGE}: no hashes to check")

    def _is_file(self, entry: ZipEntry) -> bool:
        """Whether an entry is a file, and nothing that leads elsewhere; says if it is not."""
        if entry.leads_out:
            self._note(
                f"{entry.leads_out}: a name that leads out of the file, read as {entry.name}"
            )
        if entry.no_file:
            self._damage(f"{entry.name}: {entry.no_file}, which is not followed", entry.head)
        return not entry.no_file

    def _named(self, name: str) -> str:
        return "/".join((*self._before, name)) if name else "".join(f"{b}: " for b in self._before)

    def _note(self, note: str) -> None:
        self._result.notes.append(f"{self._named('')}{note}")

    def _damage(self, why: str, offset: int = 0, kind: FindingKind = FindingKind.ZIP) -> None:
        self._result.add_damage(f"{self._named('')}{why}", 0 if self._before else offset, kind)

    # -- what is in it

    def _take(self, entry: ZipEntry) -> bool:
        """Unpack what is wanted of an entry; False if its bytes may lie elsewhere in the file."""
        inner, is_warc = _ZIP.search(entry.name), _is_warc(entry.name)
        if not (inner or is_warc):
            self._read(entry)
            return True
        target = self._new_file()
        damage = self._read(entry, target)
        if damage and damage.elsewhere and entry.stored:
            target.unlink()
            return False
        if inner and len(self._before) + 1 < _DEEPEST:
            before = (*self._before, entry.name)
            _Package(target, self._folder, self._result, self._room, before).unpack()
            target.unlink()
        elif inner:
            self._damage(f"{entry.name}: so many ZIP files, one in the other, are not read")
        elif target.stat().st_size:
            self._result.warcs.append((self._named(entry.name), target))
            self._has_warcs = True
        return True

    def _new_file(self) -> Path:
        target = self._folder / f"{self._result.unpacked:05d}"
        self._result.unpacked += 1
        return target

    def _read(self, entry: ZipEntry, target: Path | None = None) -> ZipDamage | None:
        """Read one entry, into a file or, if it is JSON, into memory; returns what is wrong."""
        digest = hashlib.new(self._kinds.get(_place(entry), "sha256"), usedforsecurity=False)
        is_json = _place(entry).endswith((".json", ".jsonl"))
        data = bytearray()
        fault = None
        with self._path.open("rb") as file, Path(target or os.devnull).open("wb") as out:
            try:
                for piece in entry_bytes(file, entry, self._room):
                    digest.update(piece)
                    out.write(piece)
                    if is_json and len(data) < _MAX_JSON:
                        data += piece
                self._sound.append((file.tell() - entry.packed, file.tell()))
            except ZipDamage as damage:
                self._damage(f"{entry.name}: {damage}", entry.head)
                fault = damage
        self._hashes.setdefault(_place(entry), []).append(digest.hexdigest())
        if data or not fault:
            self._json[entry.name] = bytes(data)
        return fault

    def _take_rest(self) -> None:
        """Have records looked for in the file itself, where no sound entry is.

        Bytes that were lost or added move all places; and WARC files lie in a WACZ
        uncompressed, or rather as compressed as they are.
        """
        rest = self._new_file()
        with self._path.open("rb") as file, rest.open("w+b") as out:
            shutil.copyfileobj(file, out)
            for start, end in self._sound:
                out.seek(start)
                for at in range(start, end, 1 << 20):
                    out.write(bytes(min(1 << 20, end - at)))
            if next_start(out, 0) is None:
                rest.unlink()
                return
        self._result.warcs.append(("", rest))
        self._note("records were looked for in the whole file, not only where they should be")

    def _take_pages(self) -> None:
        """Unpack saved pages, at their places in a folder, with their times of change."""
        root = self._folder / "pages" / self._named("").replace(": ", "/")
        for entry in self._entries:
            target = root / entry.name
            if not _PAGE.search(entry.name):
                continue
            if target.exists():
                self._damage(f"{entry.name}: there is another of this name, which is read")
                continue
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._read(entry, target)
                os.utime(target, (entry.date.timestamp(),) * 2)
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise
                self._damage(f"{entry.name}: {error.strerror}", entry.head)
            else:
                self._result.pages.append(target)

    # -- whether it is what it says

    def _check(self, package: str, resources: list[Resource]) -> None:
        self._check_digest(package)
        if not resources and package in self._json:
            self._damage(f"{package} lists no resources")
        checked = 0
        for each in resources:
            hashes = self._hashes.get(_beside(package, each.path))
            if not each.path:
                self._damage(f"a resource of {package} has no path")
            elif "://" in each.path:
                self._note(f"{each.path} is elsewhere: import it by itself")
            elif hashes is None:
                self._damage(f"{package} names {each.path}, which is not there")
            elif each.kind not in _HASHES:
                self._note(f"{each.path}: its hash ({each.kind or 'none'}) is not checked")
            elif each.hash not in hashes:
                why = f"{each.path}: its {each.kind} is not what {package} says"
                self._damage(why, self._head_of(each.path), FindingKind.DIGEST)
            else:
                checked += 1
        self._note(f"{checked} of {len(resources)} hashes of {package} verified")

    def _head_of(self, path: str) -> int:
        return next((each.head for each in self._entries if each.name.endswith(path)), 0)

    def _check_digest(self, package: str) -> None:
        place = _beside(package, _DIGEST)
        name = next((each.name for each in self._entries if _place(each) == place), None)
        digest = self._json_object(name) if name else {}
        if not digest:
            return
        sha256 = str(digest.get("hash")).rpartition(":")[2].lower()
        if package in self._json and sha256 not in self._hashes[package.lower()]:
            why = f"the sha256 of {package} is not what {_DIGEST} says"
            self._damage(why, self._head_of(package), FindingKind.DIGEST)
        if digest.get("signedData"):
            fault, note = signature_checked(digest["signedData"], str(digest.get("hash")))
            if fault:
                self._damage(fault, self._head_of(_DIGEST), FindingKind.DIGEST)
            self._note(note)

    def _check_pages(self) -> None:
        for name, data in self._json.items():
            if "pages" in name.lower().split("/")[:-1] and name.lower().endswith(".jsonl"):
                for number in _bad_lines(data.removeprefix(_BOM)):
                    why = f"{name}, line {number}: no JSON object"
                    self._damage(why, self._head_of(name), FindingKind.LINE)

    def _json_object(self, name: str) -> dict[str, Any]:
        """The object in an entry; empty, with its damage noted, if there is none."""
        if name not in self._json:  # and that is noted
            return {}
        try:
            values = json.loads(self._json[name].removeprefix(_BOM))
        except (ValueError, RecursionError) as error:
            self._damage(f"{name} is no JSON: {error}", self._head_of(name))
            return {}
        if isinstance(values, dict):
            return values
        self._damage(f"{name} is no JSON object", self._head_of(name))
        return {}


class Resource(NamedTuple):
    """What ``datapackage.json`` says of a file: its path, and its hash of a kind."""

    path: str
    kind: str
    hash: str


def resources_of(package: dict[str, Any]) -> Iterator[Resource]:
    """The files that a package lists; of one that is listed wrongly the path is empty."""
    resources = package.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        values = resource if isinstance(resource, dict) else {}
        stats = values.get("stats")
        old = stats if isinstance(stats, dict) else {}
        kind, _, value = str(values.get("hash") or "").rpartition(":")
        if not kind:
            kind, value = str(values.get("hashing") or ""), value or str(old.get("hash") or "")
        path = values.get("path")
        yield Resource(
            path if isinstance(path, str) else "",
            kind.lower().replace("-", "") or _BY_LENGTH.get(len(value), ""),
            value.lower(),
        )


def _is_warc(name: str) -> bool:
    # What programs put into archive/ is called as they like.
    return bool(_WARC.search(name)) or PurePosixPath(name.lower()).parent.name == "archive"


def _place(entry: ZipEntry) -> str:
    return entry.name.lower()


def _beside(package: str, path: str) -> str:
    """The place of a file that a package names: paths are those from the package's folder on."""
    return (package[: -len(_PACKAGE)] + place_of(path)).lower()


def _bad_lines(data: bytes) -> Iterator[int]:
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            if line.strip() and not isinstance(json.loads(line), dict):
                yield number
        except (ValueError, RecursionError):
            yield number
