// What the schedule needs to know of an operator to compute it: a union that every `switch` can prove complete.

/** How many numbers become one. */
export type Reduction = 'max' | 'mean';

export type Lowering =
  /** Filters [O, C/groups, KH, KW] over windows: `window` and `groups` of the operator say which. */
  | { readonly kind: 'convolution' }
  /** Filters [C, O/groups, KH, KW] that spread each pixel over a window. */
  | { readonly kind: 'transposed-convolution' }
  /** A matrix [O, features]. */
  | { readonly kind: 'dense' }
  /** One number of each window of each channel. `adaptive`: as many windows as the result has pixels. */
  | { readonly kind: 'pool'; readonly reduces: Reduction; readonly windows: 'sliding' | 'adaptive' | 'global' }
  /** One number of each sliding window of each channel, by the operator's `fold`. */
  | { readonly kind: 'window-fold' }
  /** Along the channels. `logarithm`: of the result. */
  | { readonly kind: 'softmax'; readonly logarithm: boolean }
  | { readonly kind: 'local-response-norm' }
  /** By the statistics of each pixel or image, as the operator's `normalizes` says; legalisation takes parameters away. */
  | { readonly kind: 'normalization' }
  /** Along the channels, rows or columns, or of all numbers, which become one; the attributes say which and how. */
  | { readonly kind: 'reduce' }
  | { readonly kind: 'pad' }
  /** Pixels repeated, or blended as the operator's `resampling` says. */
  | { readonly kind: 'upsample' }
  /** Pixels taken or blended as the operator's `resampling` says. */
  | { readonly kind: 'resample' }
  | { readonly kind: 'channel-shuffle' }
  /** The axes of an image in another order, as the operator's `axes` says. */
  | { readonly kind: 'permute' }
  /** Products of matrices of values that flow, one for each of `heads`; `factor` is what they are multiplied by. */
  | { readonly kind: 'head-product'; readonly product: HeadProduct }
  /** Squares of pixels of groups of channels, or channels of squares of pixels. */
  | { readonly kind: 'pixel-shuffle'; readonly makes: 'pixels' | 'channels' }
  /** One after the other along the channels. */
  | { readonly kind: 'concat' }
  /**
   * The same numbers in the same order (NCHW): the operand as another shape, its parts along an axis, or the operator's `box` of it. `pixels`: in the same
   * order channels last, an image [C, H, W] as tokens [H·W, C] or the reverse.
   */
  | { readonly kind: 'view'; readonly of: 'whole' | 'parts' | 'pixels' | 'box' }
  /** Element by element, by the operator's `pointwise`. */
  | { readonly kind: 'pointwise' }
  /** Element by element, from operand to operand, repeated along axes of extent 1. */
  | { readonly kind: 'arithmetic'; readonly operation: Arithmetic }
  /** Element by element over several operands, by the operator's `combine`, repeated along axes of extent 1. */
  | { readonly kind: 'combination' }
  /** The sums over all images and pixels of what `sums` says, for each channel: [N,C,…] → [C] without the batch axis. */
  | { readonly kind: 'batch-sum' }
  /** The mean of each channel, and the sum of the squared distances from it, in the same way. */
  | { readonly kind: 'batch-moments' }
  /** ∂loss/∂input of a convolution: operands are ∂loss/∂result and the weight, whose filters spread each pixel over a window. */
  | { readonly kind: 'convolution-input-gradient' }
  /** ∂loss/∂weight of a convolution: operands are its input and ∂loss/∂result. */
  | { readonly kind: 'convolution-weight-gradient' }
  | { readonly kind: 'dense-weight-gradient' }
  /** ∂loss/∂input of a dense layer: operands are ∂loss/∂result and its weight [O, features]. */
  | { readonly kind: 'dense-input-gradient' }
  /**
   * ∂loss/∂input of a pooling, or of a sum over windows: operands are ∂loss/∂result and, for a maximum, the input; of windows that do not
   * overlap, what max-unpooling is.
   */
  | {
      readonly kind: 'pool-gradient';
      readonly reduces: Reduction | 'sum';
      readonly windows: 'sliding' | 'adaptive' | 'global';
    }
  /** Of each sliding window the number of the first operand where the second one is largest. */
  | { readonly kind: 'maximum-gather' }
  /** ∂loss/∂input of a pad, from ∂loss/∂result: cut out, or folded back at the borders. */
  | { readonly kind: 'pad-gradient' }
  /** Zeros around the operand, which lies in the operator's `box` of the result. */
  | { readonly kind: 'box-gradient' }
  /** ∂loss/∂input of a resizing, from ∂loss/∂result; `resampling` is that of the resizing. */
  | { readonly kind: 'resample-gradient' }
  /** Softmax's, from ∂loss/∂result and the result; or from the scores, the class and ∂loss/∂loss of each image. */
  | { readonly kind: 'softmax-gradient'; readonly logarithm: boolean }
  /** ∂loss/∂input of a normalisation, from ∂loss/∂result and the input. */
  | { readonly kind: 'normalization-gradient' }
  /** Numbers scaled or zeroed at random; operands are the value and the random [4], attributes `p` and `number`. */
  | { readonly kind: 'dropout' }
  /** The sum of what `combine` says over all elements of values without the batch axis: → [1]. */
  | { readonly kind: 'sum' }
  | { readonly kind: 'cross-entropy' }
  | { readonly kind: 'cross-entropy-gradient' }
  /** Whether the largest score is that of the class: 1 or 0. */
  | { readonly kind: 'correct' }
  /** From f32 to codes, and back: see ops/quantized/codes.ts for both, and for what the next six do with codes. */
  | { readonly kind: 'quantize' }
  | { readonly kind: 'dequantize' }
  /** A convolution of codes, whose sums become codes of another scale, or f32. */
  | { readonly kind: 'quantized-convolution'; readonly result: 'u8' | 'f32' }
  | { readonly kind: 'quantized-dense'; readonly result: 'u8' | 'f32' }
  | { readonly kind: 'quantized-arithmetic'; readonly operation: 'add' | 'mul' }
  /** Means of sliding windows of codes, all of which have the same count. */
  | { readonly kind: 'quantized-mean' }
  /** Blends of codes, as the operator's `resampling` says. */
  | { readonly kind: 'quantized-resample' }
  /** Each code replaced by that of a table. */
  | { readonly kind: 'lookup' }
  /** On parameters only, when a module loads. */
  | { readonly kind: 'weight-matmul' }
  | { readonly kind: 'reduce-sum' }
  | { readonly kind: 'weight-slice' };

