// What `cnnc help passes` says of each pass, and of the steps of the schedule that can be left out: a sentence. A new one adds its line here. The
// compiler itself does not import this file, so that bundles of it leave it out.

/** Pass → one sentence. */
export const passTexts: ReadonlyMap<string, string> = new Map([
  ['tokens-as-images', 'Tokens become images of one row, which lie in memory in the same order.'],
  ['remove-identity', 'identity and dropout compute nothing at inference and disappear.'],
  ['batch-norm-to-scale', 'Batch normalisation at inference is one multiplication and one addition per element.'],
  ['affine-to-scale', 'A learned factor and a learned summand after a normalisation become a separate scale.'],
  ['fold-constants', 'Values that depend only on constants are computed at compile time.'],
  [
    'remove-no-ops',
    'Nodes whose result is their operand disappear: 1×1 pooling, padding by nothing, joins of one value, …',
  ],
  ['merge-reshapes', 'Of consecutive reshapes, only the last one stays.'],
  [
    'merge-concats',
    'Concatenations of concatenations become one; splits and concatenations that undo each other disappear.',
  ],
  ['fold-padding', 'A pad becomes the padding of the convolution, pooling or pad that reads it.'],
  ['merge-activations', 'Consecutive clips become one; activations that change nothing in their place disappear.'],
  ['common-subexpressions', 'Nodes that compute the same value become one, and so do equal constants.'],
  ['pool-before-activation', 'Maximum pooling goes before leaky relu and its kin, which then run on the smaller map.'],
  ['pool-before-curve', 'Maximum pooling goes before sigmoid, tanh and elu, which then run on the smaller map.'],
  ['fold-scale', 'A scale or batch norm around a convolution or dense layer becomes part of its weights.'],
  ['trim-padding', 'Rows and columns of filters that only ever meet padding are cut off.'],
  ['pool-linear', 'A convolution and an average pooling swap, or become one, if that is less work.'],
  [
    'merge-linear-convolutions',
    'Two convolutions in a row, one of them 1×1, become one if that takes fewer multiply–accumulates.',
  ],
  ['merge-siblings', 'Convolutions that share their input and their windows become one, read as slices.'],
  ['one-pixel-dense', 'A convolution whose window covers its whole map becomes a dense layer.'],
  ['dead-code', 'Nodes on which no output depends disappear.'],
  ['winograd', 'A convolution computes a tile of 2 to 5 results a side at once, with fewer multiplications.'],
  ['fuse-epilogue', 'Pointwise operators and residual sums run inside the kernel before them.'],
  ['fuse-pooling', 'A pooling takes its rows from a convolution that never stores its map.'],
  ['concat-slices', 'Concatenated values are written straight into their part of the result.'],
  ['in-place', 'Elementwise results overwrite an operand that is not read again.'],
  ['order-for-memory', 'Independent kernels run in the order that needs least memory.'],
]);
