// A transposed convolution with a stride as one convolution of stride 1: results whose places have the same remainders by the stride, a
// phase, meet the same taps, and are channels of their own until they become pixels (Shi et al., 2016, "Is the deconvolution layer the
// same as a convolutional layer?"). Where phases meet fewer taps than others, weights are 0.

import type { Attributes } from '../ir/graph.ts';
import type { Shape } from '../ir/tensor-type.ts';

type Pair = readonly [number, number];

/** How filters [C, O, KH, KW] of a transposed convolution become those of its phases, [SH·SW·O, C, DH, DW]. */
export interface Phases {
  readonly stride: Pair;
  /** Rows and columns of the result that are cut off at the top and the left. */
  readonly padding: Pair;
  /** Of the first tap of the phases: its distance from the pixel they are at. */
  readonly first: Pair;
  /** Taps of the phases. */
  readonly kernel: Pair;
}

/** Where the phases meet, tap by tap: result r + stride·q has input q + d at the tap r + padding − stride·d. */
export function phasesOf(
  attributes: Attributes,
  input: Shape,
  result: Shape,
): { readonly phases: Phases; readonly attributes: Attributes } | string {
  const { kernel, stride, padding, dilation } = attributes as Readonly<Record<string, readonly number[]>>;
  if (attributes['groups'] !== 1) return 'it has groups';
  if (dilation!.some((step) => step > 1)) return 'its taps lie apart';
  const axes = ([0, 1] as const).map((axis) => {
    const [taps, step, cut] = [kernel![axis]!, stride![axis]!, padding![axis]!];
    const [extent, enlarged] = [input[axis + 1]!, result[axis + 1]!];
    const first = 0 - Math.floor((taps - 1 - cut) / step);
    const last = Math.floor((step - 1 + cut) / step);
    const count = enlarged / step;
    return { first, count, taps: last - first + 1, after: count - 1 + last - (extent - 1) };
  });
  const [rows, columns] = axes as [(typeof axes)[0], (typeof axes)[0]];
  if (!axes.every(({ count }) => Number.isInteger(count))) return 'its result is no multiple of its stride';
  if (!axes.every(({ first, after }) => first <= 0 && after >= 0)) return 'more is cut off than its windows overlap';
  const taps = [rows.taps, columns.taps] as const;
  return {
    phases: {
      stride: [stride![0]!, stride![1]!],
      padding: [padding![0]!, padding![1]!],
      first: [rows.first, columns.first],
      kernel: taps,
    },
    attributes: {
      channels: result[0]! * stride![0]! * stride![1]!,
      kernel: taps,
      stride: [1, 1],
      padding: [0 - rows.first, 0 - columns.first, rows.after, columns.after],
      dilation: [1, 1],
      groups: 1,
      spread: [stride![0]!, stride![1]!],
    },
  };
}
