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
  /** Along the channels. `logarithm`: of the result. */
  | { readonly kind: 'softmax'; readonly logarithm: boolean }
  | { readonly kind: 'local-response-norm' }
  | { readonly kind: 'pad' }
  | { readonly kind: 'upsample' }
  | { readonly kind: 'channel-shuffle' }
  /** One after the other along the channels. */
  | { readonly kind: 'concat' }
  /** The same numbers in the same order (NCHW): the operand as another shape, or its parts along the channels. */
  | { readonly kind: 'view'; readonly of: 'whole' | 'parts' }
  /** Element by element, by the operator's `pointwise`. */
  | { readonly kind: 'pointwise' }
  /** Element by element, from operand to operand, repeated along axes of extent 1. */
  | { readonly kind: 'arithmetic'; readonly operation: Arithmetic }
  /** On parameters only, when a module loads. */
  | { readonly kind: 'matmul' }
  | { readonly kind: 'reduce-sum' }
  | { readonly kind: 'slice' };

export type Arithmetic = 'add' | 'sub' | 'mul' | 'div';

/** What else the kernel of such an operator can run on its results before it stores them. */
export type Epilogues =
  /** Anything that is pointwise, with vectors of an element per channel, and residual sums and products. */
  | 'any'
  /** Pointwise steps without parameters. */
  | 'plain'
  | 'none';

/** What can be fused into the kernel of an operator with this lowering. */
export function epiloguesOf(lowering: Lowering | undefined): Epilogues {
  switch (lowering?.kind) {
    case 'convolution':
    case 'transposed-convolution':
    case 'dense':
    case 'pool':
      return 'any';
    case 'pointwise':
    case 'arithmetic':
      return 'plain';
    default:
      return 'none';
  }
}

/** Whether its result may be written over an operand of the same shape: each element is read before it is stored. */
export function isElementwise(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'pointwise' || lowering?.kind === 'arithmetic';
}

/** Whether a slice of a map, as a split leaves it, is as good to read as a whole one. */
export function readsSlices(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'convolution' || lowering?.kind === 'transposed-convolution';
}

/** Whether its result can lie where its operand does, without a kernel. */
export function isView(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'view';
}

/** Whether its result is all of its operand in the same order. */
export function isWholeView(lowering: Lowering | undefined): boolean {
  return lowering?.kind === 'view' && lowering.of === 'whole';
}
