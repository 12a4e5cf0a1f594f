// The head of model.py: its imports, and how it reads safetensors files without a package.
// The format: https://huggingface.co/docs/safetensors.

export const weightsText = `import json
import os

import torch
import torch.nn.functional as F
from torch import nn

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def read_weights(path):
    """The tensors of a safetensors file by name: 8 bytes with the length of a JSON header, the header, the numbers."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    tensors = {}
    for name, about in header.items():
        if name == "__metadata__":
            continue
        begin, end = about["data_offsets"]
        kind = TYPES[about["dtype"]]
        numbers = torch.frombuffer(data[start + begin : start + end], dtype=kind) if end > begin else torch.empty(0, dtype=kind)
        tensors[name] = numbers.view(about["shape"])
    return tensors


def load_weights(model, path):
    """Puts the weights of a safetensors file into a model; every tensor must be there, and none besides."""
    model.load_state_dict(read_weights(path))
    return model`;
