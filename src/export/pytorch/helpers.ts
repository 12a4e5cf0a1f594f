// Python for what PyTorch has under no name of its own, or only in newer versions. A file gets those that it uses.

/** By name, in the order in which they are written. */
const helpers: ReadonlyMap<string, string> = new Map([
  [
    'BatchNorm',
    `class BatchNorm(nn.Module):
    """nn.BatchNorm2d without its counter of batches, which only an average without momentum needs."""

    def __init__(self, channels, eps=1e-5, momentum=0.1, affine=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )`,
  ],
  [
    'FlippedConv2d',
    `class FlippedConv2d(nn.Conv2d):
    """Convolution in the strict sense: the kernel is turned by half a circle."""

    def forward(self, x):
        weight = self.weight.flip(2, 3)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)`,
  ],
  [
    'ChannelNorm',
    `class ChannelNorm(nn.LayerNorm):
    """Layer normalisation of the channels of each pixel: [N, C, H, W]."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)`,
  ],
  [
    'RMSNorm',
    `class RMSNorm(nn.Module):
    """Divides the last axes, of the given shape, by the root of their mean square."""

    def __init__(self, shape, eps=1e-5, affine=True):
        super().__init__()
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(self.shape)) if affine else None

    def forward(self, x):
        axes = tuple(range(-len(self.shape), 0))
        x = x * torch.rsqrt(x.pow(2).mean(axes, keepdim=True) + self.eps)
        return x if self.weight is None else x * self.weight`,
  ],
  [
    'ChannelRMSNorm',
    `class ChannelRMSNorm(RMSNorm):
    """The same of the channels of each pixel: [N, C, H, W]."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)`,
  ],
  [
    'Scale',
    `class Scale(nn.Module):
    """A learned factor and summand per channel; behind the channels are two axes, or none."""

    def __init__(self, channels, axes_behind=2, bias=True):
        super().__init__()
        self.view = (channels,) + (1,) * axes_behind
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels)) if bias else None

    def forward(self, x):
        x = x * self.weight.view(self.view)
        return x if self.bias is None else x + self.bias.view(self.view)`,
  ],
  [
    'attention',
    `def attention(q, k, v, heads):
    """softmax(q k^T / sqrt(d)) v for each head, which is a part of the features. q [N, L, D], k [N, K, D], v [N, K, E]."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(-3, -2) for x in (q, k, v))
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    return (scores.softmax(-1) @ v).transpose(-3, -2).flatten(-2)`,
  ],
  [
    'mean_of_windows',
    `def mean_of_windows(x, kernel_size, stride=None, padding=(0, 0, 0, 0), overhang=(0, 0, 0, 0), count_padding=True):
    """An average pool with other padding left, right, above and below; what windows overhang never counts."""
    ones = F.pad(torch.ones_like(x[:1, :1]), padding, value=1.0 if count_padding else 0.0)
    total, count = (
        F.avg_pool2d(F.pad(image, overhang), kernel_size, stride, divisor_override=1)
        for image in (F.pad(x, padding), ones)
    )
    return total / count`,
  ],
  [
    'max_unpool',
    `def max_unpool(values, x, kernel_size, stride=None, padding=(0, 0, 0, 0)):
    """Puts values where the windows of x have their largest pixel. padding: left, right, top, bottom."""
    image = F.pad(x, padding, value=float("-inf"))
    places = F.max_pool2d(image, kernel_size, stride, return_indices=True)[1]
    result = torch.zeros_like(image).flatten(2).scatter(2, places.flatten(2), values.flatten(2)).view_as(image)
    return F.pad(result, [-side for side in padding])`,
  ],
  [
    'roi_align',
    `def roi_align(x, regions, size, scale, sampling, aligned):
    """torchvision's roi_align, where each image has regions of its own: x [N, C, H, W], regions [N, R, 4], result [N, R, C * h * w]."""
    height, width = (size, size) if isinstance(size, int) else size
    corners = regions.float() * scale - (0.5 if aligned else 0.0)

    def weights(first, last, bins, extent):
        """How much of each row or column is in each bin: [bins, extent]."""
        step = (last - first if aligned else (last - first).clamp(min=1)) / bins
        grid = sampling or max(0, int(step.ceil()))
        at, point = torch.arange(bins, device=x.device)[:, None], torch.arange(grid, device=x.device)
        place = first + at * step + (point + 0.5) * step / max(grid, 1)
        inside = (place >= -1) & (place <= extent)
        near = place.clamp(0, extent - 1)[..., None] - torch.arange(extent, device=x.device)
        return ((1 - near.abs()).clamp(min=0) * inside[..., None]).sum(1).to(x.dtype) / max(grid, 1)

    def pooled(image, box):
        left, top, right, bottom = box
        rows = weights(top, bottom, height, image.shape[-2])
        return (rows @ image @ weights(left, right, width, image.shape[-1]).T).flatten()

    count = len(x) if x.dim() > 3 else len(regions)
    images, boxes = x.expand(count, *x.shape[-3:]), corners.expand(count, *corners.shape[-2:])
    return torch.stack([torch.stack([pooled(image, box) for box in own]) for image, own in zip(images, boxes)])`,
  ],
  [
    'roi_pool',
    `def roi_pool(x, regions, size, scale):
    """torchvision's roi_pool, where each image has regions of its own: x [N, C, H, W], regions [N, R, 4], result [N, R, C * h * w]."""
    height, width = (size, size) if isinstance(size, int) else size
    corners = (regions.float() * scale).double()
    corners = corners.sign() * (corners.abs() + 0.5).floor()

    def bins(axis, count):
        start, end = corners[..., 1 - axis, None], corners[..., 3 - axis, None]
        step = (end - start + 1).clamp(min=1).float() / count
        at = torch.arange(count, device=x.device).float()
        pixels = torch.arange(x.shape[axis - 2], device=x.device)
        first, last = ((at * step).floor() + start)[..., None], (((at + 1) * step).ceil() + start)[..., None]
        return (pixels >= first) & (pixels < last)

    rows, columns = bins(0, height), bins(1, width)
    least = torch.finfo(torch.float32).min
    numbers = x.masked_fill(x.isnan(), least).unsqueeze(-4)
    largest = []
    for h in range(height):
        for w in range(width):
            inside = (rows[..., h, :, None] & columns[..., w, None, :]).unsqueeze(-3)
            most = numbers.masked_fill(~inside, least).amax((-2, -1)).clamp(min=least)
            largest.append(most.masked_fill(~inside.any(-1).any(-1), 0.0))
    return torch.stack(largest, -1).flatten(-2)`,
  ],
]);

export const helperNames: readonly string[] = [...helpers.keys()];

/** The definitions that a text uses, and those that these use. */
export function helpersFor(text: string): readonly string[] {
  const needed = new Set<string>();
  const visit = (code: string): void => {
    for (const [name, definition] of helpers) {
      if (needed.has(name) || !new RegExp(`(?<![.\\w])${name}\\b`).test(code)) continue;
      needed.add(name);
      visit(definition);
    }
  };
  visit(text);
  return [...helpers].filter(([name]) => needed.has(name)).map(([, definition]) => definition);
}
