"""A bundle: the folder that holds one encoder. Its format is described in docs/bundle-format.md.

Cheap to import (no numpy, no onnxruntime): the command line lists bundles without loading an encoder.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from photofinder.core.errors import BundleProblem
from photofinder.encoder.fields import FILE_NAME, Section

DESCRIPTION = "bundle.json"
FORMAT = 1
PREPROCESSING_VERSION = 1
"""Goes up when `preprocess.prepare` or the unit-length step comes to give other numbers for a photo."""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}(?<!\.)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_READ_BYTES = 1 << 20
_LARGEST_CONSTANT = 1 << 24
_REINSTALL = "Remove it with `photofinder bundles remove` and install it again."

Normalisation = Literal["lowercase", "strip_punctuation", "collapse_spaces"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A fixed input of a fused graph: `values` in row-major order, or one value that fills `shape`."""

    shape: tuple[int, ...]
    values: tuple[int | float, ...]


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """How pixels become the input of the image tower."""

    file: str
    input: str
    output: str
    size_px: int
    resize: Literal["squash", "crop"]
    resample: Literal["bicubic", "bilinear", "lanczos", "nearest"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    constant_inputs: tuple[tuple[str, Constant], ...] = ()


@dataclass(frozen=True, slots=True)
class TextSpec:
    """How words become the input of the text tower."""

    file: str
    input: str
    output: str
    id_type: Literal["int64", "int32"]
    attention_mask: str | None
    context_length: int
    pad_id: int
    pad_to_context: bool
    normalise: tuple[Normalisation, ...]
    prompts: tuple[str, ...]
    constant_inputs: tuple[tuple[str, Constant], ...] = ()


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One data file of a bundle, as its description promises it."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """An encoder on disk. Immutable; safe on any thread."""

    folder: Path = field(compare=False)
    name: str
    title: str
    version: str
    licence: str
    source: str
    revision: str
    embedding_dim: int
    image: ImageSpec
    text: TextSpec
    tokenizer_file: str
    logit_scale: float | None
    logit_bias: float | None
    files: tuple[BundleFile, ...]

    @property
    def digest(self) -> str:
        """Names the bundle's data: the sha256, in hex, of the names and digests of all its files."""
        lines = "".join(f"{file.name} {file.sha256}\n" for file in sorted(self.files, key=lambda f: f.name))
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def space(self) -> str:
        """Names the embedding space of photos in 32 hex digits; different spaces are never compared.

        Made of the digest, how pixels are prepared and which output is taken. Prompts are left out: they
        change a query's embedding, not a photo's.
        """
        recipe = [PREPROCESSING_VERSION, self.digest, self.embedding_dim, asdict(self.image)]
        return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def size_bytes(self) -> int:
        """What the data files take on disk."""
        return sum(file.size_bytes for file in self.files)


def load_bundle(folder: Path) -> Bundle:
    """Read and check the description in `folder`, and that its files are there with the promised sizes.

    Contents are not hashed (`verify_bundle` does that). Raises BundleProblem naming the field or file.
    """
    path = folder / DESCRIPTION
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleProblem(f"{folder} is not a bundle: it has no {DESCRIPTION}.") from None
    except OSError as error:
        raise BundleProblem(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BundleProblem(f"{path} is not valid JSON: {error}.") from error
    bundle = parse_bundle(document, folder)
    for file in bundle.files:
        _check_size(folder / file.name, file)
    return bundle


def verify_bundle(bundle: Bundle) -> None:
    """Hash every file of `bundle`; raises BundleProblem naming the first that is missing or altered."""
    for file in bundle.files:
        path = bundle.folder / file.name
        _check_size(path, file)
        if sha256_of(path) != file.sha256:
            raise BundleProblem(
                f"{path} is not what bundle {bundle.name} was made of: its contents were altered.", _REINSTALL
            )


def sha256_of(path: Path) -> str:
    """The sha256, in hex, of what is in `path`. Raises BundleProblem where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_READ_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise BundleProblem(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


def parse_bundle(document: object, folder: Path) -> Bundle:
    """Check a description already read from JSON. Looks at no file. Raises BundleProblem naming the field."""
    fields = Section(document, f"{DESCRIPTION} of {folder.name or 'a bundle'}")
    if fields.integer("format", 1, 2**31) > FORMAT:
        fields.refuse("format", f"is newer than this PhotoFinder, which knows {FORMAT}; update PhotoFinder")
    name = fields.text("name")
    if not NAME.fullmatch(name):
        fields.refuse("name", f"may have small letters, digits, dots and dashes only, not {name!r}")
    files = _files(fields.section("files"))
    bundle = Bundle(
        folder=folder,
        name=name,
        title=fields.text("title"),
        version=fields.text("version"),
        licence=fields.text("licence"),
        source=fields.text("source"),
        revision=fields.text("revision", empty=True),
        embedding_dim=fields.integer("embedding_dim", 1, 8192),
        image=_image(fields.section("image")),
        text=_text(fields.section("text")),
        tokenizer_file=_tokenizer(fields.section("tokenizer")),
        logit_scale=fields.number_or_none("logit_scale"),
        logit_bias=fields.number_or_none("logit_bias"),
        files=files,
    )
    promised = {file.name for file in files}
    for where, used in (
        ("image", bundle.image.file),
        ("text", bundle.text.file),
        ("tokenizer", bundle.tokenizer_file),
    ):
        if used not in promised:
            fields.refuse(f"{where}.file", f"names {used!r}, which files does not list")
    return bundle


def _image(fields: Section) -> ImageSpec:
    std = fields.triple("std")
    if min(std) <= 0:
        fields.refuse("std", "must be above zero")
    return ImageSpec(
        file=fields.file_name("file"),
        input=fields.text("input"),
        output=fields.text("output"),
        size_px=fields.integer("size_px", 8, 4096),
        resize=cast("Any", fields.choice("resize", "squash", "crop")),
        resample=cast("Any", fields.choice("resample", "bicubic", "bilinear", "lanczos", "nearest")),
        mean=fields.triple("mean"),
        std=std,
        constant_inputs=_constants(fields),
    )


def _text(fields: Section) -> TextSpec:
    steps = fields.texts("normalise")
    for step in steps:
        if step not in ("lowercase", "strip_punctuation", "collapse_spaces"):
            fields.refuse("normalise", f"has a step this PhotoFinder does not know: {step!r}")
    prompts = fields.texts("prompts")
    if not prompts or any(prompt.count("{}") != 1 for prompt in prompts):
        fields.refuse("prompts", "must be at least one text, each with one {} in it")
    return TextSpec(
        file=fields.file_name("file"),
        input=fields.text("input"),
        output=fields.text("output"),
        id_type=cast("Any", fields.choice("id_type", "int64", "int32")),
        attention_mask=fields.text("attention_mask") if fields.has("attention_mask") else None,
        context_length=fields.integer("context_length", 2, 4096),
        pad_id=fields.integer("pad_id", 0, 2**31 - 1),
        pad_to_context=fields.flag("pad_to_context"),
        normalise=cast("Any", steps),
        prompts=prompts,
        constant_inputs=_constants(fields),
    )


def _tokenizer(fields: Section) -> str:
    fields.choice("kind", "tokenizers-json")
    return fields.file_name("file")


def _files(fields: Section) -> tuple[BundleFile, ...]:
    found: list[BundleFile] = []
    for name in fields.names():
        if not FILE_NAME.fullmatch(name) or name == DESCRIPTION:
            fields.refuse(name, "must be a plain file name inside the bundle's folder")
        entry = fields.section(name)
        digest = entry.text("sha256")
        if not _SHA256.fullmatch(digest):
            entry.refuse("sha256", "must be 64 small hex digits")
        found.append(BundleFile(name, digest, entry.integer("bytes", 1, 2**40)))
    if len({file.name.casefold() for file in found}) != len(found):
        fields.refuse("", "has names that differ only in upper and lower case")
    return tuple(found)


def _constants(fields: Section) -> tuple[tuple[str, Constant], ...]:
    if not fields.has("constant_inputs"):
        return ()
    inputs = fields.section("constant_inputs")
    return tuple((name, _constant(inputs, name)) for name in inputs.names())


def _constant(fields: Section, name: str) -> Constant:
    value = fields.raw(name)
    if isinstance(value, Mapping):
        filled = fields.section(name)
        shape, flat = _flatten(filled.raw("shape")), filled.number_or_none("value")
        if shape is None or len(shape[0]) != 1 or not all(isinstance(n, int) and n > 0 for n in shape[1]):
            filled.refuse("shape", "must be a list of whole numbers above zero")
        sizes = cast("tuple[int, ...]", shape[1])
        total = 1
        for size in sizes:
            total *= size
        if total > _LARGEST_CONSTANT:
            filled.refuse("shape", "is too large")
        return Constant(sizes, (0 if flat is None else flat,))
    nested = _flatten(value)
    if nested is None:
        fields.refuse(name, "must be numbers in lists of equal length, or a shape and a value")
    return Constant(*nested)


def _flatten(value: object) -> tuple[tuple[int, ...], tuple[int | float, ...]] | None:
    """Shape and row-major values of nested lists; None if ragged, empty or not all numbers."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (), (value,)
    if not isinstance(value, list) or not value:
        return None
    rows = [_flatten(row) for row in cast("list[object]", value)]
    if any(row is None or row[0] != (rows[0] or ((),))[0] for row in rows):
        return None
    known = cast("list[tuple[tuple[int, ...], tuple[int | float, ...]]]", rows)
    return (len(known), *known[0][0]), tuple(number for row in known for number in row[1])


def check_place(path: Path) -> None:
    """Raise BundleProblem if `path` leads out of its folder, or to what is no file (opening a pipe waits for ever)."""
    if path.is_symlink() and path.resolve().parent != path.parent.resolve():
        raise BundleProblem(f"{path} is a link to a file outside of its bundle.", _REINSTALL)
    if path.exists() and not path.is_file():
        raise BundleProblem(f"{path} is not an ordinary file.", _REINSTALL)


def _check_size(path: Path, file: BundleFile) -> None:
    try:
        size_bytes = path.stat().st_size if path.is_file() else None
    except OSError as error:
        raise BundleProblem(f"{path} cannot be read: {error.strerror}.") from error
    if size_bytes is None:
        raise BundleProblem(f"{path} is missing from its bundle.", _REINSTALL)
    check_place(path)
    if size_bytes != file.size_bytes:
        raise BundleProblem(
            f"{path} has {size_bytes:,} bytes instead of {file.size_bytes:,}: it is cut or altered.",
            _REINSTALL,
        )
