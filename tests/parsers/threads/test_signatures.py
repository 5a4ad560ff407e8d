"""What stands under posts and is none of their text."""

from __future__ import annotations

from parsers.threads.signatures import without_signatures

_SAYING = "I would give it a week and see."
_BUTTON = "Please log in to thank the author of this post."


def test_what_stands_under_all_posts_is_no_text_of_theirs() -> None:
    texts = [f"Text number {n}.\n\n{_BUTTON}" for n in range(5)]
    plain = without_signatures(texts, [f"member {n}" for n in range(5)])
    assert plain == [f"Text number {n}." for n in range(5)]


def test_what_several_people_say_is_kept() -> None:
    texts = [f"Text number {n}." + (f"\n\n{_SAYING}" if n % 2 else "") for n in range(10)]
    assert without_signatures(texts, [f"member {n}" for n in range(10)]) == texts


def test_what_one_person_says_twice_is_kept() -> None:
    texts = [f"Text number {n}.\n\n{_SAYING}" for n in range(2)] + ["Another text."] * 3
    assert without_signatures(texts, ["jo", "jo", "kim", "kim", "kim"]) == texts


def test_a_signature_behind_a_line_of_strokes_is_cut() -> None:
    texts = ["It clicks.\n__________\nJo, 54, two bad knees", "Rest it."]
    assert without_signatures(texts, ["jo", "kim"]) == ["It clicks.", "Rest it."]
