from typing import Any

import numpy as np
import pytest
from PIL import Image

from photofinder.encoder.bundle import ImageSpec
from photofinder.encoder.preprocess import prepare

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


def spec(resize: Any = "squash", size_px=224, resample: Any = "bicubic", mean=CLIP_MEAN, std=CLIP_STD):
    return ImageSpec("image.onnx", "x", "y", size_px, resize, resample, mean, std)


def photo(width_px, height_px):
    return np.random.default_rng(width_px * 7919 + height_px).integers(0, 256, (height_px, width_px, 3), np.uint8)


def back_to_bytes(prepared, image):
    mean, std = np.array(image.mean)[:, None, None], np.array(image.std)[:, None, None]
    return ((prepared * std + mean) * 255).transpose(1, 2, 0)


@pytest.mark.parametrize("resample", ["bicubic", "bilinear", "lanczos", "nearest"])
@pytest.mark.parametrize("size", [(640, 427), (225, 224), (50, 400), (1, 1), (224, 224)])
def test_squash_is_pillows_resize_then_the_stated_arithmetic(size, resample):
    image = spec(resample=resample)
    pixels = photo(*size)
    filters = {name.lower(): member for name, member in Image.Resampling.__members__.items()}
    expected = Image.fromarray(pixels).resize((224, 224), filters[resample])
    prepared = prepare(pixels, image)
    assert prepared.shape == (3, 224, 224)
    assert prepared.dtype == np.float32
    assert prepared.flags.c_contiguous
    np.testing.assert_allclose(back_to_bytes(prepared, image), np.asarray(expected), atol=1e-3)


@pytest.mark.parametrize(
    ("size", "resized"),
    [
        ((640, 427), (335, 224)),  # 224 * 640 / 427 = 335.7: cut, not rounded
        ((427, 640), (224, 335)),
        ((225, 224), (225, 224)),
        ((300, 100), (672, 224)),
        ((97, 61), (356, 224)),
    ],
)
def test_crop_resizes_the_short_edge_and_starts_at_the_floor_of_half_the_margin(size, resized):
    image = spec("crop")
    pixels = photo(*size)
    left, top = (resized[0] - 224) // 2, (resized[1] - 224) // 2
    expected = Image.fromarray(pixels).resize(resized, Image.Resampling.BICUBIC)
    expected = expected.crop((left, top, left + 224, top + 224))
    np.testing.assert_allclose(back_to_bytes(prepare(pixels, image), image), np.asarray(expected), atol=1e-3)


@pytest.mark.parametrize("size", [(20, 900), (900, 20), (8, 65)])
def test_a_sliver_is_cropped_to_the_same_pixels_without_being_resized_whole(size):
    image = spec("crop", size_px=32)
    # Smooth, as photos are: on noise the rounding between Pillow's two passes, in its own order, shows.
    across, down = np.meshgrid(np.linspace(0, 9, size[0]), np.linspace(0, 40, size[1]))
    pixels = (127 + 90 * np.stack([np.sin(across + down), np.cos(down), np.sin(across)], 2)).astype(np.uint8)
    long_px = int(32 * max(size) / min(size))
    whole = (32, long_px) if size[0] < size[1] else (long_px, 32)
    start = (long_px - 32) // 2
    left, top = (0, start) if size[0] < size[1] else (start, 0)
    expected = Image.fromarray(pixels).resize(whole, Image.Resampling.BICUBIC)
    expected = expected.crop((left, top, left + 32, top + 32))
    difference = np.abs(back_to_bytes(prepare(pixels, image), image) - np.asarray(expected))
    assert difference.max() <= 1.001


def test_the_longest_sliver_takes_no_more_memory_than_any_photo():
    prepared = prepare(np.full((1, 60_000, 3), 128, np.uint8), spec("crop", mean=(0, 0, 0), std=(1, 1, 1)))
    np.testing.assert_allclose(prepared, 128 / 255, atol=1e-6)


def test_channels_keep_their_order():
    red = np.zeros((9, 9, 3), np.uint8)
    red[:, :, 0] = 255
    prepared = prepare(red, spec(mean=(0, 0, 0), std=(1, 1, 1), size_px=8))
    np.testing.assert_array_equal(prepared.mean((1, 2)), [1, 0, 0])


def test_pixels_are_only_read():
    pixels = photo(40, 30)
    pixels.flags.writeable = False
    before = pixels.copy()
    prepare(pixels, spec("crop", size_px=16))
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3)),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_another_form_of_array_is_a_bug_and_says_so(wrong):
    with pytest.raises(ValueError, match="H x W x 3"):
        prepare(wrong, spec())
