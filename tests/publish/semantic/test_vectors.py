"""Vectors in a file: what is lost in a byte, what is nearest, what a damaged file does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from publish.semantic import VectorsError
from publish.semantic.model import SIZE
from publish.semantic.vectors import DIGEST_BYTES, Vectors, concatenate, pack, read, write


def random_vectors(count: int, seed: int = 1) -> tuple[Vectors, np.ndarray]:
    """Vectors in random directions, packed, and as they were."""
    random = np.random.default_rng(seed)
    whole = random.normal(size=(count, SIZE)).astype(np.float32)
    whole /= np.linalg.norm(whole, axis=1, keepdims=True)
    digests = np.frombuffer(random.bytes(count * DIGEST_BYTES), dtype=f"V{DIGEST_BYTES}")
    return pack(np.arange(1, count + 1), digests, whole), whole


def test_a_byte_keeps_the_cosine() -> None:
    vectors, whole = random_vectors(3000)
    exact = whole @ whole[0]
    cosines = (vectors.bytes.astype(np.float32) @ whole[0]) * vectors.scale
    assert np.abs(cosines - exact).max() < 0.005


def test_cosines_are_those_of_the_whole_vectors_and_of_zeros_none() -> None:
    # More than one chunk, and not a whole number of them.
    _, whole = random_vectors(2500)
    whole[2] = 0
    vectors = pack(np.arange(2500), np.zeros(2500, f"V{DIGEST_BYTES}"), whole)
    cosines = vectors.cosines(whole[7])
    assert np.abs(cosines - whole @ whole[7]).max() < 0.005
    assert cosines[2] == 0


def test_written_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    vectors, _ = random_vectors(10)
    write(tmp_path / "v.npz", vectors)
    again = read(tmp_path / "v.npz")
    for part in ("ids", "digests", "bytes", "scale"):
        assert (getattr(again, part) == getattr(vectors, part)).all()
    assert [path.name for path in tmp_path.iterdir()] == ["v.npz"]


def test_no_vectors_are_vectors_too(tmp_path: Path) -> None:
    write(tmp_path / "v.npz", concatenate([]))
    vectors = read(tmp_path / "v.npz")
    assert len(vectors) == 0
    assert vectors.cosines(np.ones(SIZE, np.float32)).tolist() == []


@pytest.mark.parametrize("left", [0, 1, 100, 2000, -1, -30])
def test_a_truncated_file_is_an_error_with_a_name(tmp_path: Path, left: int) -> None:
    path = tmp_path / "v.npz"
    write(path, random_vectors(10)[0])
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(VectorsError, match=r"cannot read|do not go together"):
        read(path)


def test_changed_bytes_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    write(path, random_vectors(100)[0])
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(VectorsError, match=r"cannot read|do not go together"):
        read(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": np.array("another")}, "another model"),
        ({"ids": np.array([1, 2])}, "do not go together"),
        ({"ids": np.array([3, 2, 1])}, "do not go together"),
        ({"bytes": np.zeros((3, 8), np.int8)}, "do not go together"),
        ({"ids": np.array([object()] * 3, dtype=object)}, "cannot read"),
    ],
)
def test_another_file_is_refused(
    tmp_path: Path, changes: dict[str, np.ndarray], message: str
) -> None:
    vectors, _ = random_vectors(3)
    parts = {name: getattr(vectors, name) for name in ("ids", "digests", "bytes", "scale")}
    parts |= {"model": np.array("l2_supercat_256")} | changes
    np.savez(tmp_path / "v.npz", allow_pickle=True, **parts)
    with pytest.raises(VectorsError, match=message):
        read(tmp_path / "v.npz")


def test_what_cannot_be_written_leaves_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.npz"
    write(path, random_vectors(3)[0])

    def full(file: object, **parts: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(VectorsError, match="No space left on device"):
        write(path, random_vectors(5)[0])
    assert len(read(path)) == 3
    assert [left.name for left in tmp_path.iterdir()] == ["v.npz"]
