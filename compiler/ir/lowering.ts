// How an operator is computed, as far as passes and the schedule need to know: a union, so that every `switch` is checked for completeness.

/** How a pooling makes one number of those of a window. */
export type Reduction = 'max' | 'mean';

export type Lowering =
  /** Filters [O, C/groups, KH, KW] over windows: `window` and `groups` of the operator say which. */
  | { readonly kind: 'convolution' }
  /** Filters [C, O/groups, KH, KW] that spread each pixel over a window. */
  | { readonly kind: 'transposed-convolution' }
  /** A matrix [O, features]. */
  | { readonly kind: 'dense' }
  /** A maximum or mean over windows of each channel. `adaptive`: windows that divide the map into as many parts as the result has pixels. */
  | { readonly kind: 'pool'; readonly reduces: Reduction; readonly windows: 'sliding' | 'adaptive' | 'global' }
  /** Over sliding windows of each channel, by the operator's `fold`. */
  | { readonly kind: 'window-fold' }
  /** Softmax along the channels, or its logarithm. */
  | { readonly kind: 'softmax'; readonly logarithm: boolean }
  | { readonly kind: 'local-response-norm' }
  /** Normalisation by the statistics of each pixel or image, as the operator's `normalizes` says; without parameters after legalisation. */
  | { readonly kind: 'normalization' }
  /** Along the channels, rows or columns, or over all elements; the attributes say which and how. */
  | { readonly kind: 'reduce' }
  | { readonly kind: 'pad' }
  /** Upsampling: pixels are repeated, or blended as the operator's `resampling` says. */
  | { readonly kind: 'upsample' }
  /** Resizing: pixels are picked or blended as the operator's `resampling` says. */
  | { readonly kind: 'resample' }
  | { readonly kind: 'channel-shuffle' }
  /** The axes of an image in another order, as the operator's `axes` says. */
  | { readonly kind: 'permute' }
  /** Matrix products of two values that depend on the inputs, one for each of `heads`, times the attribute `factor`. */
  | { readonly kind: 'head-product'; readonly product: HeadProduct }
  /** Pixel shuffle: groups of channels become squares of pixels, or the reverse. */
  | { readonly kind: 'pixel-shuffle'; readonly makes: 'pixels' | 'channels' }
  /** Operands one after the other along an axis. */
  | { readonly kind: 'concat' }
  /**
   * No arithmetic. `whole`: all elements in the same (NCHW) order, in another shape. `parts`: the parts of the operand along an axis. `box`: the
   * operator's `box` of the operand. `pixels`: an image [C, H, W] as tokens [H·W, C] or the reverse, in the same order channels last.
   */
  | { readonly kind: 'view'; readonly of: 'whole' | 'parts' | 'pixels' | 'box' }
  /** Elementwise on one operand, by the operator's `pointwise`. */
  | { readonly kind: 'pointwise' }
  /** Elementwise on any number of operands, from left to right; axes of extent 1 are broadcast. */
  | { readonly kind: 'arithmetic'; readonly operation: Arithmetic }
  /** Elementwise on several operands, by the operator's `combine`; axes of extent 1 are broadcast. */
  | { readonly kind: 'combination' }
  /** The sums over all images and pixels of what `sums` says, for each channel: [N,C,…] → [C] without the batch axis. */
  | { readonly kind: 'batch-sum' }
  /** The mean of each channel over images and pixels, and the sum of the squared distances from it: [N,C,…] → [C] each. */
  | { readonly kind: 'batch-moments' }
  /** ∂loss/∂input of a convolution: operands are ∂loss/∂result and the weight, whose filters spread each pixel over a window. */
  | { readonly kind: 'convolution-input-gradient' }
  /** ∂loss/∂weight of a convolution: operands are its input and ∂loss/∂result. */
  | { readonly kind: 'convolution-weight-gradient' }
  | { readonly kind: 'dense-weight-gradient' }
  /** ∂loss/∂input of a dense layer: operands are ∂loss/∂result and its weight [O, features]. */
  | { readonly kind: 'dense-input-gradient' }
  /**
   * ∂loss/∂input of a pooling, or of a sum over windows: operands are ∂loss/∂result and, for a maximum, the input. Max-unpooling is the same
   * for windows that do not overlap.
   */
  | {
      readonly kind: 'pool-gradient';
      readonly reduces: Reduction | 'sum';
      readonly windows: 'sliding' | 'adaptive' | 'global';
    }
  /** For each sliding window, the element of the first operand at the place where the second operand is largest. */
  | { readonly kind: 'maximum-gather' }
  /** A maximum, or mean, over each bin of each region of a map: operands are the map and the regions, corners x1, y1, x2, y2. */
  | { readonly kind: 'region-pool'; readonly reduces: Reduction }
  /** ∂loss/∂map of it: operands are ∂loss/∂result, the map and the regions. */
  | { readonly kind: 'region-pool-gradient'; readonly reduces: Reduction }
  /** ∂loss/∂input of a pad, from ∂loss/∂result: its inner part, to which borders that were copies are added. */
  | { readonly kind: 'pad-gradient' }
  /** The operand in the operator's `box` of the result, zeros elsewhere. */
  | { readonly kind: 'box-gradient' }
  /** ∂loss/∂input of a resizing, from ∂loss/∂result; `resampling` is that of the resizing. */
  | { readonly kind: 'resample-gradient' }
  /** ∂loss/∂input of a softmax, from ∂loss/∂result and the result. */
  | { readonly kind: 'softmax-gradient'; readonly logarithm: boolean }
  /** ∂loss/∂input of a normalisation, from ∂loss/∂result and the input. */
  | { readonly kind: 'normalization-gradient' }
  /** Dropout: operands are the value and the step's random words [4] or [6], attributes `p` and `number`. */
  | { readonly kind: 'dropout' }
  /** The sum of what `combine` says over all elements of operands without the batch axis: → [1]. */
  | { readonly kind: 'sum' }
  | { readonly kind: 'cross-entropy' }
  | { readonly kind: 'cross-entropy-gradient' }
  /** 1 if the largest score is that of the class, else 0. */
  | { readonly kind: 'correct' }
  /** From f32 to codes, and back. ops/quantized/codes.ts defines both, and what the next six compute with codes. */
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
  /** Replaces each code by the table's entry for it. */
  | { readonly kind: 'lookup' }
  /** The last three are for parameters only, when a module loads. */
  | { readonly kind: 'weight-matmul' }
  | { readonly kind: 'reduce-sum' }
  | { readonly kind: 'weight-slice' };

