"""The one place that talks to onnxruntime: opening a tower's graph with a provider, and running it.

Everything onnxruntime raises becomes a BundleProblem here.

From 1.29 on its Linux and macOS wheels send reports about the computer and the networks it runs to their maker, unless
this variable says otherwise before the library is loaded (microsoft/onnxruntime #27379); on Windows they go through the
system, and are switched off by a call. Nothing leaves this computer, so both are done, whoever imports this.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from photofinder.core.errors import BundleProblem
from photofinder.core.types import Vector
from photofinder.encoder.bundle import Bundle, ImageSpec, TextSpec

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime  # pyright: ignore[reportMissingTypeStubs]

_library: Any = onnxruntime  # untyped; what it gives is narrowed below
_library.disable_telemetry_events()

_LOG_ERRORS_ONLY = 4  # fatal: what goes wrong is raised anyway, and standard error belongs to the shell
_DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
# onnxruntime's exceptions share no base class, so all are named by where they live; its Python half raises
# the two built-in ones for providers that do not start and inputs of another form.
_STATE = cast("dict[str, object]", vars(_library.capi.onnxruntime_pybind11_state))
_ERRORS: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    *(kind for kind in _STATE.values() if isinstance(kind, type) and issubclass(kind, Exception)),
)


@dataclass(frozen=True, slots=True)
class Provider:
    """One of onnxruntime's execution providers, and how it likes to be run.

    `fixed_batch` is the batch size its graphs are compiled for; None where any size is as good as another.
    """

    name: str
    library_name: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    fixed_batch: int | None = None


CPU = Provider("CPU", "CPUExecutionProvider")

FASTER: tuple[Provider, ...] = (
    # The default, an exhaustive search for the best convolution, costs seconds for every new batch size.
    Provider("CUDA", "CUDAExecutionProvider", {"cudnn_conv_algo_search": "HEURISTIC"}),
    # Its older NeuralNetwork format fails on some graphs; with open shapes it is slower than the CPU.
    Provider(
        "CoreML",
        "CoreMLExecutionProvider",
        {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL", "RequireStaticInputShapes": "1"},
        fixed_batch=8,
    ),
    Provider("DirectML", "DmlExecutionProvider", fixed_batch=8),
    Provider("OpenVINO", "OpenVINOExecutionProvider", {"device_type": "AUTO"}),
)
"""What may serve instead of the CPU, most promising first. TensorRT is left out: it compiles for minutes."""


def offered() -> tuple[Provider, ...]:
    """The faster providers that the installed onnxruntime was built with, most promising first."""
    built_in: list[str] = _library.get_available_providers()
    return tuple(provider for provider in FASTER if provider.library_name in built_in)


class Tower:
    """One tower of a bundle, opened with one provider.

    `symbols` gives sizes to the graph's open dimensions, for providers that compile for fixed shapes. Raises
    BundleProblem if the graph cannot be opened or is not what the bundle's description says. After
    construction it does not change; any thread may run it, several at once.
    """

    def __init__(
        self,
        bundle: Bundle,
        spec: ImageSpec | TextSpec,
        provider: Provider = CPU,
        threads: int = 0,
        symbols: Mapping[str, int] | None = None,
    ) -> None:
        self.provider = provider
        self._spec = spec
        self._dim = bundle.embedding_dim
        self._what = f"{spec.file} of bundle {bundle.name}"
        self._session = _open(bundle.folder / spec.file, provider, threads, symbols or {}, self._what)
        self._types = self._declared_types()
        self._constants = {
            name: np.resize(np.array(constant.values, self._types[name]), constant.shape)
            for name, constant in spec.constant_inputs
        }

    def run(self, batch: NDArray[Any], mask: NDArray[Any] | None = None) -> Vector:
        """Embed a batch; returns (n, dim) of unit length.

        Raises BundleProblem if onnxruntime fails or does not give one finite embedding a row.
        """
        feeds: dict[str, NDArray[Any]] = {self._spec.input: batch.astype(self._types[self._spec.input], copy=False)}
        if isinstance(self._spec, TextSpec) and self._spec.attention_mask and mask is not None:
            name = self._spec.attention_mask
            feeds[name] = mask.astype(self._types[name], copy=False)
        try:
            output: Any = self._session.run([self._spec.output], feeds | self._constants)[0]
        except _ERRORS as error:
            raise BundleProblem(f"{self._what} failed with {self.provider.name}: {_short(error)}.") from error
        return self._unit(np.asarray(output, np.float32), len(batch))

    def symbols(self, batch: int, shape: tuple[int, ...]) -> dict[str, int]:
        """The sizes of the graph's open dimensions when fed `batch` rows of `shape`."""
        fed = {self._spec.input: (batch, *shape)} | {name: fixed.shape for name, fixed in self._constants.items()}
        return {
            str(size): actual
            for node in self._session.get_inputs()
            for size, actual in zip(node.shape, fed.get(node.name, ()), strict=False)
            if isinstance(size, str)
        }

    def _unit(self, embeddings: NDArray[np.float32], rows: int) -> Vector:
        if embeddings.shape != (rows, self._dim):
            raise BundleProblem(
                f"{self._what} gives embeddings of shape {embeddings.shape} for {rows} inputs; its"
                f" description says {self._dim} numbers each."
            )
        lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise BundleProblem(f"{self._what} gave an embedding that is not a direction (zero, or not a number).")
        return embeddings / lengths

    def _declared_types(self) -> dict[str, type[np.generic]]:
        declared = {node.name: node.type for node in self._session.get_inputs()}
        fed = {self._spec.input, *(name for name, _ in self._spec.constant_inputs)}
        if isinstance(self._spec, TextSpec) and self._spec.attention_mask:
            fed.add(self._spec.attention_mask)
        if fed != set(declared):
            raise BundleProblem(
                f"{self._what} takes the inputs {', '.join(sorted(declared))}, but its description feeds"
                f" {', '.join(sorted(fed))}."
            )
        outputs = [node.name for node in self._session.get_outputs()]
        if self._spec.output not in outputs:
            raise BundleProblem(f"{self._what} has no output {self._spec.output!r}, only {', '.join(outputs)}.")
        if isinstance(self._spec, TextSpec) and declared[self._spec.input] != f"tensor({self._spec.id_type})":
            raise BundleProblem(
                f"{self._what} takes ids as {declared[self._spec.input]}, its description says {self._spec.id_type}."
            )
        unknown = sorted(set(declared.values()) - set(_DTYPES))
        if unknown:
            raise BundleProblem(f"{self._what} takes inputs of a type PhotoFinder does not feed: {unknown[0]}.")
        return {name: _DTYPES[kind] for name, kind in declared.items()}


