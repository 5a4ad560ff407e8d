"""Pages whose parts have labels: four languages, letters, pairs, FAQs, HTML and text."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.page.opened import OpenPage
from parsers.qa.labels import LABEL_TESTS
from parsers.readers.best import undeclared
from parsers.readers.candidate import Candidate
from parsers.readers.labelled import read_labelled
from parsers.records import Capture
from parsers.sites.declaration import read_declaration
from parsers.sites.site import Site

_URL = "https://clinic.example/ask/7"
_ADVICE = "It is as well to rest for some days and to drink a lot, as many people have learnt."
_MENU = "<ul><li><a href='/'>Home</a><li><a href='/news'>News</a></ul>"
_DECLARED = """
name = "clinic"
hosts = ["clinic.example"]
questions = ["/ask/{id}"]
"""


def read(
    body: str, *, lang: str = "", title: str = "Clinic", site: Site | None = None
) -> tuple[Candidate, ...]:
    """The reading of a page of HTML."""
    head = f"<html{f' lang={lang}' if lang else ''}><head><title>{title}</title></head>"
    return opened(f"{head}<body>{_MENU}{body}</body></html>", "text/html; charset=utf-8", site)


def read_text(text: str) -> tuple[Candidate, ...]:
    """The reading of a text rendering."""
    return opened(text, "text/plain; charset=utf-8")


def opened(text: str, content_type: str, site: Site | None = None) -> tuple[Candidate, ...]:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    capture = Capture(_URL, now, text.encode(), content_type, 200, "file", "urn:x")
    return read_labelled(OpenPage(capture, LABEL_TESTS), site or undeclared(_URL)[0])


def only(candidates: Sequence[Candidate]) -> Candidate:
    (candidate,) = candidates
    return candidate


def texts(candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    return [(each.question, each.answers[0].text) for each in candidates]


def experts(candidate: Candidate) -> list[tuple[str, tuple[str, ...], str | None]]:
    people = [person for answer in candidate.answers for person in answer.responders]
    return [(person.name, person.credentials, person.title) for person in people]


# One question, in several languages -------------------------------------------------------

_LANGUAGES = [
    ("en", "Question:", "Answer:", "— Jane Roe, MD", ("Jane Roe", ("MD",), None)),
    ("de", "Frage:", "Antwort:", "Dr. med. Hans Muster, Facharzt für Innere Medizin",
     ("Hans Muster", ("Dr. med.",), "Facharzt für Innere Medizin")),
    ("fr", "Votre question :", "Réponse :", "Dr Jean Petit, cardiologue",
     ("Jean Petit", ("Dr",), "cardiologue")),
    ("es", "Pregunta:", "Respuesta:", "Dra. Ana García, neumóloga",
     ("Ana García", ("Dra.",), "neumóloga")),
    ("it", "Domanda:", "Risposta:", "Dott.ssa Maria Rossi, psicologa",
     ("Maria Rossi", ("Dott.ssa",), "psicologa")),
    ("pt", "Pergunta:", "Resposta:", "Dra. Ana Souza, pneumologista",
     ("Ana Souza", ("Dra.",), "pneumologista")),
    ("nl", "Vraag:", "Antwoord:", "Dr. Piet Jansen, longarts",
     ("Piet Jansen", ("Dr.",), "longarts")),
]  # fmt: skip


@pytest.mark.parametrize("form", ["<h2>{}</h2><p>{}</p>", "<p><b>{}</b> {}</p>"])
@pytest.mark.parametrize("says_language", [True, False])
@pytest.mark.parametrize(("lang", "question", "answer", "signature", "expert"), _LANGUAGES)
def test_labels_in_several_languages(
    form: str,
    says_language: bool,
    lang: str,
    question: str,
    answer: str,
    signature: str,
    expert: tuple[str, tuple[str, ...], str | None],
) -> None:
    body = (
        "<h1>Pola pola</h1>" + form.format(question, "Kero lumi saba?")
        + form.format(answer, "Lumi kero.") + f"<p>{_ADVICE}</p><p>{signature}</p>"
    )  # fmt: skip
    candidate = only(read(body, lang=lang if says_language else ""))
    assert candidate.title == "Pola pola"
    assert texts([candidate]) == [("Kero lumi saba?", f"Lumi kero.\n\n{_ADVICE}")]
    assert experts(candidate) == [expert]


@pytest.mark.parametrize(
    ("label", "expert"),
    [
        ("Antwort von Dr. med. Hans Muster:", ("Hans Muster", ("Dr. med.",), None)),
        ("Beantwortet von Prof. Dr. Anna Berg:", ("Anna Berg", ("Prof. Dr.",), None)),
        ("Réponse du Dr Jean Petit :", ("Jean Petit", ("Dr",), None)),
        ("Respuesta de la Dra. Ana García:", ("Ana García", ("Dra.",), None)),
        ("Dr. Jane Roe replies:", ("Jane Roe", ("Dr.",), None)),
    ],
)
def test_who_answers_may_be_named_above_the_answer(
    label: str, expert: tuple[str, tuple[str, ...], str | None]
) -> None:
    word = "Question" if label[0] in "RD" and "Re" not in label else "Frage"
    word = "Pregunta" if "Respuesta" in label else word
    body = f"<h1>Kero</h1><h2>{word}</h2><p>Kero lumi?</p><h2>{label}</h2><p>{_ADVICE}</p>"
    candidate = only(read(body))
    assert texts([candidate]) == [("Kero lumi?", _ADVICE)]
    assert experts(candidate) == [expert]


@pytest.mark.parametrize(
    ("lang", "labels", "line", "day"),
    [
        ("en", ("Question", "Answer"), "Posted on May 4, 2019 by Jane Roe, MD", "2019-05-04"),
        ("en", ("Question", "Answer"), "Published: 5/4/2019", "2019-05-04"),
        ("en-GB", ("Question", "Answer"), "Published: 4/5/2019", "2019-05-04"),
        ("de", ("Frage", "Antwort"), "Veröffentlicht am 4. Mai 2019", "2019-05-04"),
        ("de", ("Frage", "Antwort vom 04.05.2019"), "Köln", "2019-05-04"),
        ("fr", ("Question", "Réponse"), "Publié le 4 mai 2019", "2019-05-04"),
        ("es", ("Pregunta", "Respuesta"), "Revisado: 4 de mayo de 2019", None),
    ],
)
def test_the_day_of_an_answer(
    lang: str, labels: tuple[str, str], line: str, day: str | None
) -> None:
    body = (
        f"<h1>Kero</h1><p>{line}</p><h2>{labels[0]}</h2><p>Kero lumi?</p>"
        f"<h2>{labels[1]}</h2><p>{_ADVICE}</p>"
    )
    candidate = only(read(body, lang=lang))
    assert texts([candidate]) == [("Kero lumi?", _ADVICE)]
    answered_on = candidate.answers[0].answered_on
    assert (answered_on and answered_on.isoformat()) == day


def test_who_wrote_the_page_answers() -> None:
    body = f"<h2>Question</h2><p>May I run?</p><h2>Answer</h2><p>{_ADVICE}</p>"
    above = "<p>May 4, 2019 by <a href=/roe>Jane Roe, MD</a></p>"
    below = "<div><h4>About Jane Roe, MD</h4></div>"
    for page in (f"<h1>Colds</h1>{above}{body}", f"<h1>Colds</h1>{body}{below}"):
        assert experts(only(read(page))) == [("Jane Roe", ("MD",), None)]
    reviewer = "<p>Medically reviewed by Jane Roe, MD</p>"
    assert experts(only(read(f"<h1>Colds</h1>{reviewer}{body}"))) == []


def test_who_answers_and_the_answer_may_stand_in_one_line() -> None:
    body = (
        "<h1>Husten</h1><p>Leserfrage von Anna (34): Kero lumi?</p>"
        f"<p>Antwort von Prof. Dr. Anna Berg: {_ADVICE}</p><p>Impressum</p>"
    )
    candidate = only(read(body, lang="de"))
    assert texts([candidate]) == [("Kero lumi?", _ADVICE)]
    assert experts(candidate) == [("Anna Berg", ("Prof. Dr.",), None)]


def test_a_column_names_who_answers_and_no_more() -> None:
    body = (
        "<h2>A cold for weeks</h2><p><i>I have coughed for two weeks now. Is that long?</i></p>"
        f"<p>{_ADVICE}</p><p><b>Answered by:</b> Jane Roe, MD</p>"
    )
    assert read(f"<h1>News</h1>{body}") == ()
    candidate = only(read(f"<h1>Ask the Expert</h1>{body}"))
    assert candidate.title == "A cold for weeks"
    assert texts([candidate]) == [("I have coughed for two weeks now. Is that long?", _ADVICE)]
    assert candidate.confidence < 0.8
    assert "change of type" in candidate.warnings[0]


def test_a_declaration_adds_words() -> None:
    body = f"<h1>Kero</h1><h2>Ersi</h2><p>Kero lumi?</p><h2>Vastus</h2><p>{_ADVICE}</p>"
    labels = '[labels]\nquestion = ["[the] ersi"]\nanswer = ["vastus"]\n'
    assert read(body) == ()
    site = read_declaration(_DECLARED + labels, "clinic.toml")
    assert texts(read(body, site=site)) == [("Kero lumi?", _ADVICE)]


def test_answers_with_a_label_each_are_several() -> None:
    body = (
        "<h1>May I run?</h1><h2>Question</h2><p>I have a cold.</p>"
        f"<h2>Answer 1</h2><p>{_ADVICE}</p><p>Jane Roe, MD</p>"
        f"<h2>Answer 2</h2><p>No, and {_ADVICE}</p><p>John Poe, RN</p>"
    )
    candidate = only(read(body))
    assert candidate.title == "May I run?"
    assert [answer.text for answer in candidate.answers] == [_ADVICE, f"No, and {_ADVICE}"]
    assert [name for name, _, _ in experts(candidate)] == ["Jane Roe", "John Poe"]


# Letters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letter", "signature", "reply"),
    [
        ("Dear Dr. Roe,", "Signed,<br>Worried in Ohio", "Dear Worried,"),
        ("Dear Doctor:", "Sincerely, Carl", "Dear Carl:"),
        ("Guten Tag Herr Dr. Muster,", "Freundliche Grüße<br>Eine Leserin", "Liebe Leserin,"),
        ("Cher docteur,", "Cordialement,<br>Inquiète de Lyon", "Chère Inquiète,"),
        ("Estimada doctora:", "Atentamente,<br>Preocupada", "Querida Preocupada:"),
    ],
)  # fmt: skip
def test_a_letter_and_its_reply(letter: str, signature: str, reply: str) -> None:
    body = (
        f"<h1>A cough that stays</h1><p>{letter}</p><p>I have coughed for weeks.</p>"
        f"<p>{signature}</p><p>{reply}</p><p>{_ADVICE}</p><p>— Jane Roe, MD</p><p>Copyright</p>"
    )
    candidate = only(read(body))
    signed = signature.replace("<br>", "\n")
    assert candidate.title == "A cough that stays"
    assert candidate.question == f"{letter}\n\nI have coughed for weeks.\n\n{signed}"
    assert candidate.answers[0].text == f"{reply}\n\n{_ADVICE}"
    assert experts(candidate) == [("Jane Roe", ("MD",), None)]


def test_letters_that_are_one_line_each() -> None:
    body = "".join(
        f"<h2>Colds</h2><p>Dear Dr. Roe: I cough. — {name}, Ohio</p><p>Dear {name}: {_ADVICE}</p>"
        for name in ("Carla", "Dorian")
    )
    assert texts(read(body)) == [
        (f"Dear Dr. Roe: I cough. — {name}, Ohio", f"Dear {name}: {_ADVICE}")
        for name in ("Carla", "Dorian")
    ]


def test_greetings_among_friends_are_no_letters() -> None:
    posts = "".join(f"<p>Hi Anna,</p><p>{_ADVICE}</p><p>See you, Bert</p>" for _ in range(3))
    assert read(f"<h1>Colds</h1>{posts}") == ()


# Several questions ------------------------------------------------------------------------


def _pairs(form: str) -> str:
    return "".join(form.format(n=n, q=f"How long is cold {n}?", a=_ADVICE) for n in range(4))


@pytest.mark.parametrize(
    ("form", "anchor"),
    [
        ("<p id=q{n}><b>Q:</b> {q}</p><p><b>A:</b> {a}</p>", "q{}"),
        ("<h3><a name=q{n}></a>Q{n}: {q}</h3><p>A{n}: {a}</p>", "q{}"),
        ("<div><p><b>Question {n}:</b> {q}</p><p><b>Answer:</b> {a}</p></div>", ""),
        ("<p><b>F:</b> {q}</p><p><b>A:</b> {a}</p>", ""),
        ("<p><b>P:</b> {q}</p><p><b>R:</b> {a}</p>", ""),
        ("<details id=d{n}><summary>{q}</summary><p>{a}</p></details>", "d{}"),
        ("<h3 id=h{n}>{q}</h3><p>{a}</p>", "h{}"),
        ("<h3><button aria-controls=p{n}>{q}</button></h3><div id=p{n} hidden>{a}</div>", ""),
        ("<p><strong>{q}</strong></p><p>{a}</p>", ""),
        ("<dl><dt id=t{n}>{q}<dd>{a}</dl>", "t{}"),
        ("<p><b>Q: {q}</b></p><p>{a}</p>", ""),
        ("<p><b>Q.</b> {q}<br><b>A.</b> {a}</p>", ""),
    ],
)
def test_each_question_of_a_page_is_one(form: str, anchor: str) -> None:
    candidates = read(f"<h1>Colds</h1>{_pairs(form)}<p>Copyright 2020</p>")
    assert texts(candidates) == [(f"How long is cold {n}?", _ADVICE) for n in range(4)]
    assert [each.title for each in candidates] == [f"How long is cold {n}?" for n in range(4)]
    assert [each.anchor for each in candidates] == [anchor.format(n) for n in range(4)]


def test_two_questions_are_enough_where_a_heading_says_so() -> None:
    two = f"<h2>May I run?</h2><p>{_ADVICE}</p><h2>How long?</h2><ul><li>A day<li>A week</ul>"
    end = "<h2>Contact</h2><p>Write to us about whatever you like to have on this page.</p>"
    assert read(f"<h1>Colds</h1>{two}{end}") == ()
    candidates = read(f"<h1>Frequently asked questions</h1>{two}{end}")
    assert texts(candidates) == [("May I run?", _ADVICE), ("How long?", "- A day\n- A week")]


def test_an_article_is_no_page_of_questions() -> None:
    paragraphs = f"<p>{_ADVICE}</p>" * 3
    asked = f"<h2>What is a cold?</h2>{paragraphs}"
    plain = f"<h2>Symptoms of it</h2>{paragraphs}"
    assert read(f"<h1>Is a cold bad?</h1>{paragraphs}") == ()
    assert read(f"<h1>Colds</h1>{(asked + plain) * 4}") == ()


def test_the_titles_of_posts_are_no_questions() -> None:
    posts = "".join(f"<h3>Re: How long is a cold?</h3><p>{_ADVICE}</p>" for _ in range(5))
    assert read(f"<h1>How long is a cold?</h1><h3>How long is a cold?</h3>{posts}") == ()


def test_an_index_of_questions_is_none() -> None:
    items = "".join(
        f"<h3><a href='/ask/{n}'>How long is cold {n}?</a></h3><p>{_ADVICE}</p>" for n in range(5)
    )
    assert read(f"<h1>Questions and answers</h1>{items}") == ()


# Text renderings --------------------------------------------------------------------------


def test_labels_in_text() -> None:
    text = f"Colds\n\nQuestion:\nMay I run with a cold?\n\nAnswer:\n{_ADVICE}\n\n— Jane Roe, MD\n"
    candidate = only(read_text(text))
    assert texts([candidate]) == [("May I run with a cold?", _ADVICE)]
    assert experts(candidate) == [("Jane Roe", ("MD",), None)]
    assert candidate.confidence < 1
    assert candidate.warnings


def test_pairs_in_text() -> None:
    text = "Colds\n\nQ: How long is it?\nA: It is long.\n\nQ: May I run?\nA: You may.\nRest.\n\n©"
    assert texts(read_text(text)) == [
        ("How long is it?", "It is long."),
        ("May I run?", "You may.\nRest."),
    ]


def test_a_letter_in_text() -> None:
    text = f"Dear Dr. Roe:\nI cough. Why?\n-- Coughing Carl\n\nDear Carl:\n{_ADVICE}\nJane Roe, MD"
    candidate = only(read_text(text))
    assert candidate.title == "I cough. Why?"
    assert candidate.answers[0].text == f"Dear Carl:\n{_ADVICE}"


def test_frequently_asked_questions_in_text() -> None:
    text = (
        f"FAQ\n\nHow long is a cold?\n\n{_ADVICE}\n\nMay I run with it?\n\n{_ADVICE}\n\nCopyright"
    )
    candidates = read_text(text)
    assert [each.title for each in candidates] == ["How long is a cold?", "May I run with it?"]
    assert all(each.confidence < 1 and each.warnings for each in candidates)


# Every page -------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    ("<p>Question:</p>", "<p>Answer:</p>", "<b>Q:</b> ", "<b>A:</b> ", "<h2>", "</h2>",
     "<h1>FAQ</h1>",
     "<dl><dt>", "<dd>", "</dl>", "Why is it so?", "So it is.", "<p>", "</p>", "<li>", "<div>",
     "</div>", "Dear Dr. Roe,", "Dear Carl,", "Signed, Carl", "Jane Roe, MD", "<summary>",
     "<h3><button>", "</button></h3>", "Dr. Roe replies:", "<a name=x>", "&amp;", "Frage: ",
     "<p>Response by:</p>", "<p>For more information:</p>", "<footer>", "Copyright", " ", "\n")
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40))
def test_no_page_is_too_odd_and_no_word_is_invented(pieces: list[str]) -> None:
    candidates = read("".join(pieces))
    shown = "".join(re.sub("<[^>]*>", "", "".join(pieces)).split())
    for each in candidates:
        assert each.title.strip()
        assert each.question.strip()
        assert all(answer.text.strip() for answer in each.answers)
        assert 0 < each.confidence <= 1
        assert each.confidence == 1 or each.warnings
        for text in (each.question, *(answer.text for answer in each.answers)):
            for word in text.replace("&", "&amp;").split():
                assert word in shown or word == "-"


_MANY = (
    "<p>Q: a?</p><p>A: b</p>", "<h2>Why so?</h2>", "<dt>Why so?<dd>x", "<p>Dear Dr. Roe,</p>",
    "<p>Dear Dr. Roe,</p><p>x</p><p>Signed, Carl</p><p>Dear Carl,</p><p>y</p>",
    "<div>Why so?</div>",
    "<h3><button>Why so?</button></h3>", "<a id=x>", "<p>Dr. Roe replies:</p>", "Dr. ",
    "<h2 id=x>Why so?</h2><p>x</p>", "<div>",
)  # fmt: skip


@pytest.mark.slow
def test_time_grows_with_the_size_of_a_page_alone() -> None:
    """Each of these would take many minutes otherwise; a process of its own can be ended."""
    code = (
        "from tests.parsers.readers.test_labelled import _MANY, read\n"
        "for piece in _MANY:\n"
        "    print(repr(piece), flush=True)\n"
        "    many = piece * (100_000 // len(piece))\n"
        "    for body in (many, f'<h1>FAQ</h1>{many}', f'<p>Q: a?</p><p>A: {many}'):\n"
        "        read(body)\n"
    )
    subprocess.run([sys.executable, "-c", code], timeout=240, check=True)
