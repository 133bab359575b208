#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs ONNX's checker, types and shapes included, on the models of a folder.

    check_onnx_models.py DIRECTORY

Exits with 77 where python3-onnx or the folder is missing.
"""

import pathlib
import sys

try:
    import onnx
except ImportError as problem:
    print(f"skipped: {problem}")
    sys.exit(77)

models = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
if not models:
    print(f"skipped: no models in {sys.argv[1]}")
    sys.exit(77)
for path in models:
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    kinds = {node.op_type for node in inferred.graph.node}
    if not {"QuantizeLinear", "DequantizeLinear"} <= kinds:
        sys.exit(f"{path}: no quantised tensors")
print(f"{len(models)} models pass ONNX's checker")
