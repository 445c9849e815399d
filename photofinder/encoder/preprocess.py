"""Pixels to what an image tower takes, in the same numbers as the reference implementations.

The sizes are those of transformers' CLIPImageProcessor and SiglipImageProcessor: the long edge is cut, not
rounded, and the crop starts at the floor of half the margin. (torchvision rounds that half to even, so where
the margin is odd it may start one pixel later; the checkpoints' own processors are what we follow.)
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photofinder.core.types import Pixels
from photofinder.encoder.bundle import ImageSpec

_FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
}

_MOST_PIXELS = 16_000_000
"""Where a resized photo would have more pixels than this, only the part that the crop keeps is resampled: a sliver of
1 x 10,000 px would otherwise be resized to half a gigapixel. The result differs a little, by Pillow's choice of which
direction it resamples, and so rounds, first; below this, the numbers are the references' own."""


def prepare(pixels: Pixels, image: ImageSpec) -> NDArray[np.float32]:
    """Resize, crop and normalise one photo.

    `pixels` is H x W x 3 uint8 of any size from 1 x 1; the result has shape (3, size_px, size_px) and holds
    (x / 255 - mean) / std. Pillow resamples with antialiasing, as the references do, and releases the GIL
    meanwhile. Any thread. Raises ValueError for an array of another form, which is a bug of the caller's.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape:
        raise ValueError(f"pixels must be H x W x 3 uint8, not {pixels.shape} {pixels.dtype}")
    size_px = image.size_px
    square = np.asarray(_resize(Image.fromarray(pixels), image))
    scale = np.array([1 / (255 * std) for std in image.std], np.float32)
    shift = np.array([-mean / std for mean, std in zip(image.mean, image.std, strict=True)], np.float32)
    out = np.empty((3, size_px, size_px), np.float32)
    np.multiply(square.transpose(2, 0, 1), scale[:, None, None], out=out)
    out += shift[:, None, None]
    return out


def _resize(photo: Image.Image, image: ImageSpec) -> Image.Image:
    size_px, resample = image.size_px, _FILTERS[image.resample]
    if image.resize == "squash":
        return photo.resize((size_px, size_px), resample)
    width_px, height_px = photo.size
    short_px, long_px = sorted(photo.size)
    new_long_px = int(size_px * long_px / short_px)
    wide = width_px > height_px
    new_width_px, new_height_px = (new_long_px, size_px) if wide else (size_px, new_long_px)
    left_px, top_px = (new_width_px - size_px) // 2, (new_height_px - size_px) // 2
    if new_width_px * new_height_px > _MOST_PIXELS:
        across, down = width_px / new_width_px, height_px / new_height_px
        box = (left_px * across, top_px * down, (left_px + size_px) * across, (top_px + size_px) * down)
        return photo.resize((size_px, size_px), resample, box=box)
    resized = photo.resize((new_width_px, new_height_px), resample)
    return resized.crop((left_px, top_px, left_px + size_px, top_px + size_px))
