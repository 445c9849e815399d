"""Words to token ids, as the encoder saw them in training."""

import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as LibraryTokenizer

from photofinder.core.errors import BundleProblem
from photofinder.encoder.bundle import Bundle

_NO_PUNCTUATION = str.maketrans({"_": " "} | {mark: None for mark in string.punctuation if mark != "_"})


class Tokenizer:
    """A bundle's `tokenizer.json` with its rules for normalising, cutting and padding.

    Raises BundleProblem if the file is not one. After construction it does not change; any thread may encode.
    """

    def __init__(self, bundle: Bundle) -> None:
        path = bundle.folder / bundle.tokenizer_file
        self._spec = bundle.text
        try:
            self._library: Any = LibraryTokenizer.from_file(str(path))
        # The library raises bare Exception whatever is wrong with the file (tokenizers 0.23).
        except Exception as error:
            raise BundleProblem(f"{path} is not a tokenizer file: {error}.") from error
        self._library.no_padding()
        # The library cuts before it adds the special tokens: the end token stays last, as in the references.
        self._library.enable_truncation(max_length=self._spec.context_length)

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """Ids and mask (1 for a token, 0 for padding) of `texts`: each (n, length), of the bundle's id type.

        `length` is the context length where the bundle pads to it, else the longest text's. Never raises for
        a text: whatever a person can type has tokens. Lone surrogates count as "?".
        """
        cleaned = [self.normalise(text.encode("utf-8", "replace").decode("utf-8")) for text in texts]
        rows = [encoding.ids for encoding in self._library.encode_batch(cleaned)]
        longest = self._spec.context_length if self._spec.pad_to_context else max(map(len, rows), default=0)
        ids = np.full((len(rows), max(longest, 1)), self._spec.pad_id, self._spec.id_type)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        return ids, mask

    def normalise(self, text: str) -> str:
        """`text` after the bundle's steps, in their order.

        strip_punctuation with collapse_spaces and lowercase is open_clip's `canonicalize_text`: underscores
        become spaces, ASCII punctuation goes.
        """
        for step in self._spec.normalise:
            if step == "lowercase":
                text = text.lower()
            elif step == "strip_punctuation":
                text = text.translate(_NO_PUNCTUATION)
            else:
                text = " ".join(text.split())
        return text
