"""From a text to its vector: the mean of the vectors of the pieces of its words.

Reads the two files that the package wordllama ships, without importing it: the import sets
up logging for the whole process and brings an HTTP client with it, neither of which a table
of vectors needs. Its own ``WordLlama.load(disable_download=True)`` (0.4.0) looks for the
tokenizer in a folder that the package does not have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from publish.data.stop_words import STOP_WORDS
from publish.semantic import VectorsError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: The name of the model; vectors of different models do not go together.
NAME = "l2_supercat_256"
SIZE = 256
_WEIGHTS = f"weights/{NAME}.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
# The first pages of a long text say what it is about; a text without end must not take a
# minute.
MOST_CHARACTERS = 10_000
_WORDS = re.compile(r"\w+")


class NoModel(VectorsError):
    """The model cannot be loaded."""


@dataclass(frozen=True)
class Model:
    """The vectors of all pieces of words, and the tokenizer that divides a text into them."""

    pieces: NDArray[np.float32]
    tokenizer: Tokenizer

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector of length 1 for each text, in rows; zeros for a text without a piece."""
        vectors = np.zeros((len(texts), SIZE), dtype=np.float32)
        # A lone surrogate cannot be handed to the tokenizer, which is not written in Python.
        cut = [content(text).encode("utf-8", "replace").decode() for text in texts]
        for row, pieces in enumerate(
            self.tokenizer.encode_batch_fast(cut, add_special_tokens=False)
        ):
            if pieces.ids:
                vectors[row] = self.pieces[pieces.ids].mean(axis=0)
        return unit(vectors)


def content(text: str) -> str:
    """Return the beginning of a text in lower case and without stop words.

    A mean over all words of a sentence is mostly a mean over stop words; on judged queries
    results are better without them, and without the case of letters.
    """
    words = _WORDS.findall(text[:MOST_CHARACTERS].lower())
    return " ".join(word for word in words if word not in STOP_WORDS) or " ".join(words)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row at length 1; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    lengths[lengths == 0] = 1
    scaled: NDArray[np.float32] = vectors / lengths
    return scaled


@cache
def load() -> Model:
    """Load the model, once a process: 34 MB of memory.

    :raises NoModel: the package wordllama is not installed, or has other files
    """
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise NoModel("the package wordllama is not installed: pip install -r requirements.txt")
    folder = Path(spec.origin).parent
    try:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        pieces = load_file(folder / _WEIGHTS)["embedding.weight"].astype(np.float32)
    except Exception as error:  # tokenizers raises plain Exception
        raise NoModel(f"the package wordllama has no model that can be read: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if pieces.shape != (tokenizer.get_vocab_size(), SIZE):
        raise NoModel(f"the model has the shape {pieces.shape}, not one vector for each piece")
    return Model(pieces, tokenizer)
