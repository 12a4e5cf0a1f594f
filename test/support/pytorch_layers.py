"""A network's layers, as pytorch-layers.ts writes them, in PyTorch, as they are computed while training."""

import numpy
import torch
import torch.nn.functional as F

ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24]
PARITY = 0x1BD11BDA
MASK = 0xFFFFFFFF


def threefry(key0, key1, counter0, counter1):
    """The first word of Threefry2x32-20, for arrays of counters."""
    keys = [numpy.uint32(k & MASK) for k in (key0, key1, PARITY ^ key0 ^ key1)]
    x = counter0.astype(numpy.uint32) + keys[0]
    y = counter1.astype(numpy.uint32) + keys[1]
    for block in range(5):
        for by in ROTATIONS[4 * (block % 2) :][:4]:
            x = x + y
            y = ((y << numpy.uint32(by)) | (y >> numpy.uint32(32 - by))) ^ x
        x = x + keys[(block + 1) % 3]
        y = y + keys[(block + 2) % 3] + numpy.uint32(block + 1)
    return x


def dropout(x, p, node, seed, step):
    """Which elements are kept is said in compiler/ops/dropout-mask.ts."""
    images, size = x.shape[0], x[0].numel()
    n, i = numpy.meshgrid(numpy.arange(images), numpy.arange(size), indexing="ij")
    word = threefry(seed, (step ^ (node * 0x9E3779B9)) & MASK, n, i)
    kept = (word >> numpy.uint32(8)) >= numpy.ceil(p * 2**24)
    share = float(numpy.float32(1 - p))
    return x * torch.from_numpy(kept).reshape(x.shape).to(x.dtype) / share


def apply(layer, inputs, named, seed=0, step=0):
    """`named`: the layer's weights."""
    op = layer["op"]
    x = inputs[0]
    window = layer.get("window")
    if op == "conv":
        bias = named[1] if len(named) > 1 else None
        return F.conv2d(x, named[0], bias, window["stride"], window["padding"], window["dilation"], layer["groups"])
    if op == "depthwise_conv":
        bias = named[1] if len(named) > 1 else None
        return F.conv2d(x, named[0], bias, window["stride"], window["padding"], window["dilation"], x.shape[1])
    if op == "dense":
        return F.linear(x, *named)
    if op == "batch_norm":
        scale, shift, mean, variance = named
        return F.batch_norm(x, mean, variance, scale, shift, True, layer["momentum"], layer["epsilon"])
    if op == "max_pool":
        w = window
        return F.max_pool2d(x, w["kernel"], w["stride"], w["padding"], w["dilation"], layer["ceil"])
    if op == "avg_pool":
        return F.avg_pool2d(x, window["kernel"], window["stride"], window["padding"], layer["ceil"])
    if op == "global_avg_pool":
        return x.mean((2, 3), keepdim=True)
    if op == "flatten":
        return x.flatten(1)
    if op == "concat":
        return torch.cat(inputs, 1)
    if op == "add":
        return sum(inputs[1:], x)
    if op == "identity":
        return x
    if op == "dropout":
        return dropout(x, layer["p"], layer["number"], seed, step)
    if op in ("relu", "relu6", "sigmoid", "tanh"):
        return getattr(F if op == "relu6" else torch, op)(x)
    raise ValueError(f"no {op} here")


def forward(network, x, weights, seed=0, step=0):
    values = {network["input"]: x}
    for layer in network["layers"]:
        named = [weights[name] for name in layer["weights"]]
        values[layer["result"]] = apply(layer, [values[i] for i in layer["inputs"]], named, seed, step)
    return values[network["output"]]
