"""JSON-LD and the links of the header: right, and not to be broken out of."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from publish.cite.block import citation_context, data_block, jsonld, link_header
from publish.cite.record import Citation, cite
from tests.publish.cite.rows import (
    BASE,
    DIGEST,
    HOSTILE_TEXT,
    RECORD,
    TODAY,
    answer,
    hostile,
    person,
    source,
)
from tests.publish.cite.rows import question as row

ADDRESS = f"{BASE}/q/netwellness/29280"
LINK = re.compile(r'<([^<>" ]+)>; rel="([a-z-]+)"(?:; type="([a-z.+/-]+)")?')


def qapage(*names: str, **changes: Any) -> dict[str, Any]:
    asked = row(*names, **changes)
    return jsonld(cite(asked, BASE, TODAY), asked, BASE)


def test_a_question_is_a_qapage() -> None:
    people = [person("Maria Lindqvist", "MD, PhD", "University of Cincinnati")]
    read = qapage(responders=people, question="Is it?", answer="It is.")
    assert read["@type"] == "QAPage"
    assert read["url"] == read["archivedAt"] == ADDRESS
    assert read["isBasedOn"] == "http://www.netwellness.org/question.cfm/29280.htm"
    assert [identifier["value"] for identifier in read["identifier"]] == [RECORD, DIGEST]
    entity = read["mainEntity"]
    assert entity["@type"] == "Question"
    assert (entity["name"], entity["text"]) == ("Waking before dawn", "Is it?")
    assert entity["answerCount"] == 1
    answer = entity["acceptedAnswer"]
    assert (answer["text"], answer["dateCreated"]) == ("It is.", "2004-05-17")
    assert answer["author"] == [
        {
            "@type": "Person",
            "name": "Maria Lindqvist",
            "honorificSuffix": "MD, PhD",
            "affiliation": {"@type": "Organization", "name": "University of Cincinnati"},
            "url": f"{BASE}/responder/5",
        }
    ]


def test_a_question_without_an_answer_has_none() -> None:
    entity = qapage(answers=[], title="")["mainEntity"]
    assert entity["answerCount"] == 0
    assert "acceptedAnswer" not in entity
    assert entity["name"] == "Unanswered question no. 29280"


def test_a_thread_has_accepted_and_suggested_answers_and_no_name_of_a_member() -> None:
    answers = [
        answer("Mine too.", author="member 2", score=3, url="http://forum.example/t#2"),
        answer("It is.", person("Ann Lee", "RN"), position=2),
        answer("Thanks!", author="Private Person", position=3, accepted=1, answered_on=None),
    ]
    entity = qapage(answers=answers, asker="member 1", asked_on="2004-05-16")["mainEntity"]
    assert (entity["answerCount"], entity["dateCreated"]) == (3, "2004-05-16")
    assert entity["acceptedAnswer"]["text"] == "Thanks!"
    first, second = entity["suggestedAnswer"]
    assert (first["upvoteCount"], first["url"]) == (3, f"{ADDRESS}#answer-1")
    assert first["isBasedOn"] == "http://forum.example/t#2"
    assert [author["name"] for author in second["author"]] == ["Ann Lee"]
    assert "member" not in json.dumps(entity)
    assert "Private Person" not in json.dumps(entity)


class _Block(HTMLParser):
    """What a browser takes for the text of the first script."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(HOSTILE_TEXT, HOSTILE_TEXT)
def test_no_text_ends_the_data_block(question: str, answer: str) -> None:
    value = qapage(title=question, question=question, answer=answer)
    block = str(data_block(value))
    assert not set("<>&\u2028\u2029\n\r") & set(block)
    assert json.loads(block) == value
    page = _Block()
    page.feed(f'<script type="application/ld+json">{block}</script>')
    assert page.tags == ["script"]
    assert json.loads(page.text) == value


def test_signposts() -> None:
    links = LINK.findall(link_header(source("Ann Lee"), BASE, "/archive/questions/3.json"))
    assert links == [
        (ADDRESS, "cite-as", ""),
        (f"{ADDRESS}/cite.bib", "describedby", "application/x-bibtex"),
        (f"{ADDRESS}/cite.ris", "describedby", "application/x-research-info-systems"),
        (f"{ADDRESS}/cite.json", "describedby", "application/vnd.citationstyles.csl+json"),
        ("https://schema.org/QAPage", "type", ""),
        (f"{BASE}/archive/questions/3.json", "item", "application/json"),
        (f"{BASE}/about#rights", "license", ""),
        (f"{BASE}/responder/5", "author", ""),
        ("http://www.netwellness.org/question.cfm/29280.htm", "original", ""),
    ]


@given(hostile())
def test_the_header_is_a_list_of_links_whatever_the_text(citation: Citation) -> None:
    header = link_header(citation, BASE, "/archive/questions/3.json")
    assert header.isascii()
    assert header.isprintable()
    links = list(LINK.finditer(header))
    assert ", ".join(link[0] for link in links) == header


def test_the_header_stays_short() -> None:
    long = source(*["Ann Lee"] * 500, url="http://x.example/" + "a" * 100_000)
    assert len(link_header(long, BASE, "/archive/questions/3.json")) < 2000
    assert 'rel="original"' not in link_header(long, BASE, "/archive/questions/3.json")


@given(st.data())
def test_the_block_of_a_page_is_made_of_any_text(data: st.DataObject) -> None:
    texts = {name: data.draw(HOSTILE_TEXT) for name in ("title", "question", "answer")}
    made = citation_context(row("Ann Lee", **texts), BASE, TODAY)
    assert made["address"] == ADDRESS
    assert [download["path"] for download in made["downloads"]] == [
        f"/q/netwellness/29280/cite.{end}" for end in ("bib", "ris", "json")
    ]
