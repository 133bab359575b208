#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains a small vision transformer on Fashion-MNIST, and writes it as ONNX with what PyTorch makes of test images.

    make_vision_transformer.py DIRECTORY

vit.onnx: 28x28 images in 16 patches and a class token of 32 channels, 2 blocks of attention with 4 heads;
vit.expected: the logits of the first 500 test images (floats, little endian). 15 seconds on one core.

Needs python3-torch, python3-onnx, python3-numpy and the package dataset-fashion-mnist. Exits with 77 where they are
missing.
"""

import gzip
import pathlib
import sys
import warnings

try:
    import numpy as np
    import onnx
    import torch
except ImportError as problem:
    print(f"skipped: {problem}")
    sys.exit(77)

from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.manual_seed(1)
folder = pathlib.Path(sys.argv[1])
data = pathlib.Path("/usr/share/datasets/fashion-mnist")
mean, deviation = 0.286, 0.353


def read(part, count):
    """Images, normalised, and labels."""

    def bytes_of(kind, header):
        content = gzip.decompress((data / f"{part}-{kind}-ubyte.gz").read_bytes())
        return np.frombuffer(content, np.uint8, offset=header)

    pixels = bytes_of("images-idx3", 16).reshape(-1, 1, 28, 28)[:count].astype(np.float32) / 255
    labels = bytes_of("labels-idx1", 8)[:count].astype(np.int64)
    return torch.from_numpy((pixels - np.float32(mean)) / np.float32(deviation)), torch.from_numpy(labels)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        images, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(images, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = ((q @ k.transpose(-2, -1)) * self.scale).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(images, tokens, width))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.before, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.between = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        x = x + self.attention(self.before(x))
        return x + self.mlp(self.between(x))


class Transformer(nn.Module):
    def __init__(self, width=32, heads=4, blocks=2):
        super().__init__()
        self.patches = nn.Conv2d(1, width, 7, 7)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, 17, width) / 50)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(blocks)))
        self.norm, self.classes = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        return self.classes(self.norm(self.blocks(x + self.places))[:, 0])


def train(network, images, labels, epochs, size=100):
    steps = epochs * (len(images) // size)
    optimizer = torch.optim.AdamW(network.parameters(), 0.004, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.004, steps)
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(size):
            optimizer.zero_grad()
            F.cross_entropy(network(images[chosen]), labels[chosen]).backward()
            optimizer.step()
            schedule.step()


if not data.exists():
    print(f"skipped: the package dataset-fashion-mnist is not installed: no {data}")
    sys.exit(77)
folder.mkdir(parents=True, exist_ok=True)
network = Transformer()
train(network, *read("train", 8000), 3)
network.eval()
images, labels = read("t10k", 500)
with torch.no_grad():
    logits = network(images)
logits.numpy().astype("<f4").tofile(folder / "vit.expected")
torch.onnx.export(
    network, images[:2], str(folder / "vit.onnx"), opset_version=13, input_names=["x"], output_names=["y"],
    dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
)
model = onnx.load(str(folder / "vit.onnx"))
for key, value in {"normalize": f"{mean}/{deviation}", "dataset": "fashion-mnist"}.items():
    entry = model.metadata_props.add()
    entry.key, entry.value = key, value
onnx.save(model, str(folder / "vit.onnx"))
print(f"{(logits.argmax(1) == labels).float().mean():.1%} of {len(labels)} test images")
