"""Reads CLIP, SigLIP and SigLIP 2 checkpoints of transformers into one shape: towers, tokenizer, preparation.

Everything that a bundle says about preparation is taken from the checkpoint's own files; nothing is guessed.
"""
# pyright: reportMissingImports=false
# torch lives in the parity environment only.

from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer, processors

from photofinder.core.errors import BundleProblem

_RESAMPLE = {
    0: "nearest",
    1: "lanczos",
    2: "bilinear",
    3: "bicubic",
}  # Pillow's numbers, as the checkpoints have them
SIGLIP_TEXT = ("lowercase", "strip_punctuation", "collapse_spaces")  # open_clip's "canonicalize"


@dataclass(frozen=True)
class ImageSpec:
    """How a photo becomes the image tower's input: NCHW float32, `(x / 255 - mean) / std`."""

    size_px: int
    resize: str
    resample: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class TextSpec:
    """How a query becomes the text tower's input: int64 ids, ended by the tokenizer."""

    context_length: int
    pad_id: int
    pad_to_context: bool
    normalise: tuple[str, ...]


@dataclass(frozen=True)
class Checkpoint:
    """Two towers in evaluation mode: (n, 3, size, size) and (n, tokens) to (n, embedding_dim) float32.

    Embeddings are not of unit length; whoever uses the bundle sees to that.
    """

    image: torch.nn.Module
    text: torch.nn.Module
    tokenizer: Tokenizer
    embedding_dim: int
    image_spec: ImageSpec
    text_spec: TextSpec
    logit_scale: float
    logit_bias: float | None
    revision: str


class Tower(torch.nn.Module):
    """One of a dual encoder's two functions as a module of one input, which is what the exporter wants."""

    def __init__(self, whole: torch.nn.Module, function: str, argument: str | None) -> None:
        super().__init__()
        self.whole = whole
        self._function, self._argument = function, argument
        self.eval()

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        function = getattr(self.whole, self._function)
        found = function(value) if self._argument is None else function(**{self._argument: value})
        return found if isinstance(found, torch.Tensor) else found.pooler_output


def load_transformers(where: str, revision: str | None = None) -> Checkpoint:
    """The checkpoint in a local folder, or on the hub under this id, as transformers reads it.

    Raises BundleProblem for an architecture, preparation or tokenizer that a bundle cannot describe.
    """
    from transformers import AutoConfig, AutoImageProcessor, AutoModel  # noqa: PLC0415 - seconds; not for --help

    config = _read(AutoConfig, "config.json", where, revision)
    if config.model_type == "siglip2":
        raise BundleProblem(
            "This is a NaFlex checkpoint, which takes patches of any shape instead of a square picture. "
            "Use the fixed-resolution one of the same family (its config says model_type siglip)."
        )
    if config.model_type not in {"clip", "siglip"}:
        raise BundleProblem(f"A {config.model_type} checkpoint: only CLIP, SigLIP and SigLIP 2 are understood.")
    processor = _read(AutoImageProcessor, "preprocessor_config.json", where, revision, backend="pil")
    image_spec = _image_spec(processor)
    if image_spec.size_px != config.vision_config.image_size:
        raise BundleProblem(
            f"Its preprocessor prepares {image_spec.size_px} px, "
            f"its image tower takes {config.vision_config.image_size}."
        )
    context_length = int(config.text_config.max_position_embeddings)
    siglip = config.model_type == "siglip"
    tokenizer, pad_id = read_tokenizer(where, revision, siglip=siglip)
    dim = config.text_config.projection_size if siglip else config.projection_dim
    model, loaded = _read(AutoModel, "weights", where, revision, dtype=torch.float32, output_loading_info=True)
    if loaded["missing_keys"]:  # transformers draws them at random and goes on
        raise BundleProblem(f"Weights are missing from {where}: {', '.join(sorted(loaded['missing_keys'])[:3])} …")
    model.eval()
    return Checkpoint(
        image=Tower(model, "get_image_features", "pixel_values"),
        text=Tower(model, "get_text_features", "input_ids"),
        tokenizer=tokenizer,
        embedding_dim=int(dim),
        image_spec=image_spec,
        text_spec=TextSpec(context_length, pad_id, pad_to_context=siglip, normalise=SIGLIP_TEXT if siglip else ()),
        logit_scale=float(model.logit_scale.detach().exp()),
        logit_bias=float(model.logit_bias.detach()) if siglip else None,
        revision=getattr(config, "_commit_hash", None) or revision or "local",
    )


