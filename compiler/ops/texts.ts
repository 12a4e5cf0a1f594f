// What editors, `cnnc help` and the language reference say of the operators that a file can name: a sentence about each, and one about each
// of its attributes. A new operator adds its line here. The compiler itself does not import this file, so that bundles of it leave it out.

import type { AttributeSpec, Operator } from '../ir/operator.ts';

/** One sentence about an operator; nothing of one that a file cannot name. */
export const summaryOf = ({ name }: Pick<Operator, 'name'>): string => texts.get(name)?.[0] ?? '';

/** An attribute, with what is said of it. */
export type DescribedAttribute = AttributeSpec & { readonly doc: string };

/** The attributes of an operator. */
export function describedAttributes({ name, attributes }: Operator): Readonly<Record<string, DescribedAttribute>> {
  const said = texts.get(name)?.[1] ?? {};
  return Object.fromEntries(Object.entries(attributes).map(([key, spec]) => [key, { ...spec, doc: said[key] ?? '' }]));
}

const dilation = 'Distance between the taps of a window.';
const bias = 'Whether to add a learned number per output channel.';
const weight = 'Fixed weights, written here instead of learned.';
const groups = 'Number of groups of channels; each sees only its own.';
const mode = 'As usual in deep learning, or true convolution, with the kernel flipped along both axes.';
const epsilon = 'Added to the variance.';
const affine = 'Whether learned numbers, two per channel, scale and shift.';

const sliding = {
  kernel: 'Height and width of the window.',
  stride: 'Step from one window to the next.',
  padding: 'Rows and columns added on each side, or `same`.',
};

const ofRegions = {
  size: 'How many bins a region has, down and across.',
  scale: 'Size of the map by that of the picture in which regions are given.',
};

const windows = { ...sliding, ceil: 'Whether the last window may extend past the padded image.' };

