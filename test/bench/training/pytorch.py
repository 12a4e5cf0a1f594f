"""Takes steps of SGD on the layers that come on standard input, and times them. See pytorch.ts."""

import json
import os
import sys
import time

import torch
import torch.nn.functional as F

sys.path.append(os.path.join(os.path.dirname(__file__), "../../support"))
from pytorch_layers import forward

lesson = json.loads(sys.stdin.readline())
torch.set_num_threads(lesson["threads"])
torch.manual_seed(0)


def floats(numbers, shape):
    return torch.tensor(numbers, dtype=torch.float32).reshape(shape)


buffers = {"running_mean", "running_var"}
weights = {}
for entry in lesson["weights"]:
    is_buffer = entry["name"].rsplit(".", 1)[-1] in buffers
    weights[entry["name"]] = floats(entry["data"], entry["shape"]).requires_grad_(not is_buffer)
images = floats(lesson["images"]["data"], lesson["images"]["shape"])
labels = torch.tensor(lesson["labels"], dtype=torch.long)
optimizer = torch.optim.SGD([w for w in weights.values() if w.requires_grad], lr=lesson["rate"])


def step():
    optimizer.zero_grad()
    loss = F.cross_entropy(forward(lesson, images, weights), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        loss = step()
        times.append({"milliseconds": 1000 * (time.perf_counter() - start), "loss": loss})
    print(json.dumps(times), flush=True)
