// The ten steps of the guided tour, for readers of "Dive into Deep Learning" (Zhang et al.), chapters 7 and 8: each has a short text
// in Markdown, a program, and something to try.

export interface TourStep {
  readonly title: string;
  /** Section of the book. */
  readonly section: string;
  readonly text: string;
  readonly attempt: string;
  readonly program: string;
}

const edges: TourStep = {
  title: 'Cross-correlation finds edges',
  section: '7.2',
  text: 'The kernel `[1, -1]` slides over the picture; at each place it is multiplied with the two pixels below it, and the products are summed. Where neighbours are equal the sum is 0; at an edge it is 1 or −1. The weights stand in the text, so the network has no parameters.',
  attempt:
    'Open **Run**, clear the picture and draw a line: the map has one edge in blue (−1) and one in orange (1). It is 8 − 2 + 1 = 7 wide, as the shape behind the chain says. Then write `kernel: 2x1` and `weight: [[[[1], [-1]]]]` to find horizontal edges.',
  program: `/// Vertical edges: 1 where bright turns dark, -1 where dark turns bright.
network Edges {
  input image: [1, 6, 8] { scale: 1/255 }

  edges = conv(1, kernel: 1x2, bias: false, weight: [[[[1, -1]]]])

  output edges
}
`,
};

const learned: TourStep = {
  title: 'Learning a kernel',
  section: '7.2.4',
  text: 'Without `weight:` the two numbers of the kernel are parameters: they come from a file of weights, or are learned. The `train` section says how: ten steps of rate 0.03 on the sum of squared errors.',
  attempt:
    'Point at `conv` to see its parameters. Add a bias by deleting `, bias: false`: the budget of `expect` is then missed, and says by how much.',
  program: `/// One kernel of two numbers, learned from a picture and its edges.
network LearnKernel {
  input picture: [1, 6, 8] { scale: 1 }

  edges = conv(1, kernel: 1x2, bias: false)

  output edges
}

train LearnKernel {
  loss: mean_squared_error(reduction: sum)
  optimizer: sgd(learning_rate: 0.03)
  batch: 1
  epochs: 10
}

expect LearnKernel { parameters == 2 }
`,
};

const padding: TourStep = {
  title: 'Padding and stride',
  section: '7.3',
  text: 'A kernel of k pixels makes the map k − 1 smaller, unless `padding` adds pixels on each side; `stride` moves the kernel by several pixels at a time. A shape behind a colon is checked.',
  attempt:
    'Change `kernel: 3` of `same` to 5: the error shows the arithmetic, and offers `padding: 2`. Press the fix below the text.',
  program: `/// The four examples of the book, on a picture of 8×8 pixels.
network Padding {
  input x: [1, 8, 8]

  same = x -> conv(1, kernel: 3, padding: 1)            : [1, 8, 8]
  tall = x -> conv(1, kernel: 5x3, padding: 2x1)        : [1, 8, 8]
  half = x -> conv(1, kernel: 3, padding: 1, stride: 2) : [1, 4, 4]

  both = x -> conv(1, kernel: 3x5, padding: size(0, 1), stride: 3x4) : [1, 2, 2]

  output same, tall, half, both
}
`,
};

const channels: TourStep = {
  title: 'Channels and 1×1 convolutions',
  section: '7.4',
  text: 'A kernel has a slice for each input channel; their results are added. Each output channel has a kernel of its own, so a layer has c_out · c_in · k · k weights. A 1×1 convolution looks at one pixel: it mixes channels, like a dense layer at every place.',
  attempt:
    'Choose `mix` in the drawing: 16 → 8 channels take 16 · 8 + 8 parameters, whatever the size of the map. Double the 16 and see which numbers change in the table.',
  program: `/// Colours become features, and a 1×1 convolution mixes them.
network Channels {
  input image: [3, 32, 32]

  conv(16, kernel: 3, padding: 1) -> relu
  mix = conv(8, kernel: 1)

  output mix
}
`,
};

