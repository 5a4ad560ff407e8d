"""Shell: being written."""

from parsers.page.opened import OpenPage


def is_script_shell(page: OpenPage) -> bool:
    """Nothing yet."""
    return False
