#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes small ONNX files, inputs for them, and what PyTorch or plain arithmetic say comes out.

    make_onnx_models.py DIRECTORY

For each model NAME: NAME.onnx, NAME.input and NAME.expected (floats, little endian, images as row, column,
channel) and, for quantised ones, NAME.ties (bytes: 1 where the exact result lies within 1e-6 of the middle
between two codes, so that rules of rounding decide). The file `models` lists them: kind, name, number of images.
The kinds:

    float       compare floats with `expected`
    quantized   compare the integer network with `expected`, except at ties; floats with it, too
    exact       the results are accumulators times a scale: equal to the last bit
    training    fake quantisation exported by PyTorch: floats, and the integer network to a code

Needs python3-torch, python3-onnx, python3-numpy. Exits with 77 where they are missing.
"""

import pathlib
import sys
import warnings

try:
    import numpy as np
    import onnx
    import torch
    from onnx import TensorProto, helper, numpy_helper
except ImportError as problem:
    print(f"skipped: {problem}")
    sys.exit(77)

from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.manual_seed(1)
torch.backends.quantized.engine = "qnnpack"  # the default saturates sums of two products without AVX-512 VNNI
random = np.random.default_rng(1)
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
listed = []


def channels_last(values):
    values = np.asarray(values, dtype=np.float32)
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1) if values.ndim == 4 else values)


def note(kind, name, images, expected, ties=None, layout="NCHW"):
    images = np.asarray(images, dtype=np.float32)
    (channels_last(images) if layout == "NCHW" else images).tofile(folder / f"{name}.input")
    channels_last(expected).tofile(folder / f"{name}.expected")
    if ties is not None:
        ties = np.asarray(ties, dtype=np.uint8)
        np.ascontiguousarray(ties.transpose(0, 2, 3, 1) if ties.ndim == 4 else ties).tofile(folder / f"{name}.ties")
    listed.append(f"{kind} {name} {len(images)}")


# --- Float networks that PyTorch exports ----------------------------------------------------------------------


def conv(inputs, outputs, kernel=3, stride=1, groups=1, act=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([act()] if act else []))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(conv(inputs, outputs, 3, stride), conv(outputs, outputs, act=None))
        self.skip = conv(inputs, outputs, 1, stride, act=None) if stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


class Inverted(nn.Module):
    def __init__(self, channels):
        super().__init__()
        wide = 3 * channels
        self.body = nn.Sequential(
            conv(channels, wide, 1, act=nn.ReLU6), conv(wide, wide, groups=wide, act=nn.ReLU6), conv(wide, channels, 1, act=None)
        )

    def forward(self, x):
        return x + self.body(x)


class Fire(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.squeeze, self.left, self.right = nn.Conv2d(inputs, 4, 1), nn.Conv2d(4, outputs, 1), nn.Conv2d(4, outputs, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.left(x)), F.relu(self.right(x))], 1)


class Inception(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.a = conv(inputs, 4, 1)
        self.b = nn.Sequential(conv(inputs, 4, 1), conv(4, 6))
        self.c = nn.Sequential(conv(inputs, 2, 1), conv(2, 4, 5))
        self.d = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(inputs, 3, 1))

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), self.c(x), self.d(x)], 1)


class Attention(nn.Module):
    def __init__(self, width, heads, fused):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.inputs = nn.ModuleList([nn.Linear(width, 3 * width)] if fused else [nn.Linear(width, width) for _ in range(3)])
        self.out = nn.Linear(width, width)

    def forward(self, x):
        images, tokens, width = x.shape
        if len(self.inputs) == 1:
            split = self.inputs[0](x).reshape(images, tokens, 3, self.heads, width // self.heads)
            q, k, v = split.permute(2, 0, 3, 1, 4).unbind(0)
            scores = (q @ k.transpose(-2, -1)) * self.scale
        else:
            split = (layer(x).view(images, tokens, self.heads, -1).transpose(1, 2) for layer in self.inputs)
            q, k, v = split
            scores = (q * self.scale) @ k.transpose(-2, -1)
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(images, tokens, width))


class Torch(nn.Module):
    """The attention that PyTorch has; training mode keeps its exporter away from a fused kernel."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class Block(nn.Module):
    def __init__(self, width, attention):
        super().__init__()
        self.attention, self.before, self.between = attention, nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        x = x + self.attention(self.before(x))
        return x + self.mlp(self.between(x))


