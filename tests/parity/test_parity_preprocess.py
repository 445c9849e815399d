"""Our pixels against those of transformers' image processors, to within one step of eight bits."""
# pyright: reportMissingImports=false

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from photofinder.encoder.bundle import ImageSpec
from photofinder.encoder.preprocess import prepare

pytestmark = pytest.mark.parity

CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
HALF = (0.5, 0.5, 0.5)
SIZES = [
    (224, 224),  # exactly as wanted
    (448, 448),
    (300, 200),
    (200, 300),
    (301, 199),  # odd margins
    (199, 301),
    (225, 224),
    (224, 225),
    (1023, 767),
    (639, 1137),
    (2000, 250),  # a panorama at the ratio of 8
    (120, 955),  # tall
    (31, 17),  # tiny
    (5, 9),
    (2, 2),
    (1, 1),
]


def photo(width_px, height_px):
    """Texture, edges and a gradient: what a resampling filter can get wrong."""
    random = np.random.default_rng(width_px * 10_000 + height_px)
    rows, columns = np.mgrid[0:height_px, 0:width_px]
    pixels = random.integers(0, 256, (height_px, width_px, 3)) * 0.3
    pixels += ((rows // 7 + columns // 5) % 2 * 120)[..., None]
    pixels += (columns * 60 / width_px)[..., None]
    return np.clip(pixels, 0, 255).astype(np.uint8)


def differences(pixels, spec, processor):
    """In units of the whole range 0 to 1, after un-normalising."""
    expected = np.asarray(processor(Image.fromarray(pixels), return_tensors="np")["pixel_values"][0])
    found = prepare(pixels, spec)
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    return np.abs((found - expected) * np.reshape(spec.std, (3, 1, 1)))


def spec(resize, resample, mean, std, size_px=224):
    return ImageSpec("image.onnx", "pixel_values", "image_embeds", size_px, resize, resample, mean, std)


@pytest.mark.parametrize(("width_px", "height_px"), SIZES)
@pytest.mark.parametrize(("resample", "number"), [("bicubic", 3), ("bilinear", 2)])
def test_crop_is_as_clip_image_processor(transformers, width_px, height_px, resample, number):
    processor = transformers.CLIPImageProcessorPil(resample=number)
    apart = differences(photo(width_px, height_px), spec("crop", resample, CLIP_MEAN, CLIP_STD), processor)
    assert apart.max() <= 1 / 255


@pytest.mark.parametrize(("width_px", "height_px"), [*SIZES, (4000, 30), (30, 4000)])
@pytest.mark.parametrize(("resample", "number"), [("bicubic", 3), ("bilinear", 2), ("lanczos", 1), ("nearest", 0)])
def test_squash_is_as_siglip_image_processor(transformers, width_px, height_px, resample, number):
    processor = transformers.SiglipImageProcessorPil(image_mean=HALF, image_std=HALF, resample=number)
    apart = differences(photo(width_px, height_px), spec("squash", resample, HALF, HALF), processor)
    assert apart.max() <= 1 / 255


@pytest.mark.parametrize(("width_px", "height_px"), [(1800, 201), (150, 1500)])
def test_a_panorama_is_as_clip_image_processor_has_it(transformers, width_px, height_px):
    processor = transformers.CLIPImageProcessorPil()
    apart = differences(photo(width_px, height_px), spec("crop", "bicubic", CLIP_MEAN, CLIP_STD), processor)
    assert apart.max() <= 1 / 255


@pytest.mark.parametrize(("width_px", "height_px"), [(3000, 7), (3, 2000)])
def test_a_sliver_is_close_to_clip_image_processor(transformers, width_px, height_px):
    """Where the whole would be huge, only what the crop keeps is resampled.

    Pillow may then resample, and so clip where a filter overshoots, in the other direction first: single
    values at hard edges differ by more than one step, the picture does not.
    """
    processor = transformers.CLIPImageProcessorPil()
    apart = differences(photo(width_px, height_px), spec("crop", "bicubic", CLIP_MEAN, CLIP_STD), processor)
    assert apart.mean() <= 0.5 / 255
    assert apart.max() <= 10 / 255


@pytest.mark.parametrize("size_px", [256, 336, 384])
def test_other_sizes_too(transformers, size_px):
    clip = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": size_px}, crop_size={"height": size_px, "width": size_px}
    )
    siglip = transformers.SiglipImageProcessorPil(size={"height": size_px, "width": size_px})
    crop = spec("crop", "bicubic", CLIP_MEAN, CLIP_STD, size_px)
    squash = spec("squash", "bicubic", HALF, HALF, size_px)
    for width_px, height_px in ((640, 427), (427, 641)):
        pixels = photo(width_px, height_px)
        assert differences(pixels, crop, clip).max() <= 1 / 255
        assert differences(pixels, squash, siglip).max() <= 1 / 255


@pytest.mark.corpus
def test_real_photos_too(transformers):
    named = os.environ.get("PHOTOFINDER_TEST_PHOTOS")
    if not named:
        pytest.skip("PHOTOFINDER_TEST_PHOTOS does not name the folder of test photos")
    files = sorted(one for one in Path(named, "library").rglob("*") if one.suffix.lower() in {".jpg", ".jpeg"})
    assert len(files) >= 20
    for file in files[:: len(files) // 20]:
        with Image.open(file) as opened:
            pixels = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
        clip = transformers.CLIPImageProcessorPil()
        siglip = transformers.SiglipImageProcessorPil(image_mean=HALF, image_std=HALF, resample=2)
        assert differences(pixels, spec("crop", "bicubic", CLIP_MEAN, CLIP_STD), clip).max() <= 1 / 255, file
        assert differences(pixels, spec("squash", "bilinear", HALF, HALF), siglip).max() <= 1 / 255, file
