#!/usr/bin/env python3
"""Trains the networks that the examples and the published results use, and exports them to ONNX.

Needs Debian's python3-torch and python3-onnx, and dataset-fashion-mnist or the binary files of
CIFAR-10 (compressed or not). Everything random comes from --seed. A checkpoint is written after every
epoch; running the same command again resumes from it. The weights exported are those of the last
epoch: the test images choose nothing.

    python3 train.py --dataset fashion-mnist --depth 8 --output resnet8_fashion_mnist.onnx
    python3 train.py --dataset cifar10 --data DIR --depth 14 --epochs 60 --output resnet14_cifar10.onnx
    python3 train.py --dataset cifar10 --data DIR --network mobilenet --device cuda --output mobilenet_cifar10.onnx

CIFAR-10 is trained on data batches 1 to 4; batch 5 is held out for the test. On a CPU the same arguments give
the same weights; on a GPU (--device cuda) some sums have no fixed order.

resnet: three stages of 16, 32 and 64 channels with (depth - 2) / 6 residual blocks each; 3x3 convolutions; a
block that halves the resolution gets its shortcut by 2x2 average pooling and zero channels, a quarter
of the new channels on either side. mobilenet: a convolution, then depthwise 3x3 and 1x1 convolutions in turn.
Batch normalisation is left in the exported graph as nodes of its own.
"""

import argparse
import glob
import gzip
import inspect
import json
import lzma
import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 10


def read(path):
    opener = {".gz": gzip.open, ".xz": lzma.open}.get(os.path.splitext(path)[1], open)
    with opener(path, "rb") as file:
        return file.read()


def read_idx(path):
    data = read(path)
    rank = data[3]
    shape = tuple(int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(rank))
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape).copy())


class FashionMnist:
    mean, std = (0.2860,), (0.3530,)  # of the training images, pixels scaled to 0..1
    shift = 2  # largest random shift in pixels
    directory = "/usr/share/datasets/fashion-mnist"
    size = 28
    test = "test"
    layout = torch.contiguous_format  # other layouts sum in other orders

    @staticmethod
    def read(directory):
        """Training and test images [n][channel][row][column] of bytes, with their labels."""
        def part(name):
            return (read_idx(os.path.join(directory, name + "-images-idx3-ubyte.gz"))[:, None],
                    read_idx(os.path.join(directory, name + "-labels-idx1-ubyte.gz")).long())
        return part("train") + part("t10k")


class Cifar10:
    mean, std = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
    shift = 4
    directory = "."
    size = 32
    test = "data_batch_5"
    layout = torch.channels_last  # twice as fast

    @staticmethod
    def read(directory):
        def batch(number):
            found = sorted(glob.glob(os.path.join(directory, f"data_batch_{number}.bin*")))
            if not found:
                raise SystemExit(f"{directory}: expected data_batch_{number}.bin, .bin.gz or .bin.xz")
            data = np.frombuffer(read(found[0]), np.uint8)
            if data.size == 0 or data.size % 3073 != 0:
                raise SystemExit(f"{found[0]}: expected records of 3,073 bytes, found {data.size} bytes")
            data = data.reshape(-1, 3073)
            return (torch.from_numpy(data[:, 1:].reshape(-1, 3, 32, 32).copy()),
                    torch.from_numpy(data[:, 0].astype(np.int64)))
        parts = [batch(number) for number in range(1, 5)]
        return (torch.cat([x for x, _ in parts]), torch.cat([y for _, y in parts])) + batch(5)


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