class Transformer(nn.Module):
    """A vision transformer; `patches` by a convolution or by rearranging pixels, pooled by a class token or a mean."""

    def __init__(self, attention, token=True, patches="convolution", width=12):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 3, 3) if patches == "convolution" else nn.Linear(27, width)
        self.order = {"rows": (0, 2, 4, 3, 5, 1), "channels": (0, 2, 4, 1, 3, 5)}.get(patches)
        self.token = nn.Parameter(torch.randn(1, 1, width)) if token else None
        self.places = nn.Parameter(torch.randn(1, 16 + token, width) / 2)
        self.blocks = nn.Sequential(Block(width, attention()), Block(width, attention()))
        self.norm, self.classes = nn.LayerNorm(width, elementwise_affine=self.order is None), nn.Linear(width, 5)

    def forward(self, x):
        if self.order:
            x = self.patches(x.reshape(-1, 3, 4, 3, 4, 3).permute(self.order).reshape(-1, 16, 27))
        else:
            x = self.patches(x).flatten(2).transpose(1, 2)
        if self.token is not None:
            x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        x = self.norm(self.blocks(x + self.places))
        return self.classes(x.mean(1) if self.token is None else x[:, 0])


def head(channels, *layers):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 5), *layers]


def networks():
    resnet = nn.Sequential(conv(3, 8), Residual(8, 8, 1), Residual(8, 12, 2), *head(12))
    vgg = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(True), nn.Conv2d(6, 6, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, 2),
        nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, 2), nn.Flatten(), nn.Linear(8 * 9, 16), nn.ReLU(True),
        nn.Dropout(), nn.Linear(16, 5),
    )
    mobilenet1 = nn.Sequential(conv(3, 8, 3, 2), conv(8, 8, groups=8), conv(8, 12, 1), conv(12, 12, 3, 2, 12), conv(12, 16, 1), *head(16))
    mobilenet2 = nn.Sequential(conv(3, 8, 3, 2, act=nn.ReLU6), Inverted(8), Inverted(8), conv(8, 16, 1, act=nn.ReLU6), *head(16))
    squeezenet = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(8, 6), Fire(12, 6), nn.Dropout(0.5),
        nn.Conv2d(12, 5, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )
    lenet = nn.Sequential(
        nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 8, 3), nn.Sigmoid(), nn.Flatten(), nn.Linear(32, 10),
        nn.Tanh(), nn.Linear(10, 5), nn.Softmax(1),
    )
    googlenet = nn.Sequential(conv(3, 6, 3, 2), nn.MaxPool2d(3, 2, ceil_mode=True), Inception(6), Inception(17), *head(17, nn.LogSoftmax(1)))
    yield "resnet", resnet, (7, 9, 13, 17)
    yield "vgg", vgg, (7, 11, 15)
    yield "mobilenet1", mobilenet1, (8, 14)
    yield "mobilenet2", mobilenet2, (7, 10, 12, 16)
    yield "squeezenet", squeezenet, (10, 13)
    yield "lenet", lenet, (7, 13)
    yield "googlenet", googlenet, (10, 17)
    for layer in (nn.Sigmoid(), nn.Hardswish(), nn.Hardsigmoid(), nn.SiLU(), nn.LeakyReLU(0.2), nn.ELU(0.7), nn.Tanh(), nn.ReLU6()):
        body = nn.Sequential(nn.Conv2d(3, 4, 3), layer, nn.Conv2d(4, 3, 1), nn.Flatten())
        yield type(layer).__name__.lower(), body, (9, 14)
    yield "transformer", Transformer(lambda: Attention(12, 3, True)), (11, 13, 14, 17)
    yield "transformer_mean", Transformer(lambda: Attention(12, 2, False), False), (13, 17)
    yield "transformer_rows", Transformer(lambda: Attention(12, 1, True), False, "rows"), (13,)
    yield "transformer_channels", Transformer(lambda: Attention(12, 4, False), True, "channels"), (16,)
    yield "transformer_torch", Transformer(lambda: Torch(12, 3)), (13, 17)
    yield "softmax", nn.Sequential(nn.Conv2d(3, 4, 3, 3), nn.Softmax(1)), (11, 13)
    yield "batchnorm", nn.Sequential(nn.BatchNorm2d(3), nn.ReLU(), nn.BatchNorm2d(3)), (7, 15)


