"""What a page calls the places of its texts."""

from __future__ import annotations

from lxml import html

from parsers.page.anchors import anchors_of


def anchors(source: str, *texts: str) -> list[str]:
    return anchors_of(html.document_fromstring(source), texts)


def test_an_id_at_a_text_or_around_it() -> None:
    assert anchors("<h2 id=a>One two</h2><p>x</p>", "One two") == ["a"]
    assert anchors("<div id=a><h2><b>One</b> two</h2><p>x</p></div>", "One two") == ["a"]
    assert anchors("<div id=a><h2 id=b>One two</h2></div>", "One two") == ["b"]
    assert anchors("<p>x</p><a name=a></a><h2>One two</h2>", "One two") == ["a"]
    assert anchors("<div id=a><p>x</p><h2>One two</h2></div>", "One two") == [""]
    assert anchors("<script>One two</script><p id='a b'>One two</p>", "One two") == [""]


def test_a_list_of_the_texts_at_the_top_is_passed_over() -> None:
    top = "<ul id=top><li><a href=#a>One</a><li><a href=#b>Two</a></ul>"
    assert anchors(f"{top}<h2 id=a>One</h2><h2 id=b>Two</h2>", "One", "Two") == ["a", "b"]


def test_no_tree_and_texts_that_are_not_there() -> None:
    assert anchors_of(None, ["One"]) == [""]
    assert anchors("<p id=a>One</p>", "Two", "One") == ["", "a"]
