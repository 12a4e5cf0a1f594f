"""Runs exported modules on given inputs: a folder each, and a line of JSON with what came of it."""

import importlib.util
import json
import sys
from pathlib import Path

import torch

torch.set_num_threads(1)


def check(folder):
    about = json.loads((folder / "case.json").read_text())
    spec = importlib.util.spec_from_file_location(f"model_{folder.name}", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = getattr(module, about["className"])()
    module.load_weights(model, folder / "model.safetensors")
    values = module.read_weights(folder / "case.safetensors")
    inputs = [values[f"in.{at}"] for at in range(about["inputs"])]
    with torch.no_grad():
        results = model.eval()(*inputs)
    results = results if isinstance(results, tuple) else (results,)
    differences = []
    for at, result in enumerate(results):
        expected = values[f"out.{at}"]
        if result.shape != expected.shape:
            raise ValueError(f"output {at}: {tuple(result.shape)}, expected {tuple(expected.shape)}")
        same = (result == expected) | (result.isnan() & expected.isnan())
        apart = torch.where(same, torch.zeros_like(result), (result - expected).abs())
        largest = expected[expected.isfinite()].abs().max().item() if expected.isfinite().any() else 1.0
        differences.append(apart.nan_to_num(float("inf")).max().item() / max(largest, about["scale"], 1e-30))
    return {
        "differences": differences,
        "keys": list(model.state_dict()),
        "parameters": sum(p.numel() for p in model.parameters()),
    }


for name in sys.argv[1:]:
    try:
        result = check(Path(name))
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"folder": Path(name).name, **result}), flush=True)
