"""Exports a CLIP, SigLIP or SigLIP 2 checkpoint to an encoder bundle, and proves it equal to PyTorch.

    python models/export_onnx.py CHECKPOINT OUT_FOLDER [--precision fp16] [--text-precision int8]

CHECKPOINT is a transformers folder or hub id, or `open_clip:ARCHITECTURE` together with `--weights FILE`.
Exit code 1 for what a person can mend, 2 for usage. OUT_FOLDER appears whole or not at all.
"""
# pyright: reportMissingImports=false

import argparse
import logging
import shutil
import sys
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

if not __package__:  # run as a script: `models` is a folder of the checkout, not an installed package
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import onnx
import torch

from models import parity, precision
from models.bundle_folder import write_description
from models.checkpoints import Checkpoint, load_transformers
from photofinder.core.errors import BundleProblem
from photofinder.encoder.bundle import NAME, load_bundle
from photofinder.encoder.tokenizer import Tokenizer

_OPSET = 20  # the first with Gelu as one operator; every onnxruntime we support (1.20 and newer) has it


def export(
    checkpoint: Checkpoint, out: Path, facts: dict[str, Any], image_precision: str, text_precision: str
) -> list[parity.Parity]:
    """Writes the bundle `out` and returns how close its towers are to PyTorch.

    `facts` are its name, title, version, licence, source, revision and prompts. Raises BundleProblem, and
    leaves nothing behind, if `out` exists, no bundle may have that name, a tower is too large for one file,
    or parity does not hold.
    """
    if not NAME.fullmatch(facts["name"]):
        remedy = "Choose one with --name: small letters, digits, dots and dashes."
        raise BundleProblem(f"{facts['name']!r} is no name for a bundle.", remedy)
    if out.exists():
        raise BundleProblem(f"{out} exists already; name a folder that does not.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as scratch:
        half = Path(scratch) / "bundle"
        half.mkdir()
        for tower, wanted in (("image", image_precision), ("text", text_precision)):
            _write_tower(checkpoint, tower, wanted, half / f"{tower}.onnx", Path(scratch))
        checkpoint.tokenizer.save(str(half / "tokenizer.json"))
        write_description(half, _description(checkpoint, facts))
        bundle = load_bundle(half)
        ids, _ = Tokenizer(bundle).encode(parity.SENTENCES)
        photos = parity.pictures(bundle.image.size_px, bundle.image.mean, bundle.image.std)
        found = [
            parity.measure("image", image_precision, checkpoint.image, half / "image.onnx", photos),
            parity.measure("text", text_precision, checkpoint.text, half / "text.onnx", ids),
        ]
        for one in found:
            if not one.holds:
                raise BundleProblem(f"The exported tower does not answer as PyTorch does. {one}")
        half.rename(out)
    return found


def _write_tower(checkpoint: Checkpoint, tower: str, wanted: str, to: Path, scratch: Path) -> None:
    work = scratch / tower
    work.mkdir()
    batch = torch.export.Dim("batch")
    if tower == "image":
        module, name, size = checkpoint.image, "pixel_values", checkpoint.image_spec.size_px
        example, dynamic = torch.zeros(2, 3, size, size), {0: batch}
    else:
        module, name, spec = checkpoint.text, "input_ids", checkpoint.text_spec
        example = torch.zeros(2, spec.context_length if spec.pad_to_context else 9, dtype=torch.int64)
        dynamic = (
            {0: batch} if spec.pad_to_context else {0: batch, 1: torch.export.Dim("tokens", max=spec.context_length)}
        )
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision, which nothing here needs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, about torch's own insides
        torch.onnx.export(
            module,
            (example,),
            work / "torch.onnx",
            dynamo=True,
            opset_version=_OPSET,
            input_names=[name],
            output_names=[f"{tower}_embeds"],
            dynamic_shapes=(dynamic,),
            external_data=True,
            verbose=False,
        )
    model = onnx.load(work / "torch.onnx")
    _forget_the_maker(model)
    try:
        if wanted == "fp16":
            model = precision.to_float16(model)
        elif wanted == "int8":
            model = precision.to_int8(model, work)
        precision.save(model, to)
    except precision.DoesNotFitError as error:
        remedy = "Choose another --precision or --text-precision."
        raise BundleProblem(str(error), remedy) from error
    finally:
        shutil.rmtree(work)


def _forget_the_maker(model: onnx.ModelProto) -> None:
    """Drops torch's notes on every node: a megabyte of stack traces with the paths of this computer."""
    del model.graph.value_info[:]  # can be inferred, and what torch says of folded weights is wrong at times
    del model.graph.metadata_props[:]
    model.graph.doc_string = model.doc_string = ""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]