/**
 * Queries, keys and values are images of one row, of which a head has its part of the channels, one matrix; scores are an image
 * [keys, heads, queries]. `scores`: of queries and keys. `mixture`: for each query the values of all keys by its scores. `spread`: for each
 * key what the queries have, by its scores; the transposed product, of which gradients are made.
 */
export type HeadProduct = 'scores' | 'mixture' | 'spread';

export type Arithmetic = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';

/** What else the kernel of such an operator can run on its results before it stores them. */
export type Epilogues =
  /** Anything that is pointwise, with vectors of an element per channel, and residual sums and products. */
  | 'any'
  /** Pointwise steps without parameters. */
  | 'plain'
  /** Those of them that evaluate no elementary function, which would cost more on the last, partial vector of each pixel than a pass. */
  | 'light'
  | 'none';

/** What can be fused into the kernel of an operator with this lowering. */
export function epiloguesOf(lowering: Lowering | undefined): Epilogues {
  switch (lowering?.kind) {
    case 'convolution':
    case 'transposed-convolution':
    case 'convolution-input-gradient':
    case 'dense':
    case 'pool':
    case 'window-fold':
    case 'reduce':
    case 'normalization':
      return 'any';
    case 'pointwise':
    case 'arithmetic':
      return 'plain';
    case 'combination':
      return 'light';
    default:
      return 'none';
  }
}

/** Whether its result may be written over an operand of the same shape: each element is read before it is stored. */
export function isElementwise(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'pointwise' || lowering?.kind === 'arithmetic' || lowering?.kind === 'combination';
}

/** Whether a slice of a map, as a split leaves it, is as good to read as a whole one. */
export function readsSlices(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'convolution' || lowering?.kind === 'transposed-convolution';
}

/** Whether its result can lie where its operand does, without a kernel. */
export function isView(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'view';
}

/** Whether a flattened map, as the first operand, can be left as it is: features are read as they lie in memory; only weights are permuted. */
export function readsFlattened(lowering: Lowering | undefined): boolean {
  return lowering !== undefined && flatReaders.has(lowering.kind);
}

const flatReaders: ReadonlySet<Lowering['kind']> = new Set([
  'dense',
  'dense-weight-gradient',
  'quantized-dense',
] as const);

/** Whether a convolution can compute it on the rows it has just made: a maximum or mean of sliding windows. */
export function slides(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'pool' && lowering.windows === 'sliding';
}

/** What is around the image where it has a padding of its own that a `pad` before it can join; undefined where it has none. */
export function paddingValue(lowering: Lowering | undefined): 'zeros' | 'least' | 'as written' | undefined {
  switch (lowering?.kind) {
    case 'convolution':
      return 'zeros';
    case 'pool':
      if (lowering.windows !== 'sliding') return undefined;
      return lowering.reduces === 'max' ? 'least' : 'zeros';
    case 'pad':
      return 'as written';
    default:
      return undefined;
  }
}

/** Whether its result is all of its operand in the same order. */
export function isWholeView(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'view' && lowering.of === 'whole';
}

/** Whether it is computed of tensors without the batch axis as well, when a module loads or in a step of a training. */
export function worksOnWeights(lowering: Lowering | undefined): boolean {
  return isWholeView(lowering) || lowering?.kind === 'pointwise' || lowering?.kind === 'arithmetic';
}