def settle(module):
    """Statistics and parameters of batch normalisation as after training."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.2)
            part.running_var.uniform_(0.5, 2)
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.uniform_(part.bias, -0.3, 0.3)
        elif isinstance(part, nn.LayerNorm) and part.elementwise_affine:
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.uniform_(part.bias, -0.3, 0.3)
    return module.eval()


def export(name, module, images, opset):
    torch.onnx.export(
        module, images, str(folder / f"{name}.onnx"), opset_version=opset, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
    )


def float_networks():
    for name, module, opsets in networks():
        settle(module)
        images = torch.randn(2, 3, 12, 12)
        for opset in opsets:
            export(f"{name}_{opset}", module, images, opset)
            with torch.no_grad():
                note("float", f"{name}_{opset}", images, module(images).numpy())


# --- Networks as other exporters write them -------------------------------------------------------------------


def tensor(name, values):
    return numpy_helper.from_array(np.asarray(values), name)


def save(name, nodes, tensors, images, outputs, opset, external=False, domains=()):
    """`images` and `outputs`: shapes without the batch; outputs by name."""
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *images])],
        [helper.make_tensor_value_info(n, t, ["batch", *s]) for n, t, s in outputs], tensors,
    )
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 1) for domain in domains]
    model = helper.make_model(graph, opset_imports=imports, ir_version=7)
    if not domains and opset <= 17:
        onnx.checker.check_model(model)
    onnx.save_model(
        model, str(folder / f"{name}.onnx"), save_as_external_data=external, location=f"{name}.weights", size_threshold=0
    )


def floats(*shape):
    return random.normal(0, 1 / max(1, np.prod(shape[1:])) ** 0.5, shape).astype(np.float32)


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs.split(), output.split(), **attributes)


def keras():
    """Channels last, transposed around each convolution, biases added, as tf2onnx does."""
    images = random.normal(0, 1, (2, 12, 12, 3)).astype(np.float32)
    w1, b1, w2, d, bd = floats(6, 3, 3, 3), floats(6), floats(6, 1, 3, 3), floats(54, 5), floats(5)
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    y = F.relu(F.conv2d(F.pad(x, (0, 1, 0, 1)), torch.from_numpy(w1), torch.from_numpy(b1), 2))
    y = torch.clamp(F.conv2d(y, torch.from_numpy(w2), padding=1, groups=6), 0, 6)
    y = F.max_pool2d(y, 2).permute(0, 2, 3, 1).reshape(2, -1)
    y = torch.softmax(y @ torch.from_numpy(d) + torch.from_numpy(bd), 1).numpy()
    for opset in (9, 13):
        limits = ["", ""] if opset < 11 else ["low", "high"]
        clip = node("Clip", "c2", "r2", min=0.0, max=6.0) if opset < 11 else node("Clip", "c2 low high", "r2")
        nodes = [
            node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
            node("Conv", "t w1 b1", "c1", strides=[2, 2], auto_pad="SAME_UPPER"), node("Relu", "c1", "r1"),
            node("Transpose", "r1", "n1", perm=[0, 2, 3, 1]), node("Transpose", "n1", "t2", perm=[0, 3, 1, 2]),
            node("Conv", "t2 w2", "c2", group=6, auto_pad="SAME_UPPER"), clip,
            node("MaxPool", "r2", "p", kernel_shape=[2, 2], strides=[2, 2]), node("Transpose", "p", "n2", perm=[0, 2, 3, 1]),
            node("Reshape", "n2 shape", "f"), node("MatMul", "f d", "m"), node("Add", "m bd", "a"), node("Softmax", "a", "y"),
        ]
        tensors = [tensor("w1", w1), tensor("b1", b1), tensor("w2", w2), tensor("d", d), tensor("bd", bd), tensor("shape", [-1, 54])]
        if limits[0]:
            tensors += [tensor("low", np.float32(0)), tensor("high", np.float32(6))]
        save(f"keras_{opset}", nodes, tensors, [12, 12, 3], [("y", TensorProto.FLOAT, [5])], opset)
        note("float", f"keras_{opset}", images, y, layout="NHWC")


def scikit():
    """A multi-layer perceptron with label and probabilities, as skl2onnx writes it; weights beside the model."""
    images = random.normal(0, 1, (4, 7)).astype(np.float32)
    w1, b1, w2, b2 = floats(7, 9), floats(1, 9), floats(9, 4), floats(1, 4)
    z = np.maximum(images @ w1 + b1, 0) @ w2 + b2
    y = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    nodes = [
        node("Cast", "x", "c", to=TensorProto.FLOAT), node("MatMul", "c w1", "m1"), node("Add", "m1 b1", "a1"), node("Relu", "a1", "r"),
        node("MatMul", "r w2", "m2"), node("Add", "m2 b2", "a2"), node("Softmax", "a2", "probabilities", axis=1),
        node("ArgMax", "probabilities", "label", axis=1, keepdims=0),
    ]
    tensors = [tensor("w1", w1), tensor("b1", b1), tensor("w2", w2), tensor("b2", b2)]
    outputs = [("label", TensorProto.INT64, []), ("probabilities", TensorProto.FLOAT, [4])]
    save("scikit_15", nodes, tensors, [7], outputs, 15, external=True)
    note("float", "scikit_15", images, y)
    gemm = [node("Gemm", "x w1 c1", "g", alpha=0.5, beta=2.0), node("Tanh", "g", "t"), node("Gemm", "t w2t", "y", transB=1)]
    tensors = [tensor("w1", w1), tensor("c1", b1[0]), tensor("w2t", np.ascontiguousarray(w2.T))]
    save("gemm_8", gemm, tensors, [7], [("y", TensorProto.FLOAT, [4])], 11)
    note("float", "gemm_8", images, np.tanh(0.5 * images @ w1 + 2 * b1) @ w2)


def latest():
    """Operator set 18: axes that moved to inputs."""
    images = random.normal(0, 1, (2, 3, 8, 8)).astype(np.float32)
    x = F.pad(torch.from_numpy(images), (1, 2, 0, 1), value=0.25)
    nodes = [
        node("Pad", "x pads value pad_axes", "p"), node("ReduceMean", "p axes", "m", keepdims=0),
        node("Unsqueeze", "m last", "u"), node("Squeeze", "u last", "y"),
    ]
    tensors = [
        tensor("pads", [0, 1, 1, 2]), tensor("value", np.float32(0.25)), tensor("pad_axes", [2, 3]), tensor("axes", [2, 3]), tensor("last", [2]),
    ]
    save("latest_18", nodes, tensors, [3, 8, 8], [("y", TensorProto.FLOAT, [3])], 18)
    note("float", "latest_18", images, x.mean((2, 3)).numpy())
    gate = [
        node("GlobalAveragePool", "x", "g"), node("Conv", "g w", "e"), node("Sigmoid", "e", "s"), node("Mul", "x s", "y"),
    ]
    w = floats(3, 3, 1, 1)
    y = torch.from_numpy(images)
    y = y * torch.sigmoid(F.conv2d(y.mean((2, 3), keepdim=True), torch.from_numpy(w)))
    save("excite_13", gate, [tensor("w", w)], [3, 8, 8], [("y", TensorProto.FLOAT, [3, 8, 8])], 13)
    note("float", "excite_13", images, y.numpy())


# --- Quantised networks ---------------------------------------------------------------------------------------


class Codes:
    """Codes of an activation: integers with scale and zero point."""

    def __init__(self, values, scale, zero, kind):
        self.values, self.scale, self.zero, self.kind = values.astype(np.int64), np.float32(scale), int(zero), kind

    def real(self):
        return ((self.values - self.zero).astype(np.float32) * self.scale).astype(np.float32)


LIMITS = {np.uint8: (0, 255), np.int8: (-128, 127)}


def encode(reals, scale, zero, kind):
    """QuantizeLinear: single precision, halves to even."""
    codes = np.rint(np.asarray(reals, np.float32) / np.float32(scale)) + np.float32(zero)
    return Codes(np.clip(codes, *LIMITS[kind]), scale, zero, kind)


def requantise(exact, scale, zero, kind):
    """The code of exact results (in double precision), and where it is a matter of rounding."""
    steps = np.asarray(exact, np.float64) / np.float64(np.float32(scale))
    codes = np.clip(np.rint(steps) + zero, *LIMITS[kind])
    ties = np.abs(np.abs(steps - np.floor(steps)) - 0.5) < 1e-6 * np.maximum(1, np.abs(steps))
    return Codes(codes, scale, zero, kind), ties


def convolve(x, w, zeros, stride=1, pad=0, groups=1):
    """Exact sums of products: double precision holds them."""
    a = torch.from_numpy((x.values - x.zero).astype(np.float64))
    b = torch.from_numpy((w.astype(np.float64) - np.reshape(zeros, (-1, 1, 1, 1)).astype(np.float64)))
    return F.conv2d(a, b, stride=stride, padding=pad, groups=groups).numpy()


def weights(shape, kind, per_channel):
    codes = random.integers(*(LIMITS[kind] if kind is np.uint8 else (-127, 127)), shape, endpoint=True).astype(kind)
    count = shape[0] if per_channel else 1
    scales = random.uniform(0.002, 0.01, count).astype(np.float32)
    zeros = random.integers(100, 150, count).astype(kind) if kind is np.uint8 else np.zeros(count, kind)
    return codes, scales, zeros


def quantised_convolution(name, form, activation, weight, per_channel, clip=None, depthwise=False):
    """One convolution in QDQ or QLinear form, after QuantizeLinear."""
    images = random.normal(0, 1, (3, 4, 7, 6)).astype(np.float32)
    zx = 117 if activation is np.uint8 else -11
    x = encode(images, 0.0173, zx, activation)
    groups = 4 if depthwise else 1
    w, sw, zw = weights((8, 4 // groups, 3, 3), weight, per_channel)
    bias = random.integers(-3000, 3000, 8).astype(np.int32)
    sums = convolve(x, w, zw, 1, 1, groups) + bias.reshape(1, -1, 1, 1)
    real = sums * (np.float64(x.scale) * sw.astype(np.float64)).reshape(1, -1, 1, 1)
    shape = [] if not per_channel else [8]
    scales = [tensor("sx", x.scale), tensor("zx", np.array(zx, activation)), tensor("w", w), tensor("sw", sw.reshape(shape)),
              tensor("zw", zw.reshape(shape)), tensor("b", bias), tensor("sb", (x.scale * sw).reshape(shape))]
    q = node("QuantizeLinear", "x sx zx", "xq")
    outputs = [("y", TensorProto.FLOAT, [8, 7, 6])]
    attributes = dict(pads=[1, 1, 1, 1], group=groups)
    axis = dict(axis=0) if per_channel else {}
    if form == "sums":  # no codes behind it: accumulators
        nodes = [q, node("DequantizeLinear", "xq sx zx", "xd"), node("DequantizeLinear", "w sw zw", "wd", **axis),
                 node("DequantizeLinear", "b sb", "bd", **axis), node("Conv", "xd wd bd", "y", **attributes)]
        save(name, nodes, scales, [4, 7, 6], outputs, 13)
        return note("exact", name, images, real.astype(np.float32))
    if clip:
        real = np.clip(real, *clip)
    zy = 121 if activation is np.uint8 else 4
    y, ties = requantise(real, 0.0391, zy, activation)
    scales += [tensor("sy", y.scale), tensor("zy", np.array(zy, activation))]
    if form == "qdq":
        limit = [node("Relu", "c", "r")] if clip == (0, np.inf) else [node("Clip", "c low high", "r")] if clip else []
        if clip and clip != (0, np.inf):
            scales += [tensor("low", np.float32(clip[0])), tensor("high", np.float32(clip[1]))]
        nodes = [q, node("DequantizeLinear", "xq sx zx", "xd"), node("DequantizeLinear", "w sw zw", "wd", **axis),
                 node("DequantizeLinear", "b sb", "bd", **axis), node("Conv", "xd wd bd", "c", **attributes), *limit,
                 node("QuantizeLinear", ("r" if clip else "c") + " sy zy", "yq"), node("DequantizeLinear", "yq sy zy", "y")]
    else:
        nodes = [q, node("QLinearConv", "xq sx zx w sw zw sy zy b", "yq", **attributes), node("DequantizeLinear", "yq sy zy", "y")]
        scales = [t for t in scales if t.name != "sb"]
    save(name, nodes, scales, [4, 7, 6], outputs, 13)
    note("quantized", name, images, y.real(), ties)
    if activation is np.uint8 and weight is np.int8 and not clip:  # PyTorch's own integer arithmetic agrees
        qx = torch.quantize_per_tensor(torch.from_numpy(images), float(x.scale), zx, torch.quint8)
        wd = torch.from_numpy(w.astype(np.float32) * sw.reshape(-1, 1, 1, 1))
        qw = (torch.quantize_per_channel(wd, torch.from_numpy(sw.astype(np.float64)), torch.zeros(8, dtype=torch.int64), 0, torch.qint8)
              if per_channel else torch.quantize_per_tensor(wd, float(sw[0]), 0, torch.qint8))
        bd = torch.from_numpy((bias * (np.float64(x.scale) * sw)).astype(np.float32))
        theirs = nn.quantized.functional.conv2d(qx, qw, bd, padding=1, groups=groups, scale=float(y.scale), zero_point=zy)
        wrong = (theirs.int_repr().numpy() != y.values) & ~ties
        if wrong.any():
            sys.exit(f"{name}: {wrong.sum()} codes differ from PyTorch's")


def quantised_dense(name, form, per_channel):
    images = random.normal(0, 1, (5, 12)).astype(np.float32)
    x = encode(images, 0.0211, 128, np.uint8)
    w, sw, zw = weights((6, 12), np.int8, per_channel)
    bias = random.integers(-2000, 2000, 6).astype(np.int32)
    sums = (x.values - x.zero) @ (w.astype(np.int64) - zw.reshape(-1, 1)).T
    scale = (np.float64(x.scale) * sw.astype(np.float64)).reshape(1, -1)
    shape = [6] if per_channel else []
    scales = [tensor("sx", x.scale), tensor("zx", np.uint8(128)), tensor("sw", sw.reshape(shape)), tensor("zw", zw.reshape(shape))]
    q = node("QuantizeLinear", "x sx zx", "xq")
    biased = form != "QLinearMatMul"
    y, ties = requantise((sums + (bias if biased else 0)) * scale, 0.0307, 119, np.uint8)
    scales += [tensor("sy", y.scale), tensor("zy", np.uint8(119))]
    domains = []
    wt = np.ascontiguousarray(w.T)
    last = node("DequantizeLinear", "yq sy zy", "y")
    if form == "QLinearMatMul":
        scales += [tensor("w", wt)]
        nodes = [q, node("QLinearMatMul", "xq sx zx w sw zw sy zy", "yq"), last]
    elif form == "QGemm":
        scales += [tensor("w", w), tensor("b", bias)]
        nodes = [q, helper.make_node("QGemm", "xq sx zx w sw zw b sy zy".split(), ["yq"], domain="com.microsoft", transB=1), last]
        domains = ["com.microsoft"]
    else:
        scales += [tensor("b", bias), tensor("sb", (x.scale * sw).reshape(shape))]
        axis = dict(axis=0) if per_channel else {}
        nodes = [q, node("DequantizeLinear", "xq sx zx", "xd"), node("DequantizeLinear", "b sb", "bd", **axis)]
        if form == "Gemm":
            scales += [tensor("w", w)]
            nodes += [node("DequantizeLinear", "w sw zw", "wd", **axis), node("Gemm", "xd wd bd", "c", transB=1)]
        else:  # weights transposed behind their codes, bias added
            scales += [tensor("w", w)]
            nodes += [node("DequantizeLinear", "w sw zw", "wn", **axis), node("Transpose", "wn", "wd", perm=[1, 0]),
                      node("MatMul", "xd wd", "m"), node("Add", "m bd", "c")]
        nodes += [node("QuantizeLinear", "c sy zy", "yq"), last]
    save(name, nodes, scales, [12], [("y", TensorProto.FLOAT, [6])], 13, domains=domains)
    note("quantized", name, images, y.real(), ties)


def quantised_elementwise():
    """Sums, products, joins, means and functions of codes, in both forms."""
    images = random.normal(0, 1, (3, 4, 6, 6)).astype(np.float32)
    a = encode(images, 0.0187, 125, np.uint8)
    b = encode(np.float32(0.7) * images, 0.0143, 131, np.uint8)
    scales = [tensor("sa", a.scale), tensor("za", np.uint8(125)), tensor("sb", b.scale), tensor("zb", np.uint8(131)),
              tensor("k", np.float32(0.7)), tensor("sy", np.float32(0.0239)), tensor("zy", np.uint8(120))]
    start = [node("QuantizeLinear", "x sa za", "aq"), node("DequantizeLinear", "aq sa za", "ad")]
    # A second activation of another scale: a function of the first.
    second = [node("Mul", "ad k", "m"), node("QuantizeLinear", "m sb zb", "bq"), node("DequantizeLinear", "bq sb zb", "bd")]
    b = encode(np.float32(0.7) * a.real(), 0.0143, 131, np.uint8)
    end = [node("QuantizeLinear", "c sy zy", "yq"), node("DequantizeLinear", "yq sy zy", "y")]
    both = np.float64(a.scale) * (a.values - a.zero), np.float64(b.scale) * (b.values - b.zero)
    float_both = a.real(), b.real()
    microsoft = lambda kind, inputs, **more: helper.make_node(kind, inputs.split(), ["yq"], domain="com.microsoft", **more)

    def both_forms(name, exact, shape, qdq, qlinear, extra=(), bits=None):
        y, ties = requantise(exact, 0.0239, 120, np.uint8)
        if bits is not None:  # a function of single codes: defined to the bit
            y, ties = encode(bits, 0.0239, 120, np.uint8), np.zeros(exact.shape)
        out = [("y", TensorProto.FLOAT, shape)]
        save(f"{name}_qdq", start + second + qdq + end, scales + list(extra), [4, 6, 6], out, 14)
        note("quantized", f"{name}_qdq", images, y.real(), ties)
        if qlinear is not None:
            save(f"{name}_qlinear", start + second + [qlinear, end[1]], scales + list(extra), [4, 6, 6], out, 14, domains=["com.microsoft"])
            note("quantized", f"{name}_qlinear", images, y.real(), ties)

    whole = [4, 6, 6]
    both_forms("add", both[0] + both[1], whole, [node("Add", "ad bd", "c")], microsoft("QLinearAdd", "aq sa za bq sb zb sy zy"))
    both_forms("multiply", both[0] * both[1], whole, [node("Mul", "ad bd", "c")], microsoft("QLinearMul", "aq sa za bq sb zb sy zy"))
    both_forms("concat", np.concatenate(both, 1), [8, 6, 6], [node("Concat", "ad bd", "c", axis=1)],
               microsoft("QLinearConcat", "sy zy aq sa za bq sb zb", axis=1), bits=np.concatenate(float_both, 1))
    both_forms("mean", both[0].mean((2, 3), keepdims=True), [4, 1, 1], [node("GlobalAveragePool", "ad", "c")],
               microsoft("QLinearGlobalAveragePool", "aq sa za sy zy", channels_last=0))
    pooled = F.avg_pool2d(torch.from_numpy(both[0]), 3, 2, 1, count_include_pad=False).numpy()
    both_forms("average", pooled, [4, 3, 3],
               [node("AveragePool", "ad", "c", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])], None)
    sums = np.float32(1) / (np.float32(1) + np.exp(-a.real()))
    both_forms("sigmoid", sums, whole, [node("Sigmoid", "ad", "c")], microsoft("QLinearSigmoid", "aq sa za sy zy"), bits=sums)
    x = a.real()
    leaky = np.where(x < 0, np.float32(0.1) * x, x)
    both_forms("leaky", leaky, whole, [node("LeakyRelu", "ad", "c", alpha=0.1)],
               microsoft("QLinearLeakyRelu", "aq sa za sy zy", alpha=0.1), bits=leaky)
    swish = x * np.clip(x / np.float32(6) + np.float32(0.5), 0, 1)
    both_forms("hardswish", swish, whole, [node("HardSwish", "ad", "c")], None, bits=swish)
    both_forms("relu6", np.clip(x, 0, 6), whole, [node("Clip", "ad zero six", "c")], None,
               [tensor("zero", np.float32(0)), tensor("six", np.float32(6))], bits=np.clip(x, 0, 6))
    factor, offset = random.uniform(0.5, 1.5, (4, 1, 1)).astype(np.float32), random.normal(0, 0.3, (4, 1, 1)).astype(np.float32)
    normal = (x * factor).astype(np.float32) + offset
    both_forms("norm", normal, whole, [node("Mul", "ad factor", "f"), node("Add", "f offset", "c")], None,
               [tensor("factor", factor), tensor("offset", offset)], bits=normal)
    largest = F.max_pool2d(torch.from_numpy(a.real()), 2).numpy()
    y = encode(largest, a.scale, a.zero, np.uint8)
    for form, nodes in {"qdq": [node("MaxPool", "ad", "c", kernel_shape=[2, 2], strides=[2, 2]), node("QuantizeLinear", "c sa za", "yq")],
                        "codes": [node("MaxPool", "aq", "yq", kernel_shape=[2, 2], strides=[2, 2])]}.items():
        save(f"maxpool_{form}", start + nodes + [node("DequantizeLinear", "yq sa za", "y")], scales, [4, 6, 6],
             [("y", TensorProto.FLOAT, [4, 3, 3])], 14)
        note("quantized", f"maxpool_{form}", images, y.real(), np.zeros(largest.shape))


class Trained(nn.Module):
    """A network with fake quantisation, as quantisation-aware training leaves it."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, 2, 1), nn.Linear(8, 5)
        self.shortcut = nn.Conv2d(8, 8, 1, 2)
        for name in ("first", "second", "third", "shortcut"):
            weight = getattr(self, name).weight.detach()
            self.register_buffer(name + "_scale", weight.reshape(len(weight), -1).abs().max(1)[0] / 127)
        self.register_buffer("zeros", torch.zeros(8, dtype=torch.int32))

    @staticmethod
    def code(x, scale, zero=0):
        return torch.fake_quantize_per_tensor_affine(x, scale, zero, 0, 255)

    def layer(self, name):
        return torch.fake_quantize_per_channel_affine(
            getattr(self, name).weight, getattr(self, name + "_scale"), self.zeros[: len(getattr(self, name).weight)], 0, -128, 127
        )

    def forward(self, x):
        x = self.code(x, 0.0271, 128)
        x = self.code(F.relu(F.conv2d(x, self.layer("first"), self.first.bias, padding=1)), 0.0093)
        a = self.code(F.conv2d(x, self.layer("second"), self.second.bias, 2, 1), 0.0117, 121)
        b = self.code(F.conv2d(x, self.layer("shortcut"), self.shortcut.bias, 2), 0.0119, 133)
        x = self.code(F.relu(a + b), 0.0131)
        x = self.code(F.adaptive_avg_pool2d(x, 1), 0.0057)
        return F.linear(torch.flatten(x, 1), self.layer("third"), self.third.bias)


