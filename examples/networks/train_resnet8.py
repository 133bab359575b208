#!/usr/bin/env python3
"""Trains the ResNet-8 that the examples use, on Fashion-MNIST, and exports it to ONNX.

Needs Debian's python3-torch, python3-onnx and dataset-fashion-mnist. Everything random comes from
--seed. A checkpoint is written after every epoch; running the same command again resumes from it.
The weights exported are those of the last epoch: the test images choose nothing.

    python3 train_resnet8.py --output resnet8_fashion_mnist.onnx

Three stages of 16, 32 and 64 channels with one residual block each; 3x3 convolutions; a block that
halves the resolution gets its shortcut by 2x2 average pooling and zero channels, a quarter of the
new channels on either side. Batch normalisation is left in the exported graph as nodes of its own.
"""

import argparse
import gzip
import json
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

MEAN, STD = 0.2860, 0.3530  # of the 60,000 training images, pixels scaled to 0..1
CLASSES = 10


def read_idx(path):
    with gzip.open(path) as file:
        data = file.read()
    rank = data[3]
    shape = tuple(int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(rank))
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape).copy())


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.halves = outputs != inputs
        self.extra = (outputs - inputs) // 2
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 2 if self.halves else 1, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        if self.halves:
            x = F.pad(F.avg_pool2d(x, 2), (0, 0, 0, 0, self.extra, self.extra))
        return F.relu(x + y)


class ResNet8(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.stages = nn.Sequential(Block(16, 16), Block(16, 32), Block(32, 64))
        self.dense = nn.Linear(64, CLASSES)

    def forward(self, x):
        x = self.stages(F.relu(self.norm(self.conv(x))))
        return self.dense(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


def augment(batch, generator):
    """A random shift of at most two pixels and a mirror image half of the time, per image."""
    count, _, height, width = batch.shape
    padded = F.pad(batch, (2, 2, 2, 2), value=-MEAN / STD)
    dy = torch.randint(0, 5, (count, 1), generator=generator)
    dx = torch.randint(0, 5, (count, 1), generator=generator)
    rows = dy + torch.arange(height)
    columns = dx + torch.arange(width)
    mirrored = torch.rand(count, 1, generator=generator) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    image = torch.arange(count)[:, None, None]
    return padded[image, 0, rows[:, :, None], columns[:, None, :]][:, None]


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        return sum((model(x).argmax(1) == y).sum().item()
                   for x, y in zip(images.split(1000), labels.split(1000))) / len(labels)


def export(model, path, test_accuracy, arguments):
    import onnx  # only needed for the metadata

    model.eval()
    torch.onnx.export(model, torch.zeros(1, 1, 28, 28), path, opset_version=13,
                      input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=True)
    file = onnx.load(path)
    notes = {"normalize": f"{MEAN}/{STD}", "dataset": "fashion-mnist",
             "test_accuracy": f"{test_accuracy:.4f}",
             "trained": f"train_resnet8.py --seed {arguments.seed} --epochs {arguments.epochs}"}
    for key, value in notes.items():
        entry = file.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(file)
    onnx.save(file, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--output", default="resnet8_fashion_mnist.onnx")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.2, help="largest learning rate of the cycle")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="another number sums in another order")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    torch.use_deterministic_algorithms(True)
    generator = torch.Generator().manual_seed(arguments.seed)

    def images(name):
        pixels = read_idx(os.path.join(arguments.data, name + "-images-idx3-ubyte.gz"))
        return (pixels[:, None].float() / 255 - MEAN) / STD

    def labels(name):
        return read_idx(os.path.join(arguments.data, name + "-labels-idx1-ubyte.gz")).long()

    train_x, train_y = images("train"), labels("train")
    test_x, test_y = images("t10k"), labels("t10k")

    model = ResNet8()
    optimizer = torch.optim.SGD(model.parameters(), arguments.rate, momentum=0.9,
                                nesterov=True, weight_decay=5e-4)
    steps = -(-len(train_x) // arguments.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, arguments.rate, arguments.epochs * steps)
    checkpoint = arguments.output + ".checkpoint"
    first = 0
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        generator.set_state(state["generator"])
        first = state["epoch"]

    for epoch in range(first, arguments.epochs):
        model.train()
        start, total = time.time(), 0.0
        for chosen in torch.randperm(len(train_x), generator=generator).split(arguments.batch):
            loss = F.cross_entropy(model(augment(train_x[chosen], generator)), train_y[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(), "generator": generator.get_state(),
                    "epoch": epoch + 1}, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
        print(json.dumps({"epoch": epoch + 1, "loss": round(total / len(train_x), 4),
                          "seconds": round(time.time() - start, 1)}), flush=True)

    measured = accuracy(model, test_x, test_y)
    export(model, arguments.output, measured, arguments)
    print(json.dumps({"test_accuracy": measured, "file": arguments.output}))


if __name__ == "__main__":
    main()
