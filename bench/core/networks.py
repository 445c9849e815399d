"""What the image towers of the encoders that can be installed cost, side by side, each by a network of its form.

Weights do not change what a network costs, so random ones stand in for those that are fetched; the bundled encoder is
itself. Run as an ingest runs them: one thread for each core, EMBED_BATCH photos at a time. What is given is the time of
the processors, divided by their number: what a clock would show on a computer that does nothing else.
"""

import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from bench.rows import Row, Settings
from models.random_siglip import SIGLIP_BASE, Form, write_random_siglip
from photofinder.encoder.bundle import Bundle, load_bundle
from photofinder.encoder.sessions import ImageEncoder
from photofinder.encoder.store import bundled_dir
from photofinder.ingest.ingest import EMBED_BATCH

FORMS: Final = {
    "TinyCLIP ViT-8M/16": Form(width=256, heads=4, layers=10),  # Wu et al. 2023
    "CLIP ViT-B/32": Form(patch_px=32),  # Radford et al. 2021
    "SigLIP 2 base 224": SIGLIP_BASE,
}
_CORES: Final = os.cpu_count() or 1
_ROUNDS: Final = 5


def measure(settings: Settings) -> Iterator[Row]:
    """Milliseconds a photo with all cores at work; in turn, because other work comes and goes."""
    bundles = {"mini": load_bundle(bundled_dir() / "mini")}
    for name, form in FORMS.items():
        folder = settings.work / f"random-{form.width}-{form.layers}-{form.patch_px}"
        if not folder.exists():
            write_random_siglip(folder, form)
        bundles[name] = load_bundle(folder)
    encoders = {name: ImageEncoder(bundle, provider="cpu", threads=1) for name, bundle in bundles.items()}
    photo_ms: dict[str, list[float]] = {name: [] for name in bundles}
    for _ in range(2 if settings.quick else _ROUNDS):
        for name, bundle in bundles.items():
            photo_ms[name].append(_photo_ms(encoders[name], bundle))
    for name, each in photo_ms.items():
        detail = f"the network alone, {_CORES} cores; median of {len(each)}, {min(each):.3g} to {max(each):.3g}"
        yield Row(f"embedding a photo, {name}", statistics.median(each), "ms", detail=detail)


def _photo_ms(encoder: ImageEncoder, bundle: Bundle) -> float:
    size_px = bundle.image.size_px
    batch = np.random.default_rng(0).standard_normal((EMBED_BATCH, 3, size_px, size_px), np.float32)
    with ThreadPoolExecutor(_CORES) as pool:
        encoder.embed(batch)  # warm
        began = time.process_time()
        list(pool.map(encoder.embed, [batch] * _CORES))
        return (time.process_time() - began) * 1000 / (_CORES * EMBED_BATCH) / _CORES
