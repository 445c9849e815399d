"""Checkpoints at random weights, in the form in which transformers saves real ones. Nothing is downloaded."""

import os
from pathlib import Path

import pytest

from tests.parity import checkpoint_folders

REASON = "needs the parity environment: pip install -r models/requirements.txt"


@pytest.fixture(scope="session")
def transformers():
    pytest.importorskip("torch", reason=REASON)
    return pytest.importorskip("transformers", reason=REASON)


@pytest.fixture(scope="session")
def clip_tokenizer_folder() -> Path:
    """The folder with CLIP's own vocab.json and merges.txt."""
    named = os.environ.get("PHOTOFINDER_CLIP_TOKENIZER")
    if not named:
        pytest.skip("PHOTOFINDER_CLIP_TOKENIZER does not name the folder of CLIP's vocab.json and merges.txt")
    return Path(named)


@pytest.fixture(scope="session")
def small_clip(transformers, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints") / "small-clip"
    checkpoint_folders.write_clip(folder, small=True)
    return folder


@pytest.fixture(scope="session")
def small_siglip(transformers, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints") / "small-siglip"
    checkpoint_folders.write_siglip2(folder, small=True)
    return folder
