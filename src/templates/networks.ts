// The starting files of `cnnc new`: small networks with comments for someone who has never seen the language.

export interface StartingFile {
  /** A line for people. */
  readonly summary: string;
  /** The `.cnn` file. Its one network takes `image` and gives `scores`. */
  readonly text: string;
}

export const startingFiles: ReadonlyMap<string, StartingFile> = new Map([
  [
    'lenet',
    {
      summary: 'LeNet (1998): two convolutions and three dense layers, for 28×28 grey pictures',
      text: `// The classes of Fashion-MNIST; yours may have other names, and another number.
const clothes = [
  "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
  "ankle boot"
]

/// LeNet (LeCun et al., 1998): two convolutions find features, three dense layers weigh them.
network LeNet {
  // Channels, height, width. \`scale\` turns bytes into numbers from 0 to 1.
  input image: [1, 28, 28] { scale: 1/255 }

  // Layers follow one another. \`->\` chains those of a line; the shape behind \`:\` is checked.
  conv(6, kernel: 5, padding: 2) -> sigmoid : [6, 28, 28]
  avg_pool(2)                               : [6, 14, 14]
  conv(16, kernel: 5) -> sigmoid            : [16, 10, 10]
  avg_pool(2)                               : [16, 5, 5]

  flatten
  dense(120) -> sigmoid
  dense(84) -> sigmoid
  scores = dense(len(clothes))

  output scores { labels: clothes }
}

// Budgets: \`cnnc check\` says when the network outgrows them.
expect LeNet { parameters <= 62k  macs <= 420k }

// How \`cnnc train\` learns the weights.
train LeNet { optimizer: adam(learning_rate: 0.002)  batch: 128  epochs: 10 }
`,
    },
  ],
  [
    'vgg',
    {
      summary: 'VGG (2014) in small: a block in a loop, for 32×32 colour pictures',
      text: `// For each block: how many convolutions, how many channels. More of both make the network stronger and slower.
const blocks = [(1, 16), (1, 32), (2, 64), (2, 128)]

/// 3×3 convolutions that keep the size of the map, then a pooling that halves it.
block vgg_block(convs: int, channels: int) {
  repeat convs { conv(channels, kernel: 3, padding: 1) -> relu }
  max_pool(2)
}

/// VGG (Simonyan & Zisserman, 2014) in small.
network VGG(classes: int = 10) {
  // Channels, height, width. \`scale\` turns bytes into numbers from 0 to 1; larger pictures are shrunk and cut.
  input image: [3, 32, 32] { scale: 1/255  resize: 32  crop: 32 }

  // Every call of a block has weights of its own: vgg_block1.conv1.weight, vgg_block2.conv1.weight, …
  for (convs, channels) in blocks { vgg_block(convs, channels) }

  flatten
  dense(128) -> relu -> dropout(0.5)
  scores = dense(classes)

  output scores
}

// Budgets: \`cnnc check\` says when the network outgrows them.
expect VGG { parameters <= 400k  macs <= 12M }

// How \`cnnc train\` learns the weights.
train VGG {
  optimizer: adam
  batch: 128
  epochs: 10
  augment: random_crop(32, padding: 4) -> random_flip
}
`,
    },
  ],
  [
    'resnet',
    {
      summary: 'ResNet-20 (2016): residual blocks with shortcuts, for 32×32 colour pictures',
      text: `/// A residual block (He et al., 2016): two convolutions learn what to add to their input.
block residual(channels: int, stride: int = 1) {
  // All paths start from the same value; \`add\` joins them.
  parallel add {
    path {
      conv(channels, kernel: 3, stride: stride, padding: 1, bias: false) -> batch_norm -> relu
      conv(channels, kernel: 3, padding: 1, bias: false) -> batch_norm
    }
    path shortcut {
      // Where the stride shrinks the map, the shortcut has to shrink it, too; otherwise it passes its input through.
      if stride != 1 { conv(channels, kernel: 1, stride: stride, bias: false) -> batch_norm }
    }
  }
  relu
}

/// ResNet-20 (He et al., 2016, section 4.2): three stages of \`depth\` residual blocks.
network ResNet(depth: int = 3, classes: int = 10) {
  // Channels, height, width. \`scale\` turns bytes into numbers from 0 to 1; larger pictures are shrunk and cut.
  input image: [3, 32, 32] { scale: 1/255  resize: 32  crop: 32 }

  conv(16, kernel: 3, padding: 1, bias: false) -> batch_norm -> relu
  for (channels, stride) in [(16, 1), (32, 2), (64, 2)] {
    residual(channels, stride: stride)
    repeat depth - 1 { residual(channels) }
  }
  global_avg_pool -> flatten
  scores = dense(classes)

  output scores
}

// Budgets: \`cnnc check\` says when the network outgrows them.
expect ResNet { parameters <= 280k  macs <= 42M }

// How \`cnnc train\` learns the weights.
train ResNet {
  optimizer: sgd(learning_rate: 0.1, momentum: 0.9, weight_decay: 1e-4)
  schedule: cosine(warmup: 1)
  batch: 128
  epochs: 30
  augment: random_crop(32, padding: 4) -> random_flip
}
`,
    },
  ],
  [
    'blank',
    {
      summary: 'one layer of each kind, to build on',
      text: `/// What the network is for; reports show it.
network Blank(classes: int = 10) {
  // Channels, height, width. \`scale\` turns bytes into numbers from 0 to 1.
  input image: [1, 28, 28] { scale: 1/255 }

  // Layers follow one another. \`->\` chains those of a line; the shape behind \`:\` is checked.
  conv(8, kernel: 3, padding: 1) -> relu : [8, 28, 28]
  max_pool(2)

  flatten
  scores = dense(classes)

  output scores
}

// How \`cnnc train\` learns the weights.
train Blank { optimizer: adam  batch: 128  epochs: 10 }
`,
    },
  ],
]);
