"""Export the compiled programs of all ops for JAX: ``python -m benchmarks.gpu.export DIR``.

For each program writes a blob (``jax.export``) and arrays: inputs, results of TensorFlow on the
CPU, and what torch's form needs besides; and a manifest.json of all. A blob needs no TensorFlow,
and no GPU is needed to make one.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import tensorflow as tf

from .programs import Program, all_programs

SIZES = {"small": (16, 4.0), "filling": (64, 30.0)}


def lowered(program: Program, platform: str, stage: str = "stablehlo_serialized") -> Any:
    """The StableHLO of a program, as bytes or (``"stablehlo"``) as text."""
    specs = [tf.TensorSpec(array.shape, array.dtype) for array in program.inputs]
    target = "GPU" if platform == "cuda" else "CPU"
    with seen_from(platform):
        compiled = tf.function(program.function, jit_compile=True)
        intermediate = compiled.experimental_get_compiler_ir(*specs)
        return intermediate(stage=stage, platform_name=target)


@contextlib.contextmanager
def seen_from(platform: str) -> Iterator[None]:
    """Let ops that ask where they are compiled for see the machine that will run them.

    Products are of all digits of float32, not of the 11 bits that TensorFlow has a GPU round to.
    """
    gpu = tf.config.LogicalDevice("/device:GPU:0", "GPU")
    seen = [gpu] if platform == "cuda" else []
    config = tf.config.experimental
    rounded = config.tensor_float_32_execution_enabled()
    config.enable_tensor_float_32_execution(False)
    try:
        with mock.patch("tensorflow.config.list_logical_devices", return_value=seen):
            yield
    finally:
        config.enable_tensor_float_32_execution(rounded)


def exported(program: Program, results: list[np.ndarray], platform: str) -> bytearray:
    """The program as a blob of ``jax.export``: a template with its arguments, and its code."""

    def template(*arguments: jax.Array) -> tuple:
        used = sum(jnp.sum(jnp.real(each)) for each in arguments)  # JAX drops what is not
        return tuple((0 * used).astype(each.dtype) + jnp.zeros_like(each) for each in results)

    shapes = [jax.ShapeDtypeStruct(array.shape, array.dtype) for array in program.inputs]
    shell = jax.export.export(jax.jit(template), platforms=[platform])(*shapes)
    code = lowered(program, platform)
    return dataclasses.replace(shell, mlir_module_serialized=code).serialize()


def write(folder: pathlib.Path, programs: list[Program], platform: str, size: str) -> None:
    """Write blobs, arrays and the manifest, which names what is there already, too."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.json"
    entries = json.loads(manifest.read_text()) if manifest.exists() else []
    for program in programs:
        results = [
            np.asarray(each) for each in program.function(*map(tf.constant, program.inputs))
        ]
        name = f"{program.name} {size}".replace(" ", "_").replace(",", "")
        (folder / f"{name}.blob").write_bytes(exported(program, results, platform))
        arrays = {f"input_{i}": array for i, array in enumerate(program.inputs)}
        arrays |= {f"constant_{i}": array for i, array in enumerate(program.constants)}
        arrays |= {f"result_{i}": array for i, array in enumerate(results)}
        np.savez(folder / f"{name}.npz", **arrays)
        entry = {"name": program.name, "size": size, "file": name, "judge": program.judge}
        entries = [*(known for known in entries if known["file"] != name), entry]
        manifest.write_text(json.dumps(entries, indent=1))
        print(f"{program.name}, {size}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.export", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--platform", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--size", choices=SIZES, action="append", help="by default all")
    options = parser.parse_args()
    tf.config.set_visible_devices([], "GPU")  # results are the CPU's
    for size in options.size or SIZES:
        write(options.folder, all_programs(*SIZES[size]), options.platform, size)


if __name__ == "__main__":
    main()