const pooling: TourStep = {
  title: 'Pooling',
  section: '7.5',
  text: 'The largest or the mean of every window, each channel for itself, without weights. Its stride is its window unless said otherwise. Behind a pooling of 2, neighbours are twice as far apart in the picture, so kernels see more of it: the last column of **Table** counts how many pixels.',
  attempt:
    'Choose `conv3` in the drawing: the square shows that one output sees 18×18 pixels. Delete the first `max_pool(2)`, and it is 10×10.',
  program: `/// Two poolings: the last convolution sees 18×18 pixels.
network Pooling {
  input image: [1, 32, 32]

  conv(8, kernel: 3, padding: 1) -> relu
  max_pool(2)
  conv(16, kernel: 3, padding: 1) -> relu
  max_pool(2)
  conv(32, kernel: 3, padding: 1) -> relu
  mean = avg_pool(2)

  output mean
}
`,
};

const lenet: TourStep = {
  title: 'LeNet',
  section: '7.6',
  text: 'The first convolutional network in use: two convolutions with sigmoids and average pooling, then three dense layers. 58 % of the MACs are in the second convolution, 78 % of the parameters in the first dense layer.',
  attempt:
    'Open **Table** and press the heading of its parameters: the largest come first. Give the second convolution a kernel of 15: it does not fit into a map of 14×14, as the error says.',
  program: `/// LeNet (LeCun et al., 1998) as in the book.
network LeNet(classes: int = 10) {
  input image: [1, 28, 28] { scale: 1/255 }

  conv(6, kernel: 5, padding: 2) -> sigmoid
  avg_pool(2)
  conv(16, kernel: 5) -> sigmoid
  avg_pool(2)
  flatten
  dense(120) -> sigmoid
  dense(84) -> sigmoid
  scores = dense(classes)

  output scores
}

train LeNet {
  loss: cross_entropy
  optimizer: sgd(learning_rate: 0.9)
  batch: 256
  epochs: 10
  init: xavier_uniform
}
`,
};

const vgg: TourStep = {
  title: 'Blocks: VGG',
  section: '8.2',
  text: 'AlexNet chose every layer by hand. VGG repeats one block: 3×3 convolutions that keep the size of the map, then a pooling that halves it. A `block` has parameters; `for` goes through the list of its calls, and is unrolled when compiling.',
  attempt:
    'Put the caret into the block: the drawing marks its steps in all calls. Add `(2, 512)` to the list: the network becomes one block deeper.',
  program: `/// 3×3 convolutions that keep the map's size, then a pooling that halves it.
block vgg_block(convs: int, channels: int) {
  repeat convs { conv(channels, kernel: 3, padding: 1) -> relu }
  max_pool(2)
}

/// VGG (Simonyan & Zisserman, 2014), small: \`arch\` lists convolutions and channels of each block.
network SmallVGG(arch: [(int, int)] = [(1, 16), (1, 32), (2, 64)], classes: int = 10) {
  input image: [1, 64, 64]

  for (convs, width) in arch { vgg_block(convs, width) }
  flatten
  dense(256) -> relu -> dropout(0.5)
  scores = dense(classes)

  output scores
}
`,
};

const nin: TourStep = {
  title: 'Network in network',
  section: '8.3',
  text: 'Dense layers hold most of the parameters. NiN has none: 1×1 convolutions act as a dense network at every pixel, the last block has one channel for each class, and a global average is the score.',
  attempt:
    'Write `scores = flatten -> dense(classes)` in place of the last three lines before `output`, and compare the parameters in **Table**.',
  program: `/// A convolution followed by two 1×1 convolutions: a small dense network at every pixel.
block nin_block(channels: int, kernel: int, stride: int = 1, padding: int = 0) {
  conv(channels, kernel: kernel, stride: stride, padding: padding) -> relu
  repeat 2 { conv(channels, kernel: 1) -> relu }
}

/// Network in Network (Lin et al., 2013), for pictures of 96×96.
network NiN(classes: int = 10) {
  input image: [1, 96, 96]

  nin_block(96, kernel: 11, stride: 4)
  max_pool(3, stride: 2)
  nin_block(256, kernel: 5, padding: 2)
  max_pool(3, stride: 2)
  dropout(0.5)
  nin_block(classes, kernel: 3, padding: 1)
  global_avg_pool
  scores = flatten

  output scores
}
`,
};

