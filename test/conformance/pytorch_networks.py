# Small networks of the kinds that people export, by the layers and idioms that make them hard to import. NAME -> (constructor, shapes of
# the inputs). What they are for is in a line each.

import torch
import torch.nn as nn
import torch.nn.functional as F


def conv_norm(inputs, outputs, kernel=3, stride=1, groups=1, activation=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, activation()) if activation else nn.Sequential(*layers)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.body = nn.Sequential(conv_norm(inputs, outputs, 3, stride), conv_norm(outputs, outputs, activation=None))
        self.shortcut = nn.Identity() if inputs == outputs else conv_norm(inputs, outputs, 1, stride, activation=None)

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


class ResNet(nn.Module):
    """`view(x.size(0), -1)`: Shape, Gather, Unsqueeze, Concat, Reshape."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8, 3, 2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.layers = nn.Sequential(Residual(8, 8), Residual(8, 8), Residual(8, 16, 2), Residual(16, 16))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.avgpool(self.layers(self.pool(self.stem(x))))
        return self.fc(x.view(x.size(0), -1))


class SqueezeExcite(nn.Module):
    """A mean over pixels by `mean((2, 3))` and views, and a gate."""

    def __init__(self, channels, activation=nn.ReLU, gate=nn.Sigmoid):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(channels, channels // 4), activation(), nn.Linear(channels // 4, channels), gate())

    def forward(self, x):
        n, c, _, _ = x.size()
        return x * self.fc(x.mean((2, 3))).view(n, c, 1, 1).expand_as(x)


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, expand, stride, activation, squeeze=None):
        super().__init__()
        hidden = inputs * expand
        self.same = stride == 1 and inputs == outputs
        self.body = nn.Sequential(
            conv_norm(inputs, hidden, 1, activation=activation),
            conv_norm(hidden, hidden, 3, stride, hidden, activation),
            squeeze(hidden) if squeeze else nn.Identity(),
            conv_norm(hidden, outputs, 1, activation=None),
        )

    def forward(self, x):
        return x + self.body(x) if self.same else self.body(x)


class MobileNetV2(nn.Module):
    """ReLU6, `mean([2, 3])`, dropout."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv_norm(3, 8, 3, 2, activation=nn.ReLU6),
            InvertedResidual(8, 12, 3, 2, nn.ReLU6),
            InvertedResidual(12, 12, 3, 1, nn.ReLU6),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(12, 10))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


class MobileNetV3(nn.Module):
    """Hardswish, hardsigmoid, adaptive pooling, `flatten(1)`."""

    def __init__(self):
        super().__init__()
        gate = lambda channels: SqueezeExcite(channels, nn.ReLU, nn.Hardsigmoid)
        self.features = nn.Sequential(
            conv_norm(3, 8, 3, 2, activation=nn.Hardswish),
            InvertedResidual(8, 8, 2, 1, nn.Hardswish, gate),
            InvertedResidual(8, 12, 3, 2, nn.ReLU, gate),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Linear(12, 16), nn.Hardswish(), nn.Linear(16, 10))

    def forward(self, x):
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))


class ShuffleUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.branch = nn.Sequential(
            conv_norm(half, half, 1), conv_norm(half, half, 3, 1, half, None), conv_norm(half, half, 1)
        )

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        x = torch.cat((a, self.branch(b)), 1)
        n, c, h, w = x.size()
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)


class ShuffleNetV2(nn.Module):
    """Channel shuffle by views of five axes, `chunk`."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8, 3, 2)
        self.units = nn.Sequential(ShuffleUnit(8), ShuffleUnit(8), ShuffleUnit(8))
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.units(self.stem(x)).mean([2, 3]))


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.left, self.right = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.left(x)), F.relu(self.right(x))], 1)


class SqueezeNet(nn.Module):
    """`ceil_mode`, a classifier of convolutions, softmax."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(8, 4, 6), Fire(12, 4, 6)
        )
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(12, 10, 1), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1)))

    def forward(self, x):
        return F.softmax(torch.flatten(self.classifier(self.features(x)), 1), dim=1)