def quantised():
    for form in ("qdq", "qlinear", "sums"):
        for activation in (np.uint8, np.int8):
            for weight in (np.int8, np.uint8):
                for per_channel in (False, True):
                    name = f"conv_{form}_{activation.__name__}_{weight.__name__}_{'channel' if per_channel else 'tensor'}"
                    quantised_convolution(name, form, activation, weight, per_channel)
    quantised_convolution("conv_qdq_relu", "qdq", np.uint8, np.int8, True, (0, np.inf))
    quantised_convolution("conv_qdq_relu6", "qdq", np.int8, np.int8, True, (0, 6))
    quantised_convolution("conv_qdq_depthwise", "qdq", np.uint8, np.int8, True, depthwise=True)
    quantised_convolution("conv_qlinear_depthwise", "qlinear", np.uint8, np.int8, True, depthwise=True)
    for form in ("Gemm", "MatMul", "QLinearMatMul", "QGemm"):
        for per_channel in (False, True):
            quantised_dense(f"dense_{form.lower()}_{'channel' if per_channel else 'tensor'}", form, per_channel)
    quantised_elementwise()
    module, images = Trained().eval(), torch.randn(4, 3, 10, 10)
    export("trained_13", module, images, 13)
    with torch.no_grad():
        note("training", "trained_13", images, module(images).numpy())


float_networks()
keras()
scikit()
latest()
quantised()
(folder / "models").write_text("\n".join(listed) + "\n")
print(f"{len(listed)} models in {folder}")