/**
 * Products of attention. Queries, keys and values are images of one row; each head has its part of their channels, which is a matrix.
 * Scores are an image [keys, heads, queries]. `scores`: queries times keys. `mixture`: for each query the sum of all values, weighted by
 * its scores. `spread`: for each key the sum over queries, weighted by its scores: the transposed product, which gradients need.
 */
export type HeadProduct = 'scores' | 'mixture' | 'spread';

export type Arithmetic = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';

/** Which operators a kernel can apply to its results before it stores them. */
export type Epilogues =
  /** Pointwise operators, with parameters of an element per channel as well, and sums and products with another value (residuals). */
  | 'any'
  /** Pointwise operators without parameters. */
  | 'plain'
  /** Those that evaluate no elementary function: on the last, partial vector of each pixel that would cost more than a kernel of its own. */
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

/** Whether the result may overwrite an operand of the same shape, because each element is read before it is stored. */
export function isElementwise(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'pointwise' || lowering?.kind === 'arithmetic' || lowering?.kind === 'combination';
}

/** Whether it reads a slice of the channels of a map, as a split leaves it, as fast as a whole map. */
export function readsSlices(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'convolution' || lowering?.kind === 'transposed-convolution';
}

/** Whether the result can lie in the memory of the operand, so that no kernel is needed. */
export function isView(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'view';
}

/** Whether the first operand may be a flattened map that stays in the order of memory (h, w, c): its weights are permuted instead. */
export function readsFlattened(lowering: Lowering | undefined): boolean {
  return lowering !== undefined && flatReaders.has(lowering.kind);
}

const flatReaders: ReadonlySet<Lowering['kind']> = new Set([
  'dense',
  'dense-weight-gradient',
  'quantized-dense',
] as const);

/** Whether it can be computed in the kernel of the convolution before it, row by row: a maximum or mean of sliding windows. */
export function slides(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'pool' && lowering.windows === 'sliding';
}

/** What the padding of an operator consists of, if it has one into which a `pad` before it can be folded. */
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

/** Whether the result is the whole operand in another shape. */
export function isWholeView(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'view' && lowering.of === 'whole';
}

/** Whether its operands may be tensors without the batch axis, when a module loads or in a step of a training. */
export function worksOnWeights(lowering: Lowering | undefined): boolean {
  return isWholeView(lowering) || lowering?.kind === 'pointwise' || lowering?.kind === 'arithmetic';
}
