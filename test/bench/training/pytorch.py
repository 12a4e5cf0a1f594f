"""Takes steps of SGD on the layers that come on standard input, and times them. See pytorch.ts."""

import json
import sys
import time

import torch
import torch.nn.functional as F

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


def apply(layer, inputs):
    op = layer["op"]
    x = inputs[0]
    named = [weights[name] for name in layer["weights"]]
    window = layer.get("window")
    if op == "conv":
        bias = named[1] if len(named) > 1 else None
        return F.conv2d(x, named[0], bias, window["stride"], window["padding"], window["dilation"], layer["groups"])
    if op == "dense":
        return F.linear(x, *named)
    if op == "batch_norm":
        scale, shift, mean, variance = named
        return F.batch_norm(x, mean, variance, scale, shift, True, layer["momentum"], layer["epsilon"])
    if op == "max_pool":
        return F.max_pool2d(x, window["kernel"], window["stride"], window["padding"], window["dilation"])
    if op == "avg_pool":
        return F.avg_pool2d(x, window["kernel"], window["stride"], window["padding"])
    if op == "global_avg_pool":
        return x.mean((2, 3), keepdim=True)
    if op == "flatten":
        return x.flatten(1)
    if op == "add":
        return sum(inputs[1:], x)
    if op in ("relu", "sigmoid", "tanh"):
        return getattr(torch, op)(x)
    raise ValueError(f"no {op} here")


def step():
    values = {lesson["input"]: images}
    optimizer.zero_grad()
    for layer in lesson["layers"]:
        values[layer["result"]] = apply(layer, [values[i] for i in layer["inputs"]])
    loss = F.cross_entropy(values[lesson["output"]], labels)
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
