"""From whatever a codec gives (palettes, 16 bits, CMYK, Lab, transparency, wide gamuts) to 8-bit sRGB."""

import functools
import io
import logging
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from photofinder.core.types import Pixels

_log = logging.getLogger(__name__)

_MAX_PROFILE_BYTES: Final = 4 << 20
_SPACES: Final = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}
_cms: Final = cast("Any", ImageCms)  # half of its types are missing
_SRGB: Final = _cms.createProfile("sRGB")
_LAB: Final = _cms.createProfile("LAB")


@functools.lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The profile that says sRGB, for pictures that are given away."""
    return _cms.ImageCmsProfile(_SRGB).tobytes()


def shrinkable(image: Image.Image) -> Image.Image:
    """Bring modes that must not be averaged as they are (palettes, bits, 16 bits) to 8 bits per channel."""
    mode = image.mode
    if mode in {"P", "PA"}:
        transparent = mode == "PA" or "transparency" in image.info
        return image.convert("RGBA" if transparent else "RGB")
    if mode == "1":
        return image.convert("L")
    if mode.startswith("I") or mode == "F":
        return Image.fromarray(_eight_bits(np.asarray(image), mode))
    if mode in {"L", "RGB"} and "transparency" in image.info:
        return image.convert("RGBA")  # one colour stands for "nothing here"
    return image


def _eight_bits(values: NDArray[np.generic], mode: str) -> NDArray[np.uint8]:
    """Grey of more than 8 bits, or floating point, as 8 bits.

    16-bit values are divided by 256. 32-bit integers and floats have no agreed white: integers that fit in 16
    bits are read as such, floats within 0 to 1 as fractions, anything else is stretched from least to
    greatest.
    """
    if mode.startswith("I;16"):
        return (values.astype(np.uint16, copy=False) >> 8).astype(np.uint8)
    number = np.nan_to_num(values.astype(np.float32))
    low, high = float(number.min(initial=0)), float(number.max(initial=0))
    if low >= 0 and mode == "I" and high <= 65535:
        low, high = 0.0, 65535.0
    elif low >= 0 and mode == "F" and high <= 1:
        low, high = 0.0, 1.0
    return np.clip((number - low) * (255.0 / max(high - low, 1e-9)) + 0.5, 0, 255).astype(np.uint8)


def to_srgb(image: Image.Image, profile: bytes | None) -> Pixels:
    """Convert an image to sRGB pixels, transparency laid on white. Convert after reducing: it costs by pixel.

    A profile that is broken, or made for another kind of pixels, is ignored: the photo is taken as sRGB.
    """
    image = shrinkable(image)
    alpha: Image.Image | None = None
    if image.mode in {"RGBa", "La"}:
        image = image.convert({"RGBa": "RGBA", "La": "LA"}[image.mode])
    if image.mode in {"RGBA", "LA"}:
        alpha = image.getchannel("A")
        image = image.convert("RGB" if image.mode == "RGBA" else "L")
    elif image.mode not in _SPACES:
        image = image.convert("RGB")
    image = _converted(image, profile).convert("RGB")
    if alpha is not None:
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=alpha)
        image = white
    return np.asarray(image)


def array_to_srgb(pixels: Pixels, profile: bytes | None) -> Pixels:
    """`to_srgb` for decoded RGB or grey (one channel) arrays; without a profile RGB is returned as it is."""
    if pixels.shape[2] == 1:
        if profile is None:
            return pixels.repeat(3, axis=2)
        return to_srgb(Image.fromarray(pixels[:, :, 0]), profile)
    if profile is None or _transform(profile, "RGB") is None:
        return pixels
    return to_srgb(Image.fromarray(pixels), profile)


def _converted(image: Image.Image, profile: bytes | None) -> Image.Image:
    transform = _transform(profile, image.mode) if profile else None
    if transform is None and image.mode == "LAB":
        transform = _lab()
    return image if transform is None else transform.apply(image)


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform from a profile to sRGB; None where there is nothing to do or the profile is no use.

    Cached because a library has thousands of photos and a handful of profiles. lcms transforms may be used by
    several threads at once.
    """
    if len(profile) > _MAX_PROFILE_BYTES:
        return None
    try:
        source = _cms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACES[mode]:
            return None
        transform = _cms.buildTransform(source, _SRGB, mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        _log.debug("colour profile ignored: %r", error)
        return None
    return None if mode == "RGB" and _changes_nothing(transform) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a transform is sRGB to sRGB under one of its many names, tried on a lattice of colours."""
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(27, 27, 3)
    result = np.asarray(transform.apply(Image.fromarray(lattice)))
    return int(np.abs(result.astype(np.int16) - lattice).max()) <= 2


@functools.lru_cache(maxsize=1)
def _lab() -> ImageCms.ImageCmsTransform:
    return _cms.buildTransform(_LAB, _SRGB, "LAB", "RGB")
