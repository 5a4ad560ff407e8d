"""The model: from the package's folder, without its code, without the network."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from publish.semantic import model
from tests.conftest import ROOT

WITHOUT_NETWORK = """
import socket, sys
def refuse(*arguments, **more):
    raise AssertionError("the network was asked for")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
from publish.semantic.model import load
print(load().embed(["asthma"]).shape)
print(sorted({"wordllama", "requests", "huggingface_hub", "httpx"} & set(sys.modules)))
"""
AT_START = """
import sys
import publish.semantic
import publish.semantic.model
print(sorted({"tokenizers", "safetensors", "wordllama"} & set(sys.modules)))
"""


def python(source: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_nothing_is_loaded_before_it_is_needed() -> None:
    assert python(AT_START) == ["[]"]


def test_it_loads_without_network_and_without_the_packages_code() -> None:
    assert python(WITHOUT_NETWORK) == ["(1, 256)", "[]"]


def test_near_in_meaning_is_near_in_vectors() -> None:
    car, automobile, banana = model.load().embed(["my car broke down", "automobile", "a banana"])
    assert car @ automobile > car @ banana + 0.1
    assert car @ car == pytest.approx(1, abs=1e-5)


def test_a_vector_does_not_depend_on_its_neighbours() -> None:
    loaded = model.load()
    alone = loaded.embed(["gums"])
    beside = loaded.embed(["gums", "a much longer text about something else " * 50, ""])
    assert (alone[0] == beside[0]).all()
    assert not beside[2].any()


@pytest.mark.parametrize(
    "text", ["\0", "\ud800", "\U0001f600", " \t\n", "𝔞\u202e\u0301", '"*(^NEAR', "z" * 1_000_000]
)
def test_no_text_is_too_odd(text: str) -> None:
    vector = model.load().embed([text])[0]
    assert vector.shape == (model.SIZE,)
    assert not vector.any() or vector @ vector == pytest.approx(1, abs=1e-4)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "find_spec", lambda name: None)
    with pytest.raises(model.NoModel, match="pip install -r requirements"):
        model.load.__wrapped__()


def test_a_package_without_its_files_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = ModuleSpec("wordllama", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(model, "find_spec", lambda name: spec)
    with pytest.raises(model.NoModel, match="has no model that can be read"):
        model.load.__wrapped__()