class ResNet(nn.Module):
    def __init__(self, inputs, blocks):
        super().__init__()
        self.conv = nn.Conv2d(inputs, 16, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        widths = [16] + [width for width in (16, 32, 64) for _ in range(blocks)]
        self.stages = nn.Sequential(*(Block(a, b) for a, b in zip(widths, widths[1:])))
        self.dense = nn.Linear(64, CLASSES)

    def forward(self, x):
        x = self.stages(F.relu(self.norm(self.conv(x))))
        return self.dense(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class MobileNet(nn.Module):
    """Depthwise separable convolutions: a 3x3 one within each channel, then a 1x1 one across channels."""

    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (256, 1)]  # channels, stride

    def __init__(self, inputs):
        super().__init__()
        def convolution(a, b, kernel, stride=1, groups=1):
            return [nn.Conv2d(a, b, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
        layers, width = convolution(inputs, 32, 3), 32
        for outputs, stride in self.blocks:
            layers += convolution(width, width, 3, stride, width) + convolution(width, outputs, 1)
            width = outputs
        self.layers = nn.Sequential(*layers)
        self.dense = nn.Linear(width, CLASSES)

    def forward(self, x):
        return self.dense(torch.flatten(F.adaptive_avg_pool2d(self.layers(x), 1), 1))


def augment(batch, shift, black, generator):
    """A random shift of at most `shift` pixels and a mirror image half of the time, per image."""
    count, channels, height, width = batch.shape
    padded = black.expand(count, -1, height + 2 * shift, width + 2 * shift).clone()
    padded[:, :, shift:shift + height, shift:shift + width] = batch
    dy = torch.randint(0, 2 * shift + 1, (count, 1), generator=generator)
    dx = torch.randint(0, 2 * shift + 1, (count, 1), generator=generator)
    rows = dy + torch.arange(height)
    columns = dx + torch.arange(width)
    mirrored = torch.rand(count, 1, generator=generator) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    rows, columns = rows.to(batch.device), columns.to(batch.device)
    image = torch.arange(count, device=batch.device)[:, None, None, None]
    channel = torch.arange(channels, device=batch.device)[:, None, None]
    return padded[image, channel, rows[:, None, :, None], columns[:, None, None, :]]


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        return sum((model(x).argmax(1) == y).sum().item()
                   for x, y in zip(images.split(1000), labels.split(1000))) / len(labels)


def export(model, path, test_accuracy, data, arguments):
    import onnx  # only needed for the metadata

    model.eval().to("cpu", memory_format=torch.contiguous_format)
    traced = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(model, torch.zeros(1, len(data.mean), data.size, data.size), path, opset_version=13, **traced,
                      input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=True)
    file = onnx.load(path)
    def list_of(values):
        return ",".join(map(str, values))

    notes = {"normalize": f"{list_of(data.mean)}/{list_of(data.std)}", "dataset": arguments.dataset,
             "test_accuracy": f"{test_accuracy:.4f}", "test_images": data.test,
             "trained": f"train.py --dataset {arguments.dataset} --network {arguments.network} "
                        f"--depth {arguments.depth} "
                        f"--epochs {arguments.epochs} --rate {arguments.rate} --batch {arguments.batch} "
                        f"--seed {arguments.seed} --threads {arguments.threads} --device {arguments.device}"
                        + (" --bfloat16" if arguments.bfloat16 else "")}
    for key, value in notes.items():
        entry = file.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(file)
    onnx.save(file, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    datasets = {"fashion-mnist": FashionMnist, "cifar10": Cifar10}
    parser.add_argument("--dataset", choices=datasets, default="fashion-mnist")
    parser.add_argument("--data", help="folder of the data set")
    parser.add_argument("--network", choices=["resnet", "mobilenet"], default="resnet")
    parser.add_argument("--depth", type=int, default=8, help="of the resnet, 6 n + 2: convolutions and the dense layer")
    parser.add_argument("--output", required=True)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.2, help="largest learning rate of the cycle")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="another number sums in another order")
    parser.add_argument("--bfloat16", action="store_true",
                        help="train with products in bfloat16: twice as fast where the CPU has them")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    arguments = parser.parse_args()
    if arguments.depth < 8 or arguments.depth % 6 != 2:
        parser.error("--depth: expected 8, 14, 20, ...")
    data = datasets[arguments.dataset]

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    torch.use_deterministic_algorithms(arguments.device == "cpu")
    generator = torch.Generator().manual_seed(arguments.seed)

    mean = torch.tensor(data.mean)[:, None, None]
    std = torch.tensor(data.std)[:, None, None]
    black = torch.tensor([-m / s for m, s in zip(data.mean, data.std)])[:, None, None]
    train_x, train_y, test_x, test_y = data.read(arguments.data or data.directory)
    train_x, test_x = (((x.float() / 255 - mean) / std).to(arguments.device) for x in (train_x, test_x))
    train_y, test_y, black = (x.to(arguments.device) for x in (train_y, test_y, black))

    model = (MobileNet(len(data.mean)) if arguments.network == "mobilenet"
             else ResNet(len(data.mean), (arguments.depth - 2) // 6))
    model = model.to(arguments.device, memory_format=data.layout)
    optimizer = torch.optim.SGD(model.parameters(), arguments.rate, momentum=0.9,
                                nesterov=True, weight_decay=5e-4)
    steps = -(-len(train_x) // arguments.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, arguments.rate, arguments.epochs * steps)
    checkpoint = arguments.output + ".checkpoint"
    first = 0
    # What the result depends on: a checkpoint of another training is none to go on from.
    trained = {key: value for key, value in vars(arguments).items() if key not in ("output", "data")}
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint, map_location=arguments.device)
        other = sorted(key for key in trained if state.get("arguments", {}).get(key) != trained[key])
        if other:
            sys.exit(f"{checkpoint}: is of a training with another " + ", ".join("--" + key for key in other))
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        generator.set_state(state["generator"].cpu())
        first = state["epoch"]

    for epoch in range(first, arguments.epochs):
        model.train()
        start, total = time.time(), torch.zeros((), dtype=torch.float64, device=arguments.device)
        for chosen in torch.randperm(len(train_x), generator=generator).split(arguments.batch):
            chosen = chosen.to(arguments.device)
            batch = augment(train_x[chosen], data.shift, black, generator)
            with torch.autocast(arguments.device, torch.bfloat16, arguments.bfloat16):
                logits = model(batch.to(memory_format=data.layout))
            loss = F.cross_entropy(logits.float(), train_y[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(chosen)
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(), "generator": generator.get_state(),
                    "epoch": epoch + 1, "arguments": trained}, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
        print(json.dumps({"epoch": epoch + 1, "loss": round(total.item() / len(train_x), 4),
                          "test_accuracy": round(accuracy(model, test_x, test_y), 4),
                          "seconds": round(time.time() - start, 1)}), flush=True)

    measured = accuracy(model, test_x, test_y)
    export(model, arguments.output, measured, data, arguments)
    print(json.dumps({"test_accuracy": measured, "file": arguments.output}))


if __name__ == "__main__":
    main()
