// Where whole tensors are one image, operators whose axis 0 is the batch by definition see the single image that is in it.

import type { Entry, Operand } from './flow.ts';
import { refuse } from './problem.ts';

/** Operators on images [N,C,…]. */
const ofImages: ReadonlySet<string> = new Set([
  'AveragePool',
  'BatchNormalization',
  'Conv',
  'ConvTranspose',
  'DepthToSpace',
  'FusedConv',
  'GlobalAveragePool',
  'GlobalLpPool',
  'GlobalMaxPool',
  'GroupNormalization',
  'InstanceNormalization',
  'LRN',
  'LpPool',
  'MaxPool',
  'MaxUnpool',
  'QLinearAveragePool',
  'QLinearConv',
  'QLinearGlobalAveragePool',
  'SpaceToDepth',
]);

/** Whether the operator's axis 0 is the batch. */
export const takesImages = (operator: string): boolean => ofImages.has(operator);

/** The first operand without its axis 0, whose extent must be 1. */
export function withoutAxis0(given: readonly (Operand | undefined)[]): readonly (Operand | undefined)[] {
  const [first, ...others] = given;
  if (first?.is !== 'flow') return given;
  const [images, ...dims] = first.dims;
  if (images !== 1)
    return refuse(
      `it takes ${images} images at once, and another node mixes what is along axis 0`,
      'export the model with a batch of one image',
    );
  return [{ ...first, dims }, ...others];
}

/** Results with axis 0 again. */
export const withAxis0 = (results: readonly Entry[]): readonly Entry[] =>
  results.map((result) => (result.is === 'flow' ? { ...result, dims: [1, ...result.dims] } : result));