const inception: TourStep = {
  title: 'Parallel paths: GoogLeNet',
  section: '8.4',
  text: 'Which kernel is best, 1×1, 3×3 or 5×5? The Inception block takes all, and joins their results along the channels. 1×1 convolutions before the large kernels make them cheap.',
  attempt:
    'Open **Explain**: concatenating costs no copy, because every path writes into its part of the result. Then delete `conv(c3.0, kernel: 1) -> relu ->` in the block, and see in **Table** what the 1×1 convolution saves.',
  program: `/// The Inception block (Szegedy et al., 2015): four windows on the same map.
block inception(c1: int, c2: (int, int), c3: (int, int), c4: int) {
  parallel concat {
    path conv(c1, kernel: 1) -> relu
    path conv(c2.0, kernel: 1) -> relu -> conv(c2.1, kernel: 3, padding: 1) -> relu
    path conv(c3.0, kernel: 1) -> relu -> conv(c3.1, kernel: 5, padding: 2) -> relu
    path max_pool(3, stride: 1, padding: 1) -> conv(c4, kernel: 1) -> relu
  }
}

/// The beginning of GoogLeNet, and two of its nine blocks.
network TwoInceptions(classes: int = 10) {
  input image: [1, 96, 96]

  conv(64, kernel: 7, stride: 2, padding: 3) -> relu
  max_pool(3, stride: 2, padding: 1)
  conv(192, kernel: 3, padding: 1) -> relu
  max_pool(3, stride: 2, padding: 1)
  inception(64, (96, 128), (16, 32), 32)
  inception(128, (128, 192), (32, 96), 64)
  global_avg_pool -> flatten
  scores = dense(classes)

  output scores
}
`,
};

const residual: TourStep = {
  title: 'Batch norm and residuals',
  section: '8.5, 8.6',
  text: 'Batch normalisation keeps the values of deep networks in range while they learn; compiled for use, it is folded into the weights and costs nothing. A residual block adds its input to what it computes, so that the easiest thing to learn is to change nothing.',
  attempt:
    'Look for `batch_norm` in **Explain**. Then write `residual(32)` in place of `residual(64, stride: 2)` and of `residual(64)`: shapes agree, so the shortcut is empty, and its convolution disappears from the drawing.',
  program: `/// A residual block (He et al., 2016): where shapes differ, the shortcut is a 1×1 convolution.
block residual(channels: int, stride: int = 1) {
  parallel add {
    path {
      conv(channels, kernel: 3, stride: stride, padding: 1, bias: false) -> batch_norm -> relu
      conv(channels, kernel: 3, padding: 1, bias: false) -> batch_norm
    }
    path shortcut {
      if stride != 1 { conv(channels, kernel: 1, stride: stride, bias: false) -> batch_norm }
    }
  }
  relu
}

/// A small ResNet.
network SmallResNet(classes: int = 10) {
  input image: [1, 32, 32]

  conv(32, kernel: 3, padding: 1, bias: false) -> batch_norm -> relu
  residual(32)
  residual(64, stride: 2)
  residual(64)
  global_avg_pool -> flatten
  scores = dense(classes)

  output scores
}
`,
};

export const tourSteps: readonly TourStep[] = [
  ...[edges, learned, padding, channels, pooling],
  ...[lenet, vgg, nin, inception, residual],
];
