// Weights that kernels in WebAssembly pack when a module loads. These read their memory only, so that a part of a tensor at a time is copied
// to where the first pass will write.

import type { StoredFloats } from './weights-file.ts';

/** The exports of an instance, its memory, and so many bytes of it that are free. */
export interface Loading {
  readonly kernels: Readonly<Record<string, unknown>>;
  readonly buffer: ArrayBuffer;
  readonly at: number;
  /** At least those of the factors and of a step of the outermost loop. */
  readonly bytes: number;
  /** Is told how far the weights are going to be packed next: 1 is all, or more where the last step leaves gaps behind it. */
  readonly ahead: (share: number) => void;
}

/**
 * Has the engine optimise loops of the pass meanwhile, in step with the packing, which all at once would hold up. Calls `ahead0`, `ahead1`,
 * …: see compiler/codegen/wasm/ahead.ts.
 */
export function lookAhead(kernels: Loading['kernels']): Loading['ahead'] {
  const calls = Object.keys(kernels).filter((name) => /^ahead\d/.test(name));
  let called = 0;
  return (share) => {
    const wanted = Math.min(share, 1) * calls.length;
    for (; called < wanted; called++) (kernels[`ahead${called}`] as () => void)();
  };
}

/** What a kernel reads and writes; with `factors`, it packs the products with the first `count` of them. */
export interface Packing {
  readonly source: Float32Array | Float64Array | Int8Array | StoredFloats;
  readonly factors?: Float32Array | Float64Array;
  readonly count?: number;
  /** Where numbers are packed, or bytes. */
  readonly weights?: Float32Array;
  readonly bytes?: Int8Array;
}

/** Room for a part of the source behind the factors. */
interface Window {
  /** Elements that fit. */
  readonly length: number;
  /** Copies elements of the source to the start. */
  copy(from: number, to: number): void;
  /** Addresses for a kernel that begins with factor number `factor`. */
  places(factor: number): readonly number[];
}

function windowFor({ buffer, at, bytes }: Loading, { source, factors, count = 0 }: Packing): Window {
  const room = 8 * count;
  // Arrays of another realm are no `instanceof` ours.
  const viewOf = (data: Float32Array | Float64Array | Int8Array, place: number): typeof data => {
    if (data.BYTES_PER_ELEMENT === 8) return new Float64Array(buffer, place);
    return data.BYTES_PER_ELEMENT === 1 ? new Int8Array(buffer, place) : new Float32Array(buffer, place);
  };
  if (factors) viewOf(factors, at).set(factors.subarray(0, count));
  return {
    length: Math.floor((bytes - room) / source.BYTES_PER_ELEMENT),
    copy(from, to) {
      if ('copyTo' in source) source.copyTo(new Float32Array(buffer, at + room), from, to);
      else viewOf(source, at + room).set(source.subarray(from, to));
    },
    places: (factor) => [at + room, ...(factors ? [at + factor * factors.BYTES_PER_ELEMENT] : [])],
  };
}

/** Indices of the first element and of its place; steps of the outermost loop, their strides; the rest: see compiler/templates/pack.ts. */
export type PackNumbers = readonly [
  from: number,
  to: number,
  count: number,
  read: number,
  write: number,
  ...others: readonly number[],
];

/** Calls the kernel `name`, which packs, for all steps of its outermost loop, some at a time. */
export function packParts(loading: Loading, name: string, packing: Packing, ...numbers: PackNumbers): void {
  const [from, to, count, read, write, ...others] = numbers;
  const kernel = loading.kernels[name] as (...numbers: readonly number[]) => void;
  const window = windowFor(loading, packing);
  const most = Math.floor(window.length / read);
  const perStep = packing.factors ? others.at(-1)! : 0;
  const { length } = (packing.weights ?? packing.bytes)!;
  for (let step = 0; step < count; step += most) {
    const steps = Math.min(most, count - step);
    loading.ahead((to + (step + steps) * write) / length);
    window.copy(from + step * read, from + (step + steps) * read);
    kernel(0, to + step * write, steps, read, write, ...others, ...window.places(step * perStep));
  }
}

/** Indices of the first tap, of the transformed filters and of the magnitude; then sizes: see compiler/templates/winograd-filter.ts. */
export type FilterNumbers = readonly [
  first: number,
  to: number,
  safe: number,
  depth: number,
  panels: number,
  width: number,
  rest: number,
  lastWidth: number,
  length: number,
  stride: number,
  ...others: readonly number[],
];

/**
 * Calls the kernel `name` for all panels of filters; `stride` goes from one filter to the next, the last number is the index of the filters
 * as they are. What is safe with all is the least of what is safe with some.
 */
export function transformFilters(loading: Loading, name: string, packing: Packing, ...numbers: FilterNumbers): void {
  const [first, to, safe, depth, panels, width, rest, lastWidth, length, stride, ...others] = numbers;
  const kernel = loading.kernels[name] as (...numbers: readonly number[]) => void;
  const weights = packing.weights!;
  const window = windowFor(loading, packing);
  const plain = others.pop()!;
  // Of a filter that is turned, the first tap is the last one in memory.
  const turn = first % stride;
  const most = Math.floor(window.length / (width * stride));
  let least = Infinity;
  const transform = (panel: number, whole: number, single: number): void => {
    const start = panel * width;
    const done = (start + whole * width + single) / (panels * width + rest);
    loading.ahead((to + done * (safe - to)) / weights.length);
    const from = first - turn + start * stride;
    window.copy(from, from + (whole * width + single) * stride);
    const sizes = [depth, whole, width, single, lastWidth, length, stride, ...others];
    kernel(turn, to + start * depth, safe, ...sizes, plain + start * stride, ...window.places(start));
    least = Math.min(least, weights[safe]!);
  };
  for (let panel = 0; panel < panels; panel += most) transform(panel, Math.min(most, panels - panel), 0);
  if (rest > 0) transform(panels, 0, rest);
  weights[safe] = least;
}