def _description(checkpoint: Checkpoint, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        **{key: value for key, value in facts.items() if key != "prompts"},
        "embedding_dim": checkpoint.embedding_dim,
        "image": {
            "file": "image.onnx",
            "input": "pixel_values",
            "output": "image_embeds",
            **asdict(checkpoint.image_spec),
        },
        "text": {
            "file": "text.onnx",
            "input": "input_ids",
            "output": "text_embeds",
            "id_type": "int64",
            "attention_mask": None,  # CLIP is causal, SigLIP was trained on padding: none wants one
            **asdict(checkpoint.text_spec),
            "prompts": facts["prompts"],
        },
        "tokenizer": {"kind": "tokenizers-json", "file": "tokenizer.json"},
        "logit_scale": checkpoint.logit_scale,
        "logit_bias": checkpoint.logit_bias,
    }


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Exports a CLIP, SigLIP or SigLIP 2 checkpoint to an encoder bundle.")
    parser.add_argument("checkpoint", help="transformers folder or hub id, or open_clip:ARCHITECTURE")
    parser.add_argument("out", type=Path, metavar="OUT_FOLDER", help="the bundle to write; must not exist")
    parser.add_argument("--precision", choices=("fp32", "fp16"), default="fp32", help="of both towers (fp32)")
    parser.add_argument("--text-precision", choices=("fp32", "fp16", "int8"), help="of the text tower (as --precision)")
    parser.add_argument("--name", help="what the bundle is called (the folder's name)")
    parser.add_argument("--title", help="what people read (the name)")
    parser.add_argument("--version", default="1")
    parser.add_argument("--licence", default="unknown", help="of the weights, as their maker states it")
    parser.add_argument("--revision", help="a commit of the hub's repository")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="local weights, for open_clip:ARCHITECTURE")
    parser.add_argument(
        "--prompt",
        action="append",
        metavar="TEXT",
        help='put around a query, "{}" is the query; may be repeated ({})',
    )
    chosen = parser.parse_args(given)
    if chosen.checkpoint.startswith("open_clip:") != (chosen.weights is not None):
        parser.error("open_clip:ARCHITECTURE and --weights FILE go together")
    if any(prompt.count("{}") != 1 for prompt in chosen.prompt or ()):
        parser.error('a --prompt must hold "{}" once')
    return chosen


def main(given: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    chosen = _arguments(given)
    where: str = chosen.checkpoint
    try:
        if where.startswith("open_clip:"):
            from models.open_clip_checkpoints import load_open_clip  # noqa: PLC0415 - optional

            checkpoint = load_open_clip(where.removeprefix("open_clip:"), chosen.weights)
        else:
            checkpoint = load_transformers(where, chosen.revision)
        name = chosen.name or chosen.out.name
        facts = {
            "name": name,
            "title": chosen.title or name,
            "version": chosen.version,
            "licence": chosen.licence,
            "source": Path(where).name if Path(where).is_dir() else where,  # never a path of this computer
            "revision": checkpoint.revision,
            "prompts": chosen.prompt or ["{}"],
        }
        found = export(checkpoint, chosen.out, facts, chosen.precision, chosen.text_precision or chosen.precision)
    except BundleProblem as error:
        print(error, file=sys.stderr)
        return 1
    for one in found:
        print(one)
    print(f"Wrote {chosen.out}. Bring it in with: photofinder bundles import {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
