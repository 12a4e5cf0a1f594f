"""Takes the steps of trainings that `cnnc export --pytorch` wrote, in f64 and f32: see pytorch-trainings.ts."""

import importlib
import json
import math
import os
import sys

import torch
from torch import nn


def module_of(folder, name):
    for known in ("model", "training_model", "train"):
        sys.modules.pop(known, None)
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


def case_of(folder):
    with open(os.path.join(folder, "case.json")) as file:
        return json.load(file)


def trained(folder, dtype, noise=0.0):
    """The losses, and the tensors after the last step; `noise` is how much weights start elsewhere, relative to what they are."""
    case = case_of(folder)
    train = module_of(folder, "train")
    read = sys.modules[case["module"]].read_weights
    data = read(os.path.join(folder, "data.safetensors"))
    model = getattr(train, case["className"])()
    model.load_state_dict(read(os.path.join(folder, "start.safetensors")))
    model = model.to(dtype).train()
    with torch.no_grad():
        for at, parameter in enumerate(model.parameters()):
            parameter *= 1 + noise * (1 + at % 3)
    for layer in model.modules():
        for name, constant in list(layer.__dict__.items()):
            if isinstance(constant, torch.Tensor):
                setattr(layer, name, constant.to(dtype))
    if case["learns"] is not None:
        keep(model, case["learns"])
    optimizer = train.optimizer_of(model)
    losses, sums = [], {}
    for step in range(case["steps"]):
        for group in optimizer.param_groups:
            group["lr"] = train.learning_rate(step, 1, case["steps"])
        images, answers = data[f"images.{step}"].to(dtype), data[f"answers.{step}"]
        answers = answers.long() if case["isClass"] else answers.to(dtype)
        optimizer.zero_grad()
        losses.append(0.0)
        size = case["microBatch"] or len(images)
        for some, own in zip(images.split(size), answers.split(size)):
            output = model(some)
            loss = train.loss_of(output if case["hasAuxiliary"] else train.first(output), own, 1) * share(case, own, answers)
            loss.backward()
            losses[-1] += loss.item()
        if case["clip"] is not None:
            nn.utils.clip_grad_norm_(model.parameters(), case["clip"])
        optimizer.step()
        if case["average"] is not None:
            # The mean of the tensors after each step, of which every step counts so much less than the next.
            for name, one in model.state_dict().items():
                sums[name] = case["average"] * sums.get(name, 0) + (1 - case["average"]) * one.detach().double()
    tensors = {name: one.detach().double().flatten() for name, one in model.state_dict().items()}
    whole = 1 - (case["average"] or 0) ** case["steps"]
    tensors.update({f"average/{name}": (one / whole).flatten() for name, one in sums.items()})
    return losses, tensors


def share(case, own, answers):
    """How much the loss of some images counts in that of a batch."""
    if case["isSum"]:
        return 1
    if case["ignored"] is not None:
        return (own != case["ignored"]).sum().item() / max((answers != case["ignored"]).sum().item(), 1)
    return len(own) / len(answers)


def keep(model, learns):
    """Of the layers that do not learn, weights stay, and batch norms go by their running statistics."""

    def learnt(name):
        return any(name == layer or name.startswith(layer + ".") for layer in learns)

    for name, parameter in model.named_parameters():
        parameter.requires_grad = learnt(name)
    for name, layer in model.named_modules():
        own = [f"{name}.{tensor}" for tensor in layer._parameters | layer._buffers]
        if hasattr(layer, "running_mean") and not any(map(learnt, own)):
            layer.eval()


def result(folder):
    losses, tensors = trained(folder, torch.float64)
    if not all(abs(loss) < 1e4 for loss in losses):
        return {"diverges": True}
    near_losses, near = trained(folder, torch.float64, 1e-14)
    single_losses, single = trained(folder, torch.float32)
    if not all(math.isfinite(loss) for loss in single_losses):
        return {"diverges": True}
    return {
        "losses": losses,
        "errors": [abs(a - b) for a, b in zip(losses, single_losses)],
        "noises": [abs(a - b) for a, b in zip(losses, near_losses)],
        "tensors": {
            name: {
                "values": values.tolist(),
                "error": (values - single[name]).abs().max().item(),
                "noise": (values - near[name]).abs().max().item(),
            }
            for name, values in tensors.items()
        },
    }


for folder in sys.argv[1:]:
    try:
        print(json.dumps({"folder": folder, **result(folder)}))
    except Exception as error:  # what a case is wrong about is the finding
        print(json.dumps({"folder": folder, "problem": f"{type(error).__name__}: {error}"}))