const texts: ReadonlyMap<string, readonly [string, Readonly<Record<string, string>>?]> = new Map(
  Object.entries({
    abs: ['The absolute value.'],
    adaptive_avg_pool: ['Average pooling to a given height and width.', { size: 'Height and width of the result.' }],
    adaptive_max_pool: ['Max pooling to a given height and width.', { size: 'Height and width of the result.' }],
    add: ['Adds values.'],
    attention: [
      'Averages the values for each query, weighted by how well their keys match it: softmax(q·kᵀ/√d)·v, with d features per head.',
      { heads: 'Number of heads; each has an equal share of the features.' },
    ],
    avg_pool: [
      'The mean of each window.',
      { ...windows, count_padding: 'Whether padding counts as zeros in the mean.' },
    ],
    batch_norm: [
      'Normalises each channel by its running mean and variance, then scales and shifts it by learned numbers.',
      { epsilon, momentum: 'Weight of the new value in the running statistics.', affine },
    ],
    celu: [
      'Negative numbers approach −alpha smoothly, with slope 1 at 0.',
      { alpha: 'Large negative numbers approach −alpha.' },
    ],
    channel_shuffle: [
      'Reorders the channels so that each group passes some on to every other.',
      { groups: 'Number of groups.' },
    ],
    clip: ['Limits numbers to the range from `min` to `max`.', { min: 'Lower bound.', max: 'Upper bound.' }],
    concat: [
      'Concatenates values along the channels (or features), or along another axis.',
      { along: 'The axis to concatenate along.' },
    ],
    conv: [
      'Slides windows of learned weights over the image, one for each output channel.',
      { channels: 'Output channels.', ...sliding, dilation, groups, bias, mode, weight },
    ],
    conv_transpose: [
      'Enlarges the image: every pixel adds a window of learned weights to the result.',
      {
        channels: 'Output channels.',
        kernel: 'Height and width of the window.',
        stride: 'Step from one window to the next.',
        padding: 'Rows and columns cut off each side of the result, or `same` for a size of input · stride.',
        output_padding: 'Rows and columns added at the bottom and on the right.',
        dilation,
        groups,
        bias,
        weight,
      },
    ],
    crop: [
      'Cuts an image of a given size out of the middle, or from an offset on.',
      {
        size: 'Height and width of the result.',
        offset: 'Rows above it and columns left of it; by default half of what is cut off, rounded down.',
      },
    ],
    dense: [
      'A fully connected layer: every output is a weighted sum of all inputs. Tokens are processed one by one.',
      { features: 'Number of outputs.', bias, weight },
    ],
    depthwise_conv: [
      'Slides windows of learned weights over each channel separately.',
      { ...sliding, dilation, multiplier: 'Output channels per input channel.', bias, mode, weight },
    ],
    div: ['Divides the first value by the others.'],
    dropout: [
      'In training, sets numbers to 0 with probability `p` and scales the rest by 1 / (1 − p); otherwise does nothing.',
      { p: 'Probability that a number is set to 0.' },
    ],
    elu: ['Negative numbers approach −alpha smoothly.', { alpha: 'Large negative numbers approach −alpha.' }],
    erf: [
      'The error function, between −1 and 1: the probability that a normal variable with variance 1/2 lies between −x and x.',
    ],
    exp: ['e to the power of x.'],
    flatten: ['Turns an image or tokens into one row of numbers: [C, H, W] becomes [C·H·W].'],
    gelu: [
      'x times the probability that a standard normal variable is below x.',
      { approximate: 'Exact, or the approximation with tanh.' },
    ],
    global_avg_pool: ['The mean of each channel.'],
    global_max_pool: ['The largest number of each channel.'],
    group_norm: [
      'Normalises groups of channels by the mean and variance of all their pixels.',
      { groups: 'Number of groups of equal size.', epsilon, affine },
    ],
    hard_sigmoid: [
      'x / 6 + 1/2, or another straight line, clipped to the range from 0 to 1.',
      { slope: 'Slope of the line; 1/6 by default.', offset: 'Value of the line at 0.' },
    ],
    hard_swish: ['x times its hard sigmoid.'],
    identity: ['Passes the value through.'],
    instance_norm: ['Normalises each channel by the mean and variance of its pixels.', { epsilon, affine }],
    layer_norm: [
      'Normalises the channels of each pixel by their mean and variance, or all numbers of the map together.',
      {
        over: 'What is normalised: the channels of each pixel (the features of each token), or the whole map.',
        epsilon,
        affine: 'Whether learned numbers scale and shift: two per channel, or per number of the map.',
      },
    ],
    leaky_relu: ['Negative numbers are multiplied by a small slope.', { slope: 'Factor for negative numbers.' }],
    local_response_norm: [
      'Divides each number by a power of the mean square of the same pixel in neighbouring channels.',
      {
        size: 'Number of channels in the sum, including its own.',
        alpha: 'Factor of the mean square.',
        beta: 'Exponent.',
        k: 'Added to the mean square.',
      },
    ],
    log: ['The natural logarithm; −Infinity for 0, NaN for negative numbers.'],
    log_softmax: [
      'The logarithm of softmax.',
      { over: 'The axis to normalise over, or `map` for all numbers together.' },
    ],
    lp_pool: [
      'The p-norm of each window: (Σ |x|^p)^(1/p).',
      { ...windows, p: 'Which norm: 1 is the sum of |x|, 2 the Euclidean norm.' },
    ],
    matmul: [
      'The product of two matrices [length, features], either of which may be transposed.',
      {
        transpose_a: 'Whether the first matrix is transposed.',
        transpose_b: 'Whether the second matrix is transposed.',
      },
    ],
    maximum: ['The largest of several values, number by number; NaN where one of them is.'],
    max_pool: ['The largest number of each window.', { ...windows, dilation }],
    max_unpool: [
      'Puts numbers back where `max_pool` found the maxima of another value; all other pixels are 0.',
      { ...windows },
    ],
    minimum: ['The smallest of several values, number by number; NaN where one of them is.'],
    mish: ['x · tanh(softplus(x)).'],
    mul: ['Multiplies values.'],
    neg: ['Changes the sign of every number.'],
    pad: [
      'Adds rows and columns around the image.',
      {
        padding: 'Rows and columns added on each side.',
        value: 'Fill value, in constant mode.',
        mode: 'A constant, the image mirrored at its border, its border repeated, or the image wrapped around.',
      },
    ],
    permute: [
      'Reorders the axes of an image: after `permute(hwc)` the former rows are the channels.',
      { order: 'Which axis becomes the channels, the height and the width: c, h or w.' },
    ],
    pixel_shuffle: [
      'Turns groups of channels into squares of pixels: fewer channels, a larger image.',
      { factor: 'How many times as high and as wide.' },
    ],
    pixel_unshuffle: [
      'Turns squares of pixels into groups of channels: more channels, a smaller image.',
      { factor: 'How many times as high and as wide the input is.' },
    ],
    pow: [
      'x to a constant power; NaN for negative numbers unless the exponent is whole.',
      { exponent: 'The exponent.' },
    ],
    prelu: [
      'Negative numbers are multiplied by a learned slope.',
      { shared: 'One slope for all channels instead of one per channel.' },
    ],
    reciprocal: ['1 / x.'],
    reduce: [
      'The mean, sum, maximum or minimum along an axis, whose extent becomes 1.',
      { operation: 'What is computed.', over: 'The axis, or `map` for all of them.' },
    ],
    relu: ['Negative numbers become 0.'],
    relu6: ['Negative numbers become 0, numbers above 6 become 6.'],
    reshape: [
      'Gives the numbers another shape without changing their order.',
      { shape: 'The new shape; one extent may be −1, for what is left.' },
    ],
    resize: [
      'Enlarges or shrinks the image by picking or blending pixels.',
      {
        size: 'Height and width of the result.',
        factor: 'How many times as high and as wide, instead of `size`; sizes are rounded down.',
        mode: 'Pick the nearest pixel, or blend the nearest four or sixteen.',
        align_corners: 'Whether the centres of the corner pixels are aligned, rather than the corners of the images.',
      },
    ],
    rms_norm: [
      'Divides the channels of each pixel by their root mean square, or all numbers of the map together.',
      {
        over: 'What is normalised: the channels of each pixel (the features of each token), or the whole map.',
        epsilon: 'Added to the mean square.',
        affine: 'Whether learned numbers scale: one per channel, or per number of the map.',
      },
    ],
    roi_align: [
      'The mean of points in each bin of regions x1, y1, x2, y2, which are tokens: [regions, 4] becomes [regions, C·h·w].',
      {
        ...ofRegions,
        sampling: 'Points of a bin along each axis; 0: as many as it has pixels, rounded up.',
        aligned: 'Whether the centre of a pixel lies half a pixel from its corner, and not on it.',
      },
    ],
    roi_pool: [
      'The largest number of each bin of regions x1, y1, x2, y2, which are tokens: [regions, 4] becomes [regions, C·h·w].',
      ofRegions,
    ],
    scale: ['Multiplies each channel by a learned number and adds another.', { bias, weight }],
    selu: ['A scaled elu that keeps the mean at 0 and the variance at 1.'],
    sigmoid: ['1 / (1 + exp(−x)), between 0 and 1.'],
    silu: ['x · sigmoid(x).'],
    slice: [
      'A part of a value along one axis; negative positions count from the end.',
      {
        along: 'The axis to take a part of.',
        start: 'The first position.',
        end: 'The position to stop before; by default the end of the axis.',
        step: 'Distance between positions.',
      },
    ],
    softmax: [
      'Turns scores into probabilities that add up to 1 over the channels, or along another axis.',
      { over: 'The axis to normalise over, or `map` for all numbers together.' },
    ],
    softplus: [
      'A smooth relu: ln(1 + e^(beta · x)) / beta.',
      { beta: 'Steepness of the bend.', threshold: 'Where beta · x is larger, the result is x.' },
    ],
    softsign: ['x / (1 + |x|).'],
    split: [
      'Divides the channels (or features), or another axis, into several values.',
      {
        parts: 'Number of equal parts.',
        sizes: 'The channels of each part, instead of `parts`.',
        along: 'The axis to divide.',
      },
    ],
    sqrt: ['The square root; NaN for negative numbers.'],
    sub: ['Subtracts the others from the first value.'],
    tanh: ['The hyperbolic tangent, between −1 and 1.'],
    thresholded_relu: ['Numbers up to the threshold become 0.', { threshold: 'Numbers above it stay as they are.' }],
    to_image: [
      'Turns each token into a pixel, row by row: [H·W, C] becomes [C, H, W].',
      { size: 'Height and width of the image.' },
    ],
    tokens: ['Turns each pixel into a token, row by row: [C, H, W] becomes [H·W, C].'],
    transpose: ['Swaps rows and columns: height and width of an image, or length and features of tokens.'],
    upsample: [
      'Enlarges the image by repeating pixels or blending neighbours.',
      { factor: 'How many times as high and as wide.', mode: 'Repeat pixels, or blend the nearest four.' },
    ],
  }),
);