class DenseNet(nn.Module):
    """Concatenations that grow, average pooling with `count_include_pad`."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8)
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(8 + 4 * at), nn.ReLU(), nn.Conv2d(8 + 4 * at, 4, 3, padding=1)) for at in range(4)
        )
        self.transition = nn.Sequential(nn.BatchNorm2d(24), nn.ReLU(), nn.Conv2d(24, 12, 1), nn.AvgPool2d(2, 2))
        self.fc = nn.Linear(12, 10)

    def forward(self, x):
        features = [self.stem(x)]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        x = F.relu(self.transition(torch.cat(features, 1)), inplace=True)
        return self.fc(F.adaptive_avg_pool2d(x, (1, 1)).flatten(1))


class Inception(nn.Module):
    """Four branches, asymmetric kernels, padding pooled with and without."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8)
        self.a = conv_norm(8, 4, 1)
        self.b = nn.Sequential(nn.Conv2d(8, 4, (1, 7), padding=(0, 3)), nn.Conv2d(4, 4, (7, 1), padding=(3, 0)))
        self.c = nn.Sequential(nn.AvgPool2d(3, 1, 1, count_include_pad=False), conv_norm(8, 4, 1))
        self.d = nn.Sequential(nn.AvgPool2d(3, 1, 1), conv_norm(8, 4, 1))
        self.norm = nn.LocalResponseNorm(5)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.stem(x)
        x = self.norm(torch.cat([self.a(x), self.b(x), self.c(x), self.d(x)], 1))
        return self.fc(x.mean(dim=(2, 3)))


class EfficientNet(nn.Module):
    """SiLU, gates of convolutions on `adaptive_avg_pool2d`."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8, 3, 2, activation=nn.SiLU)
        self.expand = conv_norm(8, 16, 1, activation=nn.SiLU)
        self.depth = conv_norm(16, 16, 5, 1, 16, nn.SiLU)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 4, 1), nn.SiLU(), nn.Conv2d(4, 16, 1), nn.Sigmoid())
        self.project = conv_norm(16, 8, 1, activation=None)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(x)
        y = self.depth(self.expand(x))
        x = x + self.project(y * self.gate(y))
        return self.fc(x.mean([-1, -2]))


class UNet(nn.Module):
    """Upsampling by a factor, to a size read from another map, and by a transposed convolution."""

    def __init__(self, mode="bilinear"):
        super().__init__()
        self.mode = mode
        self.a, self.b, self.c = conv_norm(3, 4), conv_norm(4, 8), conv_norm(8, 8)
        self.up = nn.ConvTranspose2d(8, 8, 2, 2)
        self.d, self.e = conv_norm(16, 4), conv_norm(8, 4)
        self.out = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(F.max_pool2d(a, 2))
        c = self.c(F.max_pool2d(b, 2))
        d = self.d(torch.cat([self.up(c), b], 1))
        align = None if self.mode == "nearest" else False
        up = F.interpolate(d, size=a.shape[2:], mode=self.mode, align_corners=align)
        return F.interpolate(self.out(self.e(torch.cat([up, a], 1))), scale_factor=2, mode=self.mode, align_corners=align)


class Aligned(nn.Module):
    """Blending with aligned corners, up and down."""

    def __init__(self):
        super().__init__()
        self.conv = conv_norm(3, 4)

    def forward(self, x):
        x = F.interpolate(self.conv(x), scale_factor=2, mode="bilinear", align_corners=True)
        return F.interpolate(x, size=(11, 9), mode="bilinear", align_corners=True)


class Detector(nn.Module):
    """Two scales of boxes and classes: permute, view, cat, softmax."""

    def __init__(self):
        super().__init__()
        self.stem, self.down = conv_norm(3, 8, 3, 2), conv_norm(8, 12, 3, 2)
        self.boxes = nn.ModuleList([nn.Conv2d(8, 3 * 4, 3, padding=1), nn.Conv2d(12, 3 * 4, 3, padding=1)])
        self.classes = nn.ModuleList([nn.Conv2d(8, 3 * 5, 3, padding=1), nn.Conv2d(12, 3 * 5, 3, padding=1)])

    def forward(self, x):
        x = self.stem(x)
        maps = [x, self.down(x)]
        boxes, classes = [], []
        for at, one in enumerate(maps):
            boxes.append(self.boxes[at](one).permute(0, 2, 3, 1).contiguous().view(one.size(0), -1, 4))
            classes.append(self.classes[at](one).permute(0, 2, 3, 1).contiguous().view(one.size(0), -1, 5))
        return torch.cat(boxes, 1), F.softmax(torch.cat(classes, 1), dim=-1)


class AnchorDetector(nn.Module):
    """Boxes decoded around constant anchors: slices, exp, a join along the last axis."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8, 3, 4)
        self.boxes = nn.Conv2d(8, 2 * 4, 1)
        self.register_buffer("anchors", torch.rand(32, 4))

    def forward(self, x):
        raw = self.boxes(self.stem(x)).permute(0, 2, 3, 1).reshape(x.shape[0], -1, 4)
        centres = self.anchors[:, :2] + raw[..., :2] * 0.1 * self.anchors[:, 2:]
        sizes = self.anchors[:, 2:] * torch.exp(raw[..., 2:] * 0.2)
        return torch.cat([centres - sizes / 2, centres + sizes / 2], dim=-1)


