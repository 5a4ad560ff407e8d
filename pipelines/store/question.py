"""A question as a batch finds it, and what the batch adds. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pipelines.db.changeset import PageText
from pipelines.db.rules import Key
from pipelines.store.history import Sighting, Summary, match_text_versions


@dataclass
class Question:
    """A question that the batch touches: as stored, and with what the batch adds.

    ``stored`` are the sightings that each of its pages was current in before.
    """

    id: int
    key: Key
    stored: tuple[Sighting, ...] = ()
    gone_at: str | None = None
    sightings: list[Sighting] = field(default_factory=list)
    #: ids of its versions by part and digest; of each by id, the digest of its words and the
    #: hashes of its members
    versions: dict[tuple[int, str], int] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    members: dict[int, tuple[str, ...]] = field(default_factory=dict)
    renamed: set[int] = field(default_factory=set)
    new_versions: dict[int, PageText] = field(default_factory=dict)
    #: by the id of the capture that holds them, the pages that the batch brings
    pages: dict[int, PageText] = field(default_factory=dict)
    sighted: bool = False
    #: the stored versions that no capture has any more, each with the one that took its place
    replaced: dict[int, int] = field(default_factory=dict)

    def has_one_page(self, summary: Summary) -> bool:
        """Whether it was shown from one page, and is."""
        return len(self.stored) == len(summary.shown) == 1

    def has_same_text(self, summary: Summary) -> bool:
        """Whether its rows have the text that it is to show. Of several pages, that is left
        open: one may have dropped out, or come back."""
        if not self.has_one_page(summary):
            return False
        return self.stored[0].version_id == summary.current.version_id

    def add(self, sighting: Sighting) -> None:
        """Add a sighting that the batch has of it."""
        self.sightings.append(sighting)
        self.sighted = True

    def add_text(self, text: PageText, next_id: int) -> int:
        """Add a text that the batch has of it.

        Of members who are called by other names now and say the same, one list of hashes is
        kept, whichever came first.

        :param next_id: the id of its version, if that is new
        :returns: the id of its version
        """
        version = self.versions.setdefault((text.page.part, text.digest), next_id)
        if version == next_id:
            self.words[version], self.members[version] = text.words, text.members
            self.new_versions[version] = text
        elif text.members < self.members[version]:
            self.members[version] = text.members
            self.renamed.add(version)
        return version

    def match_text_versions(self) -> list[tuple[int, int, int]]:
        """Move text renderings to the versions that they attest; all its pages are in.

        See :func:`pipelines.store.history.match_text_versions`.

        :returns: the captures that moved, each with its former version and its version
        """
        html = {each.version_id for each in self.sightings if each.evidence_rank.is_html}
        if not html or all(each.evidence_rank.is_html for each in self.sightings):
            return []
        targets: dict[int, int] = {}
        for part in {part for part, _ in self.versions}:
            of_part = {digest: id_ for (at, digest), id_ in self.versions.items() if at == part}
            targets |= match_text_versions(of_part, self.words, html)
        moved = []
        for at, sighting in enumerate(self.sightings):
            target = targets[sighting.version_id]
            if not sighting.evidence_rank.is_html and target != sighting.version_id:
                self.sightings[at] = replace(sighting, version_id=target)
                moved.append((sighting.capture_id, sighting.version_id, target))
        in_use = {sighting.version_id for sighting in self.sightings}
        for key, version in list(self.versions.items()):
            if version not in in_use:
                del self.versions[key]
                if self.new_versions.pop(version, None) is None:
                    self.replaced[version] = targets[version]
        return moved
