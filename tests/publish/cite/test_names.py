"""Names: what may be inverted is, and nothing else."""

from __future__ import annotations

import pytest

from publish.cite.names import split_name


@pytest.mark.parametrize(
    ("printed", "inverted", "initials"),
    [
        ("Maria Lindqvist", "Lindqvist, Maria", "M."),
        ("Arthur T Ollendorff", "Ollendorff, Arthur T", "A. T."),
        ("J.R. O'Neill", "O'Neill, J.R.", "J. R."),
        ("Jean-Paul Sartre", "Sartre, Jean-Paul", "J.-P."),
        ("Anna van der Berg", "van der Berg, Anna", "A."),
        ("Juan de la Cruz", "de la Cruz, Juan", "J."),
        ("John Smith, Jr.", "Smith, John, Jr.", "J."),
        ("John Q Smith III", "Smith, John Q, III", "J. Q."),
        ("Zoë Ångström", "Ångström, Zoë", "Z."),
        # A mark that combines is part of its letter.
        ("Zoe\u0308 Ross", "Ross, Zoe\u0308", "Z."),
        ("van Gogh", "Gogh, van", "v."),
    ],
)
def test_people(printed: str, inverted: str, initials: str) -> None:
    name = split_name(printed)
    assert name.is_person
    assert (name.inverted, name.initials) == (inverted, initials)


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "Madonna",
        "NetWellness Staff",
        "Center for Sleep Medicine",
        "Lindqvist, Maria",
        "A group of seven names is too long",
        "<script>alert(1)</script> Smith",
        "Smith 2",
        "- Smith",
        "x and",
    ],
)
def test_what_is_no_usual_name_stays_whole(printed: str) -> None:
    name = split_name(printed)
    if printed == "x and":  # two words of letters: nobody can know
        assert name.inverted == "and, x"
    else:
        assert not name.is_person
        assert name.inverted == name.straight == printed


def test_straight_names_are_as_one_says_them() -> None:
    assert split_name("John Smith, Jr.").straight == "John Smith Jr."
    assert split_name("Anna van der Berg").straight == "Anna van der Berg"