class YoloV3(nn.Module):
    """A grid per scale: views of five axes, sigmoid, exp."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8, 3, 4, activation=lambda: nn.LeakyReLU(0.1))
        self.head = nn.Conv2d(8, 3 * 7, 1)

    def forward(self, x):
        x = self.head(self.stem(x))
        n, _, h, w = x.shape
        x = x.view(n, 3, 7, h, w).permute(0, 1, 3, 4, 2).contiguous()
        return torch.sigmoid(x).view(n, -1, 7)


class YoloV5(nn.Module):
    """The last layer of YOLOv5: a grid and anchors as constants, split of the last axis."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8, 3, 4, activation=nn.SiLU)
        self.pools = nn.ModuleList(nn.MaxPool2d(k, 1, k // 2) for k in (3, 5))
        self.head = nn.Conv2d(24, 3 * 7, 1)
        y, x = torch.meshgrid(torch.arange(4.0), torch.arange(4.0), indexing="ij")
        self.register_buffer("grid", torch.stack((x, y), 2).expand(1, 3, 4, 4, 2) - 0.5)
        self.register_buffer("anchor", torch.rand(1, 3, 1, 1, 2).expand(1, 3, 4, 4, 2) * 8)

    def forward(self, x):
        x = self.stem(x)
        x = self.head(torch.cat([x] + [pool(x) for pool in self.pools], 1))
        n, _, h, w = x.shape
        x = x.view(n, 3, 7, h, w).permute(0, 1, 3, 4, 2).contiguous()
        xy, wh, rest = x.sigmoid().split((2, 2, 3), 4)
        return torch.cat(((xy * 2 + self.grid) * 8, (wh * 2) ** 2 * self.anchor, rest), 4).view(n, 3 * h * w, 7)


class YoloV8(nn.Module):
    """The distribution of distances of YOLOv8: softmax over 8 of five axes, as a convolution."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8, 3, 4, activation=nn.SiLU)
        self.box, self.cls = nn.Conv2d(8, 4 * 8, 1), nn.Conv2d(8, 5, 1)
        self.project = nn.Conv2d(8, 1, 1, bias=False)

    def forward(self, x):
        x = self.stem(x)
        y = torch.cat((self.box(x), self.cls(x)), 1).view(x.shape[0], 37, -1)
        box, cls = y.split((32, 5), 1)
        b, _, a = box.shape
        box = self.project(box.view(b, 4, 8, a).transpose(2, 1).softmax(1)).view(b, 4, a)
        return torch.cat((box, cls.sigmoid()), 1)


class Generator(nn.Module):
    """DCGAN: a vector as an image of one pixel, transposed convolutions, tanh."""

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(10, 8, 4, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(True),
            nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False), nn.BatchNorm2d(4), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(4, 3, 3, 2, 1, output_padding=1), nn.Tanh(),
        )

    def forward(self, z):
        return self.main(z.view(z.size(0), z.size(1), 1, 1))


class DenseGenerator(nn.Module):
    """A dense layer whose features become an image, upsampling, PReLU."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 8 * 4 * 4)
        self.body = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 4, 3, padding=1), nn.PReLU(4), nn.Conv2d(4, 1, 1))

    def forward(self, z):
        return torch.sigmoid(self.body(self.fc(z).view(-1, 8, 4, 4)))


