"""The tables of words, and the patterns that they make."""

from __future__ import annotations

import pytest

from parsers.words.phrases import check_phrase
from parsers.words.vocabulary import KINDS, LANGUAGES, is_known, vocabulary

_EVERYWHERE = ("question", "answer", "response", "letter", "closing", "faq", "footer", "section")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_are_whole(language: str) -> None:
    table = LANGUAGES[language]
    assert set(table) <= set(KINDS)
    assert set(_EVERYWHERE) <= set(table)
    for phrases in table.values():
        assert all(check_phrase(phrase) for phrase in phrases)


@pytest.mark.parametrize(
    ("language", "question", "answer"),
    [("en", "Your question #7:", "A1. Yes"), ("de", "Leserfrage", "Antwort der Redaktion"),
     ("fr", "Votre question :", "Réponses"), ("es", "Consulta", "Respuesta 2"),
     ("it", "Domanda", "R: Sì"), ("pt", "Dúvidas", "Resposta"), ("nl", "Vraag 3", "Antwoord")],
)  # fmt: skip
def test_labels_by_language(language: str, question: str, answer: str) -> None:
    label = vocabulary(language).label
    for text, kind in ((question, "question"), (answer, "answer")):
        match = label.match(text)
        assert match is not None
        assert match[kind], text


def test_tags_of_languages() -> None:
    assert is_known("de-AT")
    assert is_known("PT_br")
    assert not is_known("")
    assert vocabulary("de-AT").label is vocabulary("de").label
    assert vocabulary("tlh").label is vocabulary("").label


def test_a_declaration_adds_to_the_words() -> None:
    words = vocabulary("en", {"footer": ("the small print",)})
    assert words.footer.match("The small print of it")
    assert words.footer.match("Copyright")
    assert not vocabulary("en").footer.match("The small print of it")


@pytest.mark.parametrize("language", [*LANGUAGES, ""])
def test_no_label_is_missed_by_its_first_letters(language: str) -> None:
    words = vocabulary(language)
    for kind in ("question", "answer", "response", "more", "title", "topic"):
        for phrase in words.phrases(kind):
            text = phrase.replace("[", "").replace("]", "").partition("|")[0]
            if "(" not in text and words.label.match(text):
                assert text[:2].lower() not in words.no_label
