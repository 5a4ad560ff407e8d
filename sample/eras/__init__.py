"""The templates that the site has had, one module each.

Every module has ``question(doc)``, the content of a question page, and ``frame(frame,
content)``, the page around any content.
"""

from __future__ import annotations

from types import ModuleType

from . import divs, images, plain, printer, republic, tables, xhtml

ERAS: dict[str, ModuleType] = {
    "tables": tables,
    "images": images,
    "divs": divs,
    "xhtml": xhtml,
    "republic": republic,
    "printer": printer,
    "plain": plain,
}
