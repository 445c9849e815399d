"""Does the exported tower answer as PyTorch does? What is asked, the comparison, and what is demanded."""
# pyright: reportMissingImports=false

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

AT_LEAST = {"fp32": 0.9999, "fp16": 0.9995, "int8": 0.98}
"""The lowest cosine, over all questions, that an export may have with PyTorch."""

AT_MOST = {"fp32": 1e-3, "fp16": 2e-2, "int8": 0.5}
"""The largest difference, as a share of how far PyTorch's answers to different questions lie apart.

Where an encoder's answers lie close together, cosines are high even for a tower that ignores its question.
"""

BATCHES = (1, 3, 8)

SENTENCES = (
    "a cat",
    "a dog asleep on a red sofa",
    "the sea at sunset",
    "two children running along a beach in the rain",
    "a black and white portrait of an old man",
    "birthday cake with candles",
    "snow-covered mountains above a valley full of fog",
    "a yellow taxi in New York at night",
    "receipt",
    "an aeroplane window, clouds, wing",
    "people dancing at a wedding",
    "macro of a bee on lavender",
    "Une vieille maison en pierre",
    "ein Fahrrad an einer Mauer",
    "富士山と桜",
    "قطة على السطح",
)


@dataclass(frozen=True)
class Parity:
    """How close an exported tower is to PyTorch, over all pictures or sentences and all batch sizes."""

    tower: str
    precision: str
    cosine: float
    """The lowest between the two answers to one question."""
    difference: float
    """The largest between them, as a share of the spread of PyTorch's answers."""

    @property
    def holds(self) -> bool:
        return self.cosine >= AT_LEAST[self.precision] and self.difference <= AT_MOST[self.precision]

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "FAILS"
        return (
            f"{self.tower} {self.precision}: worst cosine {self.cosine:.7f} (at least "
            f"{AT_LEAST[self.precision]}), difference {self.difference:.1e} of the spread (at most "
            f"{AT_MOST[self.precision]}): {verdict}"
        )


def pictures(size_px: int, mean: tuple[float, ...], std: tuple[float, ...]) -> NDArray[np.float32]:
    """Twelve prepared pictures, NCHW, like photographs: 1/f spectrum, correlated colours, edges."""
    random = np.random.default_rng(20240)
    rows, columns = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    frequency = np.hypot(np.fft.fftfreq(size_px)[:, None], np.fft.rfftfreq(size_px)[None, :])
    frequency[0, 0] = 1.0
    made: list[NDArray[np.floating]] = []
    for _ in range(12):
        phase = np.exp(2j * np.pi * random.random((3, *frequency.shape)))
        texture = np.fft.irfft2(phase / frequency ** random.uniform(0.8, 1.6), s=(size_px, size_px))
        texture = np.einsum("ij,jhw->ihw", np.eye(3) * 0.4 + 0.6, texture / texture.std(axis=(1, 2), keepdims=True))
        picture = 0.5 + 0.18 * texture + 0.4 * (random.random((3, 1, 1)) - 0.5)
        for _ in range(4):  # discs: the edges that 1/f noise lacks
            y, x, radius = random.random(3) * (1, 1, 0.3)
            picture = np.where(np.hypot(rows - y, columns - x) < radius, random.random((3, 1, 1)), picture)
        eight_bit = np.rint(np.clip(picture, 0, 1) * 255) / 255
        made.append((eight_bit - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1)))
    return np.stack(made).astype(np.float32)


def measure(tower: str, precision: str, module: torch.nn.Module, file: Path, asked: NDArray[np.generic]) -> Parity:
    """Asks both the module and the ONNX file (CPU, batches of 1, 3 and 8) and compares every answer."""
    with torch.inference_mode():
        expected = module(torch.from_numpy(asked)).float().numpy()
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    worst, furthest = 1.0, 0.0
    for batch in BATCHES:
        found = np.concatenate(
            [
                np.asarray(session.run(None, {name: asked[start : start + batch]})[0])
                for start in range(0, len(asked), batch)
            ]
        )
        if found.shape != expected.shape or not np.isfinite(found).all():
            return Parity(tower, precision, -1.0, float("inf"))
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
        worst = min(worst, float(((found * expected).sum(axis=1, dtype=np.float64) / lengths).min()))
        furthest = max(furthest, float(np.linalg.norm(found - expected, axis=1).max()))
    spread = np.linalg.norm(expected - expected.mean(axis=0), axis=1).mean()
    return Parity(tower, precision, worst, furthest / max(float(spread), 1e-30))