class SuperResolution(nn.Module):
    """Pixel shuffle, and a picture that is enlarged and added."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 9, 3, padding=1), nn.PixelShuffle(3))

    def forward(self, x):
        return self.body(x) + F.interpolate(x, scale_factor=3, mode="bicubic", align_corners=False)


class EDSR(nn.Module):
    """A mean that is subtracted and added, residuals that are scaled, PReLU of one slope."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.rand(1, 3, 1, 1))
        self.head = nn.Conv2d(3, 8, 3, padding=1)
        self.body = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.PReLU(), nn.Conv2d(8, 8, 3, padding=1))
        self.tail = nn.Sequential(nn.Conv2d(8, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, x):
        x = self.head(x - self.mean)
        return torch.clamp(self.tail(x + self.body(x) * 0.1) + self.mean, 0, 1)


class SelfAttention(nn.Module):
    """timm's: qkv in one layer, views of five axes, products of heads."""

    def __init__(self, features, heads):
        super().__init__()
        self.heads, self.scale = heads, (features // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(features, 3 * features), nn.Linear(features, features)

    def forward(self, x):
        n, length, features = x.shape
        qkv = self.qkv(x).reshape(n, length, 3, self.heads, features // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        attention = ((q @ k.transpose(-2, -1)) * self.scale).softmax(dim=-1)
        return self.proj((attention @ v).transpose(1, 2).reshape(n, length, features))


class SplitAttention(nn.Module):
    """Queries, keys and values from layers of their own, heads of four axes, scores divided."""

    def __init__(self, features, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (nn.Linear(features, features) for _ in range(4))

    def forward(self, x):
        n, length, features = x.shape
        split = lambda y: y.view(n, length, self.heads, features // self.heads).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / (features // self.heads) ** 0.5
        return self.out(torch.matmul(F.softmax(scores, -1), v).permute(0, 2, 1, 3).contiguous().view(n, length, features))


class ViT(nn.Module):
    """Patches, a class token that is repeated for each image, attention, Gelu, LayerNorm."""

    def __init__(self, attention=SelfAttention, gelu=nn.GELU):
        super().__init__()
        self.patch = nn.Conv2d(3, 16, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 16))
        self.position = nn.Parameter(torch.randn(1, 17, 16) * 0.1)
        self.norm1, self.norm2, self.norm = nn.LayerNorm(16), nn.LayerNorm(16), nn.LayerNorm(16, eps=1e-6)
        self.attention = attention(16, 4)
        self.mlp = nn.Sequential(nn.Linear(16, 32), gelu(), nn.Linear(32, 16))
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        x = x + self.attention(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(self.norm(x)[:, 0])


class TanhGelu(nn.Module):
    def forward(self, x):
        return 0.5 * x * (1 + torch.tanh(0.7978845608028654 * (x + 0.044715 * torch.pow(x, 3))))


class ConvNeXt(nn.Module):
    """LayerNorm after a permutation, and over channels written out; a learned scale."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 4, 4)
        self.depth = nn.Conv2d(8, 8, 7, padding=3, groups=8)
        self.norm = nn.LayerNorm(8, eps=1e-6)
        self.up, self.down = nn.Linear(8, 32), nn.Linear(32, 8)
        self.gamma = nn.Parameter(torch.rand(8))
        self.weight, self.bias = nn.Parameter(torch.rand(8)), nn.Parameter(torch.rand(8))
        self.head = nn.Linear(8, 10)

    def channels_first(self, x):
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt(variance + 1e-6)
        return self.weight[:, None, None] * x + self.bias[:, None, None]

    def forward(self, x):
        x = self.channels_first(self.stem(x))
        y = self.norm(self.depth(x).permute(0, 2, 3, 1))
        y = self.gamma * self.down(F.gelu(self.up(y)))
        x = x + y.permute(0, 3, 1, 2)
        return self.head(x.mean([-2, -1]))


class ChannelsLast(nn.Module):
    """TensorFlow's order around PyTorch's convolutions: Transpose before and after each."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 4, 3, padding=1)
        self.bias = nn.Parameter(torch.randn(8))
        self.fc = nn.Linear(4 * 8 * 8, 10)

    def forward(self, x):
        x = F.relu(self.a(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) + self.bias)
        x = F.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        x = self.b(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.fc(x.reshape(x.shape[0], -1))


class Half(nn.Module):
    """Weights of f16 that are cast, as converted models have them."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 3, 3, 3).half() * 0.3, requires_grad=False)
        self.matrix = nn.Parameter(torch.randn(10, 8).half(), requires_grad=False)

    def forward(self, x):
        x = F.relu(F.conv2d(x, self.weight.float(), padding=1)).mean((2, 3))
        return F.linear(x, self.matrix.float())


class PyramidPooling(nn.Module):
    """Adaptive pooling to several sizes, flattened and joined, or enlarged and joined."""

    def __init__(self, enlarge):
        super().__init__()
        self.enlarge = enlarge
        self.stem = conv_norm(3, 4, 3, 2)

    def forward(self, x):
        x = self.stem(x)
        pools = [F.adaptive_avg_pool2d(x, size) for size in (1, 2, 4)]
        if self.enlarge:
            size = x.shape[2:]
            return torch.cat([x] + [F.interpolate(y, size=size, mode="bilinear", align_corners=True) for y in pools], 1)
        return torch.cat([F.max_pool2d(x, 4).flatten(1)] + [y.flatten(1) for y in pools], 1)


class StyleTransfer(nn.Module):
    """Reflected borders, instance norm, nearest upsampling."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(2), nn.Conv2d(3, 8, 5), nn.InstanceNorm2d(8, affine=True), nn.ReLU(),
            nn.ReflectionPad2d(1), nn.Conv2d(8, 8, 3, 2), nn.InstanceNorm2d(8), nn.ReLU(),
            nn.Upsample(scale_factor=2, mode="nearest"), nn.ReplicationPad2d(1), nn.Conv2d(8, 3, 3), nn.Tanh(),
        )

    def forward(self, x):
        return (self.body(x) + 1) * 127.5


class Normalised(nn.Module):
    """Group norm in both its forms, weight norm, spectral norm, batch norm on features."""

    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.GroupNorm(4, 8), nn.Mish(), nn.Conv2d(8, 8, 1), nn.GroupNorm(1, 8))
        self.b = nn.utils.weight_norm(nn.Conv2d(8, 8, 3, padding=1))
        self.c = nn.utils.spectral_norm(nn.Linear(8, 8))
        self.norm = nn.BatchNorm1d(8)

    def forward(self, x):
        x = F.gelu(self.b(self.a(x)))
        return self.norm(self.c(F.normalize(x.mean((2, 3)), dim=1)))


class Activations(nn.Module):
    """Each activation that PyTorch writes out or names."""

    def forward(self, x):
        ones = [F.elu, F.celu, F.selu, F.softplus, F.softsign, F.hardtanh, F.logsigmoid, F.tanhshrink, F.relu6, F.silu, F.mish]
        more = [F.hardswish, F.hardsigmoid, lambda y: F.softplus(y, 2), torch.square, lambda y: y.clamp(min=0.1), torch.exp]
        return torch.cat([one(x) for one in ones + more] + [F.softmax(x, 1), F.log_softmax(x, 1), F.threshold(x, 0, 0)], 1)


class Embedding(nn.Module):
    """Faces: PReLU, a depthwise convolution of the whole map, features of length 1."""

    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.PReLU(8))
        self.b = nn.Sequential(nn.Conv2d(8, 8, 8, groups=8), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, 6), nn.BatchNorm1d(6))

    def forward(self, x):
        x = self.b(self.a(x))
        return x / torch.norm(x, 2, 1, True)


class TwoInputs(nn.Module):
    """A picture and a vector that is repeated over its pixels."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(5, 4, 3, padding=1), nn.Linear(2, 2)

    def forward(self, x, z):
        z = self.fc(z)[:, :, None, None].expand(-1, -1, x.size(2), x.size(3))
        return self.conv(torch.cat([x, z], 1))


class Sequence(nn.Module):
    """Convolutions in one axis, a mean over time."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(4, 8, 5, 2, 2), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(3, 2, 1), nn.Conv1d(8, 8, 3, dilation=2), nn.ELU()
        )
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(self.body(x).mean(-1))


class CBAM(nn.Module):
    """Attention over channels and places: sums of pools, extremes over channels."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.mlp = nn.Sequential(nn.Conv2d(8, 2, 1), nn.ReLU(), nn.Conv2d(2, 8, 1))
        self.place = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x):
        x = self.conv(x)
        x = x * torch.sigmoid(self.mlp(F.adaptive_avg_pool2d(x, 1)) + self.mlp(F.adaptive_max_pool2d(x, 1)))
        both = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)
        return x * torch.sigmoid(self.place(both))


class NonLocal(nn.Module):
    """Products of maps with each other, as matrices."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1), nn.Conv2d(3, 3, 1)
        self.gamma = nn.Parameter(torch.rand(1))

    def forward(self, x):
        n, c, h, w = x.size()
        q = self.q(x).view(n, -1, h * w).permute(0, 2, 1)
        attention = torch.softmax(torch.bmm(q, self.k(x).view(n, -1, h * w)), -1)
        out = torch.bmm(self.v(x).view(n, -1, h * w), attention.permute(0, 2, 1)).view(n, c, h, w)
        return self.gamma * out + x


class Recurrent(nn.Module):
    """Refused: LSTM."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 8)

    def forward(self, x):
        return self.lstm(x)[0]


IMAGE = [(2, 3, 16, 16)]
NETWORKS = {
    "resnet": (ResNet, [(2, 3, 32, 32)]),
    "mobilenet_v2": (MobileNetV2, IMAGE),
    "mobilenet_v3": (MobileNetV3, IMAGE),
    "shufflenet_v2": (ShuffleNetV2, IMAGE),
    "squeezenet": (SqueezeNet, IMAGE),
    "densenet": (DenseNet, IMAGE),
    "inception": (Inception, IMAGE),
    "efficientnet": (EfficientNet, IMAGE),
    "unet": (UNet, IMAGE),
    "unet_nearest": (lambda: UNet("nearest"), IMAGE),
    "aligned": (Aligned, IMAGE),
    "detector": (Detector, IMAGE),
    "anchor_detector": (AnchorDetector, IMAGE),
    "yolo_v3": (YoloV3, IMAGE),
    "yolo_v5": (YoloV5, IMAGE),
    "yolo_v8": (YoloV8, IMAGE),
    "generator": (Generator, [(2, 10)]),
    "dense_generator": (DenseGenerator, [(2, 6)]),
    "super_resolution": (SuperResolution, [(2, 1, 8, 8)]),
    "edsr": (EDSR, IMAGE),
    "vit": (ViT, IMAGE),
    "vit_split": (lambda: ViT(SplitAttention, TanhGelu), IMAGE),
    "convnext": (ConvNeXt, IMAGE),
    "channels_last": (ChannelsLast, [(2, 16, 16, 3)]),
    "half": (Half, IMAGE),
    "spatial_pyramid": (lambda: PyramidPooling(False), IMAGE),
    "pyramid_scene": (lambda: PyramidPooling(True), IMAGE),
    "style_transfer": (StyleTransfer, IMAGE),
    "normalised": (Normalised, IMAGE),
    "activations": (Activations, IMAGE),
    "embedding": (Embedding, IMAGE),
    "two_inputs": (TwoInputs, [(2, 3, 8, 8), (2, 2)]),
    "sequence": (Sequence, [(2, 4, 33)]),
    "cbam": (CBAM, IMAGE),
    "non_local": (NonLocal, [(2, 3, 6, 6)]),
    "recurrent": (Recurrent, [(5, 2, 4)]),
}
