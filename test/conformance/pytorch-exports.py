# Networks of many kinds as PyTorch exports them, with what PyTorch computes: `/usr/bin/python3 pytorch-exports.py FOLDER [NAME ...]`
# writes FOLDER/NAME-VARIANT/model.onnx and test_data_set_0/{input,output}_K.pb, in the form of ONNX's own cases. Weights are random.
# `pytorch-exports.ts` runs them. A variant is an operator set with what else was asked of the exporter.

import os
import sys
import warnings

import torch
from pytorch_networks import NETWORKS

warnings.filterwarnings("ignore")

# Variant -> arguments of torch.onnx.export.
VARIANTS = {
    "9": dict(opset_version=9),
    "11": dict(opset_version=11, do_constant_folding=False),
    "11-dynamic": dict(opset_version=11, dynamic=True, keep_initializers_as_inputs=True),
    "13": dict(opset_version=13, dynamic=True, do_constant_folding=False),
    "16": dict(opset_version=16),
    "17-dynamic": dict(opset_version=17, dynamic=True),
    "17-training": dict(opset_version=17, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False),
}

# PyTorch blends by half pixels, and says itself that its Upsample of operator set 9 does not.
OTHER_RESULTS = {"unet-9"}


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytearray([number]))


def tensor_bytes(name, tensor):
    """A TensorProto of f32: dims (1), data_type (2), name (8), raw_data (9)."""
    raw = tensor.detach().float().contiguous().numpy().tobytes()
    dims = b"".join(b"\x08" + varint(extent) for extent in tensor.shape)
    text = name.encode()
    return dims + b"\x10\x01" + b"\x42" + varint(len(text)) + text + b"\x4a" + varint(len(raw)) + raw


def settle(module):
    """Random statistics and scales, so that a batch norm that is left out is noticed."""
    for layer in module.modules():
        if isinstance(layer, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.7, 1.3)
            if layer.affine:
                torch.nn.init.uniform_(layer.weight, 0.7, 1.3)
                torch.nn.init.normal_(layer.bias, 0, 0.1)
        if isinstance(layer, (torch.nn.LayerNorm, torch.nn.GroupNorm, torch.nn.InstanceNorm2d)):
            if getattr(layer, "weight", None) is not None:
                torch.nn.init.uniform_(layer.weight, 0.7, 1.3)
                torch.nn.init.normal_(layer.bias, 0, 0.1)
    return module.eval()


def export(folder, name, variant):
    make, shapes = NETWORKS[name]
    torch.manual_seed(7)
    module = settle(make())
    half = name.endswith("_f16")
    inputs = [torch.randn(*shape) for shape in shapes]
    options = dict(VARIANTS[variant])
    names = ["input_%d" % at for at in range(len(inputs))]
    with torch.no_grad():
        results = module(*inputs)
    results = [results] if torch.is_tensor(results) else list(results)
    outs = ["output_%d" % at for at in range(len(results))]
    if options.pop("dynamic", False):
        options["dynamic_axes"] = {one: {0: "batch"} for one in names + outs}
    place = os.path.join(folder, "%s-%s" % (name, variant))
    os.makedirs(os.path.join(place, "test_data_set_0"), exist_ok=True)
    with torch.no_grad():
        torch.onnx.export(
            module, tuple(inputs), os.path.join(place, "model.onnx"), input_names=names, output_names=outs, **options
        )
    for kind, tensors in ("input", inputs), ("output", results):
        for at, tensor in enumerate(tensors):
            with open(os.path.join(place, "test_data_set_0", "%s_%d.pb" % (kind, at)), "wb") as file:
                file.write(tensor_bytes("%s_%d" % (kind, at), tensor))


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, chosen = sys.argv[1], sys.argv[2:]
    for name in NETWORKS:
        for variant in VARIANTS:
            if "%s-%s" % (name, variant) in OTHER_RESULTS:
                continue
            if chosen and name not in chosen and "%s-%s" % (name, variant) not in chosen:
                continue
            try:
                export(folder, name, variant)
            except Exception as error:  # The operator set lacks what the network needs.
                sys.stderr.write("%s-%s: PyTorch does not export it: %s\n" % (name, variant, str(error).split("\n")[0][:120]))