def _read(kind: Any, what: str, where: str, revision: str | None, **options: Any) -> Any:
    """One part of a checkpoint through one of transformers' classes, which raise whatever lies below them."""
    try:
        return kind.from_pretrained(where, revision=revision, **options)
    except (OSError, ValueError, RuntimeError, ImportError, AttributeError, SafetensorError) as error:
        raise BundleProblem(f"transformers cannot read {what} of {where}: {error}") from error


def _image_spec(processor: object) -> ImageSpec:
    """What an image processor of transformers does, in the bundle's words."""
    said = dict(vars(processor))
    size, crop = dict(said.get("size") or {}), dict(said.get("crop_size") or {})
    size, crop = ({k: v for k, v in one.items() if v} for one in (size, crop))
    if not said.get("do_resize", True) or abs((said.get("rescale_factor") or 0) - 1 / 255) > 1e-9:
        raise BundleProblem(f"Its preprocessor does not scale pixels to 0..1 by resizing and 1/255: {said}")
    if set(size) == {"shortest_edge"} and said.get("do_center_crop"):
        edge, resize = size["shortest_edge"], "crop"
        if set(crop.values()) != {edge}:
            raise BundleProblem(f"It resizes to {edge} px but crops to {crop}: a bundle knows one size only.")
    elif set(size) == {"height", "width"} and size["height"] == size["width"] and not said.get("do_center_crop"):
        edge, resize = size["height"], "squash"
    else:
        raise BundleProblem(f"Neither a squash to a square nor shortest edge and centre crop: {size}, crop {crop}.")
    plain = not said.get("do_normalize", True)
    return ImageSpec(
        size_px=int(edge),
        resize=resize,
        resample=_RESAMPLE[int(said["resample"])],
        mean=(0.0, 0.0, 0.0) if plain else tuple(float(one) for one in said["image_mean"]),
        std=(1.0, 1.0, 1.0) if plain else tuple(float(one) for one in said["image_std"]),
    )


def read_tokenizer(where: str, revision: str | None, *, siglip: bool) -> tuple[Tokenizer, int]:
    """The checkpoint's fast tokenizer, with neither truncation nor padding of its own, and its pad id.

    Raises BundleProblem if there is none.
    """
    from transformers import AutoTokenizer, CLIPTokenizer  # noqa: PLC0415

    files = "tokenizer.json" if siglip else "tokenizer.json, or vocab.json and merges.txt"
    wrapper = _read(AutoTokenizer if siglip else CLIPTokenizer, files, where, revision)
    backend = getattr(wrapper, "backend_tokenizer", None)
    tokenizer = Tokenizer.from_str(backend.to_str()) if backend else None
    # Where files are missing transformers makes a tokenizer that knows its special tokens and nothing else.
    if tokenizer is None or set(tokenizer.encode("a cat").ids) == set(tokenizer.encode("white horses").ids):
        raise BundleProblem(f"{where} has no fast tokenizer: it needs {files}.")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if siglip:
        end_with(tokenizer, str(wrapper.eos_token), int(wrapper.eos_token_id))
    return tokenizer, int(wrapper.pad_token_id)


def end_with(tokenizer: Tokenizer, token: str, token_id: int) -> None:
    """SigLIP was trained with one end token and no beginning; some of its tokenizer files say neither."""
    if tokenizer.encode("a").ids[-1:] != [token_id] or tokenizer.encode("").ids != [token_id]:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"$A {token}", pair=f"$A $B {token}", special_tokens=[(token, token_id)]
        )
