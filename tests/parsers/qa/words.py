"""The words of NetWellness: English, and what its declaration adds."""

from __future__ import annotations

from parsers.sites.declaration import BUILT_IN
from parsers.words.vocabulary import vocabulary

_SITE = next(site for site in BUILT_IN if site.name == "netwellness")
NETWELLNESS = vocabulary(_SITE.language, _SITE.labels)
