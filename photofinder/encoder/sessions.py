"""The encoders: pixels and words to unit-length embeddings of one space."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photofinder.core.errors import BundleProblem
from photofinder.core.types import Pixels, Vector
from photofinder.encoder import runtime
from photofinder.encoder.bundle import Bundle
from photofinder.encoder.preprocess import prepare
from photofinder.encoder.runtime import CPU, Provider, Tower
from photofinder.encoder.tokenizer import Tokenizer

CANARY_COSINE = 0.999
"""How closely a faster provider must agree with the CPU: float16 arithmetic passes, broken kernels do not."""

_TEXTS_AT_ONCE = 32


class ImageEncoder:
    """The image tower of a bundle, on the provider that serves it.

    `provider` is "auto", "cpu", "cuda", "coreml", "directml" or "openvino". With "auto" a faster provider
    serves only after its embeddings of a canary picture agreed with the CPU's; otherwise the CPU does and
    `provider_note` says why. One asked for by name must pass the same test, or BundleProblem is raised.
    `threads` = 0 leaves their number to onnxruntime (one a core). Made on any thread; after that it does not
    change and any thread may embed.
    """

    def __init__(self, bundle: Bundle, provider: str = "auto", threads: int = 0) -> None:
        self._bundle = bundle
        self._tower, self._note = _choose(bundle, provider.casefold(), threads)

    @property
    def provider(self) -> str:
        """The provider that serves: "CPU", "CUDA", "CoreML", "DirectML" or "OpenVINO"."""
        return self._tower.provider.name

    @property
    def provider_note(self) -> str:
        """One sentence: why this provider serves."""
        return self._note

    def embed(self, batch: NDArray[np.float32]) -> Vector:
        """Embed prepared photos: (n, 3, size_px, size_px) from `prepare` to (n, dim) of unit length.

        Raises BundleProblem if the encoder fails.
        """
        return _embed(self._tower, batch) if len(batch) else np.empty((0, self._bundle.embedding_dim), np.float32)


class TextEncoder:
    """The text tower of a bundle, always on the CPU: one short text is answered sooner there than it is sent.

    The session is opened with the first text, so that making this object costs nothing. It is separate from
    the image tower's, so a query never waits for a batch. Any thread may embed.
    """

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        self._bundle = bundle
        self._threads = threads
        self._lock = threading.Lock()
        self._opened: tuple[Tokenizer, Tower] | None = None

    @property
    def provider(self) -> str:
        """The provider that serves: "CPU"."""
        return CPU.name

    def embed(self, texts: Sequence[str]) -> Vector:
        """Embed texts as they stand: (n, dim) of unit length. Raises BundleProblem if the encoder fails."""
        if not texts:
            return np.empty((0, self._bundle.embedding_dim), np.float32)
        tokenizer, tower = self._open()
        parts = [
            tower.run(*tokenizer.encode(texts[start : start + _TEXTS_AT_ONCE]))
            for start in range(0, len(texts), _TEXTS_AT_ONCE)
        ]
        return np.concatenate(parts)

    def embed_query(self, text: str) -> Vector:
        """Embed what a person typed: the mean over the bundle's prompts, of unit length, shape (dim,).

        Averaging over prompts is the ensembling of Radford et al., "Learning Transferable Visual Models From
        Natural Language Supervision" (2021), section 3.1.4. Raises BundleProblem if the encoder fails.
        """
        prompts = self._bundle.text.prompts
        mean = self.embed([prompt.replace("{}", text) for prompt in prompts]).mean(axis=0)
        length = float(np.linalg.norm(mean))
        if length == 0:
            raise BundleProblem(f"The prompts of bundle {self._bundle.name} cancel each other out.")
        return mean / length

    def _open(self) -> tuple[Tokenizer, Tower]:
        with self._lock:
            if self._opened is None:
                tower = Tower(self._bundle, self._bundle.text, CPU, self._threads)
                self._opened = Tokenizer(self._bundle), tower
            return self._opened


def canary_picture() -> Pixels:
    """A picture made by rule (ramps, rings, a checkerboard and two flat blocks): 240 x 320 x 3."""
    down, across = np.mgrid[0:240, 0:320]
    rings = (((down - 120) ** 2 + (across - 160) ** 2) // 97) % 256
    checks = ((down // 16 + across // 16) % 2) * 255
    picture = np.stack([across * 255 // 319, rings, (down * 255 // 239 + checks) // 2], axis=2).astype(np.uint8)
    picture[20:90, 30:120] = (200, 30, 40)
    picture[150:220, 210:300] = (20, 90, 220)
    return picture


def _choose(bundle: Bundle, wanted: str, threads: int) -> tuple[Tower, str]:
    cpu = Tower(bundle, bundle.image, CPU, threads)
    if wanted == "cpu":
        return cpu, "The CPU was asked for."
    names = {provider.name.casefold() for provider in runtime.FASTER}
    if wanted != "auto" and wanted not in names:
        raise BundleProblem(f"There is no provider {wanted!r}: choose auto, cpu, {', '.join(sorted(names))}.")
    candidates = [provider for provider in runtime.offered() if wanted in ("auto", provider.name.casefold())]
    if not candidates:
        if wanted != "auto":
            raise BundleProblem(f"The installed onnxruntime does not offer {wanted}.", "Choose auto or cpu.")
        return cpu, "The installed onnxruntime offers nothing faster."
    picture = canary_picture()
    batch = np.stack([prepare(view, bundle.image) for view in (picture, picture[::-1, ::-1])])
    expected = _embed(cpu, batch)
    refused: list[str] = []
    for provider in candidates:
        try:
            tower, cosine = _try(bundle, provider, threads, cpu, batch, expected)
        except BundleProblem as problem:
            refused.append(problem.what)
            continue
        if cosine >= CANARY_COSINE:
            return tower, f"{provider.name} agrees with the CPU on the canary (cosine {cosine:.5f})."
        refused.append(f"{provider.name} disagrees with the CPU on the canary (cosine {cosine:.5f}).")
    if wanted != "auto":
        raise BundleProblem(" ".join(refused), "Choose auto or cpu.")
    return cpu, " ".join(refused)


def _try(
    bundle: Bundle,
    provider: Provider,
    threads: int,
    cpu: Tower,
    batch: NDArray[np.float32],
    expected: Vector,
) -> tuple[Tower, float]:
    """Open `provider` and embed the canary with it; returns the worst cosine with what the CPU made of it."""
    size_px = bundle.image.size_px
    symbols = cpu.symbols(provider.fixed_batch, (3, size_px, size_px)) if provider.fixed_batch else {}
    tower = Tower(bundle, bundle.image, provider, threads, symbols)
    return tower, float((_embed(tower, batch) * expected).sum(axis=1).min())


def _embed(tower: Tower, batch: NDArray[np.float32]) -> Vector:
    """Run a batch, in pieces of the provider's fixed size where it has one, the last one filled up."""
    fixed = tower.provider.fixed_batch
    if fixed is None:
        return tower.run(batch)
    parts: list[Vector] = []
    for start in range(0, len(batch), fixed):
        piece = batch[start : start + fixed]
        missing = fixed - len(piece)
        filled = np.concatenate([piece, np.repeat(piece[-1:], missing, axis=0)]) if missing else piece
        parts.append(tower.run(filled)[: len(piece)])
    return np.concatenate(parts)