def _open(path: Path, provider: Provider, threads: int, symbols: Mapping[str, int], what: str) -> Any:
    options: Any = _library.SessionOptions()
    options.log_severity_level = _LOG_ERRORS_ONLY
    options.intra_op_num_threads = threads
    # Threads that wait for the next batch would otherwise spin on the cores that decode it.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if provider.name == "DirectML":
        options.enable_mem_pattern = False
        options.execution_mode = _library.ExecutionMode.ORT_SEQUENTIAL
    for name, size in symbols.items():
        options.add_free_dimension_override_by_name(name, size)
    wanted: list[Any] = [(provider.library_name, dict(provider.options))]
    if provider is not CPU:
        wanted.append(CPU.library_name)
    try:
        # Without a fallback of onnxruntime's own, which would print to standard output and hide the failure.
        session: Any = _library.InferenceSession(str(path), options, providers=wanted, enable_fallback=0)
        serving: list[str] = session.get_providers()
    except _ERRORS as error:
        raise BundleProblem(f"{what} cannot be opened with {provider.name}: {_short(error)}.") from error
    if serving[0] != provider.library_name:
        raise BundleProblem(f"{what} cannot be opened with {provider.name}: onnxruntime left it out.")
    return session


def _short(error: Exception) -> str:
    """The first line of onnxruntime's message, without the source path and code it begins with."""
    lines = str(error).strip().splitlines()
    return lines[0].rpartition(" : ")[2].strip(" .")[:200] if lines else type(error).__name__
