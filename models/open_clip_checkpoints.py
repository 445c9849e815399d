"""Reads checkpoints of open_clip, where it is installed (it needs torchvision)."""
# pyright: reportMissingImports=false

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import CLIPTokenizer

from models.checkpoints import SIGLIP_TEXT, Checkpoint, ImageSpec, TextSpec, Tower, end_with
from photofinder.core.errors import BundleProblem

_RESIZE = {"shortest": "crop", "squash": "squash"}


def load_open_clip(architecture: str, weights: Path) -> Checkpoint:
    """An open_clip architecture (`ViT-B-32`) with its weights from a local file.

    Raises BundleProblem where open_clip is not installed, or no bundle can describe the preparation.
    """
    try:
        import open_clip  # noqa: PLC0415 - optional
    except ImportError as error:
        raise BundleProblem(
            f"open_clip is not installed here ({error}).", "Export a transformers checkpoint."
        ) from error
    if architecture not in open_clip.list_models():
        raise BundleProblem(f"open_clip knows no architecture {architecture}.")
    if not weights.is_file():
        raise BundleProblem(f"There is no weights file {weights}.")
    model = open_clip.create_model(architecture, pretrained=str(weights)).eval()
    wrapper = open_clip.get_tokenizer(architecture)
    tokenizer, pad_id, normalise = _tokenizer(wrapper)
    context_length = int(wrapper.context_length)
    with torch.inference_mode():
        dim = model.encode_text(torch.zeros(1, context_length, dtype=torch.int64)).shape[-1]
    bias = getattr(model, "logit_bias", None)
    return Checkpoint(
        image=Tower(model, "encode_image", None),
        text=Tower(model, "encode_text", None),
        tokenizer=tokenizer,
        embedding_dim=int(dim),
        image_spec=_image_spec(open_clip.get_model_preprocess_cfg(model)),
        text_spec=TextSpec(context_length, pad_id, pad_to_context=True, normalise=normalise),
        logit_scale=float(model.logit_scale.detach().exp()),
        logit_bias=None if bias is None else float(bias.detach()),
        revision=weights.name,
    )


def _image_spec(said: dict[str, Any]) -> ImageSpec:
    size = said["size"]
    width, height = size if isinstance(size, (tuple, list)) else (size, size)
    if width != height or said["resize_mode"] not in _RESIZE:
        raise BundleProblem(f"It prepares photos in a way no bundle describes: {said}")
    mean, std = (tuple(float(one) for one in said[key]) for key in ("mean", "std"))
    return ImageSpec(int(width), _RESIZE[said["resize_mode"]], str(said["interpolation"]), mean, std)


def _tokenizer(wrapper: Any) -> tuple[Tokenizer, int, tuple[str, ...]]:
    """A fast tokenizer, its pad id, and the text normalisation that comes before it."""
    inner = getattr(wrapper, "tokenizer", None)
    if inner is None:  # open_clip's own SimpleTokenizer, CLIP's
        start, end = wrapper.decoder[wrapper.sot_token_id], wrapper.decoder[wrapper.eot_token_id]
        merges = list(wrapper.bpe_ranks)
        special = {"bos_token": start, "eos_token": end, "unk_token": end, "pad_token": end}
        inner = CLIPTokenizer(vocab=wrapper.encoder, merges=merges, **special)
        return Tokenizer.from_str(inner.backend_tokenizer.to_str()), 0, ()
    tokenizer = Tokenizer.from_str(inner.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    end_with(tokenizer, str(inner.eos_token), int(inner.eos_token_id))
    cleaned = getattr(getattr(wrapper, "clean_fn", None), "__name__", "") == "_clean_canonicalize"
    return tokenizer, int(inner.pad_token_id), SIGLIP_TEXT if cleaned else ()
