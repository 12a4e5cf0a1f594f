// Steps of random networks on tokens.

import type { Attributes } from '../../compiler/ir/graph.ts';
import type { Make } from './network-steps.ts';

const tokenwise: readonly (readonly [string, Attributes?])[] = [
  ['softmax'],
  ['scale'],
  ['prelu'],
  ['gelu'],
  ['log_softmax'],
];

const orders = ['chw', 'cwh', 'hcw', 'hwc', 'wch', 'whc'] as const;

/** A dense layer of each token, what works on its features, and the tokens in their places again. */
export const tokens: Make = ([x], { size, variant, flag, taps }, make) => {
  const made = [...(make('tokens', [x!]) ?? (make.shapeOf(x!).length === 2 ? [x!] : []))];
  if (made.length === 0) return [];
  const extend = (op: string, attributes?: Attributes): void =>
    void made.push(...(make(op, [made.at(-1)!], attributes) ?? []));
  if (size > 0) extend('dense', { features: size, bias: flag });
  if (variant % 2) extend(...pick(tokenwise, size + variant));
  if (variant === 4) extend('reshape', { shape: [-1, make.shapeOf(made.at(-1)!)[0]!] });
  const [length] = make.shapeOf(made.at(-1)!);
  if (variant > 2) extend('to_image', { size: length! % 2 ? [1, length!] : [2, length! / 2] });
  return taps ? made : made.slice(-1);
};

/** Attention among tokens, and what is made of matrices, of regions and of axes in another order. */
export const attention: Make = ([x, other], { size, variant, flag }, make) => {
  const shape = make.shapeOf(x!);
  if (shape.length === 3 && variant === 5) {
    // Not computed, so that rounding does not decide which pixels they have.
    const regions = make.constant([1 + (size % 3), 4]);
    const attributes = { size: flag ? 2 : [1, 3], scale: pick([1, 2.5, 4], size) };
    return make(size % 2 ? 'roi_align' : 'roi_pool', [x!, regions], attributes);
  }
  if (shape.length === 3 && variant > 2) return make('permute', [x!], { order: pick(orders, size) });
  const [t] = shape.length === 3 ? (make('tokens', [x!]) ?? []) : [x!];
  if (t === undefined || shape.length === 1) return [];
  if (variant === 0) return make('matmul', [t, t], flag ? { transpose_b: true } : { transpose_a: true });
  if (variant === 1) return make('transpose', [t]);
  const [y] = make('dense', [t], { features: 3 * (size + 1), bias: flag }) ?? [];
  const [q, k, v] = (y !== undefined && make('split', [y], { parts: 3 })) || [];
  if (q === undefined) return [];
  const [mixed] = make('attention', [q, k!, v!], { heads: size % 2 ? 2 : 1 }) ?? [];
  if (mixed === undefined) return [];
  const [added] = flag && other !== undefined ? (make('concat', [mixed, mixed], { along: 'length' }) ?? []) : [];
  return [added ?? mixed];
};

function pick<T>(list: readonly T[], at: number): T {
  return list[at % list.length]!;
}

/** Parts of axes, and what is joined along another one than the channels. */
export const arranged: Make = ([x, other], { size, variant, flag }, make) => {
  const shape = make.shapeOf(x!);
  const along = pick(
    shape.length === 3 ? ['height', 'width', 'channels'] : ['features', 'length'].slice(0, shape.length),
    size,
  );
  if (variant === 0 && shape.length === 3)
    return make('crop', [x!], { size: [Math.ceil(shape[1]! / 2), Math.max(1, shape[2]! - 1)] });
  if (variant < 3)
    return make('slice', [x!], { along, start: flag ? -1 : 0, ...(flag ? {} : { step: 1 + (variant % 2) }) });
  if (variant === 3) return make('split', [x!], { parts: 2, along });
  return make('concat', [x!, flag ? x! : (make('relu', [other!])?.[0] ?? x!)], { along });
};
