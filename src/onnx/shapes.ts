// From the file's shapes to the graph's, which have at most three axes.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { countOf } from './constant.ts';
import { refuse } from './problem.ts';

/** A value of these axes as an image [C, H, W]: [C, L] is an image of height 1. */
export function imageShape(dims: readonly number[]): Shape {
  switch (dims.length) {
    case 0:
      return [1, 1, 1];
    case 1:
      return [dims[0]!, 1, 1];
    case 2:
      return [dims[0]!, 1, dims[1]!];
    case 3:
      return dims;
    default: {
      const merged = withoutOnes(dims);
      if (merged.length <= 3) return imageShape(merged);
      return refuse(
        `it works on [${dims.join(', ')}], and images have channels, height and width`,
        'see whether the axes can be joined by a Reshape before it',
      );
    }
  }
}

/** As an image, or flat where there is one axis. */
export const plainShape = (dims: readonly number[]): Shape => (dims.length === 1 ? dims : imageShape(dims));

/** The one of `rank` axes that `given` names, which counts from the end where it is negative. Refuses one that is not there. */
export function axisAt(given: number, rank: number): number {
  const axis = given < 0 ? given + rank : given;
  if (axis >= 0 && axis < rank) return axis;
  return refuse(`it names axis ${given} of a tensor that has ${rank}`, 'see whether the model runs elsewhere');
}

/** In which axis 0 are the channels, and what lies in each is up to two axes. */
export const channelShape = (dims: readonly number[]): Shape =>
  dims.length > 3 ? [dims[0]!, 1, countOf(dims.slice(1))] : plainShape(dims);

/** Extents other than 1; at least one. */
function withoutOnes(dims: readonly number[]): readonly number[] {
  const rest = dims.filter((extent) => extent !== 1);
  return rest.length === 0 ? [1] : rest;
}

/** What the language calls axis `axis` of a value of these axes, in the shape that `plainShape` gives it. */
function axisName(dims: readonly number[], axis: number): string {
  return [['channels'], ['channels', 'width'], ['channels', 'height', 'width']][dims.length - 1]![axis]!;
}

const isTokens = (dims: readonly number[], now: Shape): boolean =>
  dims.length === 2 && now.length === 2 && dims[0] === now[0] && dims[1] === now[1];

/** A shape in which one axis can be worked along, and what the language calls that axis there. */
export interface Along {
  readonly shape: Shape;
  readonly name: string;
}

/**
 * Of a value of these axes; of more than three that are not 1, those before `axis` and those behind it are one each. What has the shape `now` of
 * tokens [length, features] stays so.
 */
export function along(dims: readonly number[], axis: number, now?: Shape): Along {
  if (now && isTokens(dims, now)) return { shape: now, name: axis === 0 ? 'length' : 'features' };
  if (dims.length <= 3) return { shape: plainShape(dims), name: axisName(dims, axis) };
  const kept = [...dims.keys()].filter((at) => at === axis || dims[at] !== 1);
  if (kept.length <= 3) {
    const own = kept.map((at) => dims[at]!);
    return { shape: plainShape(own), name: axisName(own, kept.indexOf(axis)) };
  }
  return { shape: [countOf(dims.slice(0, axis)), dims[axis]!, countOf(dims.slice(axis + 1))], name: 'height' };
}

/** The shape of what is computed element by element of both, as NumPy broadcasts. */
export function broadcastDims(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, at) => {
    const [left, right] = [a[at - rank + a.length] ?? 1, b[at - rank + b.length] ?? 1];
    if (left !== right && left !== 1 && right !== 1)
      refuse(`[${a.join(', ')}] and [${b.join(', ')}] do not fit`, 'see whether the model runs elsewhere');
    return left === 1 ? right : left;
  });
}

/**
 * The shapes in which two values that broadcast are joined, of at most three axes: neighbours along which both are alike, or the same
 * one is 1, are seen as one axis where there are more. Where the first has the shape `now` of tokens, both are tokens.
 * Undefined where three axes are not enough: then one must be repeated before.
 */
export function joinedShapes(
  a: readonly number[],
  b: readonly number[],
  now?: Shape,
): readonly [Shape, Shape] | undefined {
  const rank = broadcastDims(a, b).length;
  const [left, right] = [padded(a, rank), padded(b, rank)];
  if (rank === 2 && now && isTokens(left, now)) return [left, right];
  if (rank <= 3) return [plainShape(left), plainShape(right)];
  const kept = [...left.keys()].filter((axis) => left[axis] !== 1 || right[axis] !== 1);
  if (kept.length <= 3)
    return [imageShape(kept.map((axis) => left[axis]!)), imageShape(kept.map((axis) => right[axis]!))];
  const runs: { readonly kind: string; left: number; right: number }[] = [];
  for (const axis of kept) {
    const [extent, other] = [left[axis]!, right[axis]!];
    const kind = extent === other ? 'both' : extent === 1 ? 'right' : 'left';
    const last = runs.at(-1);
    if (last?.kind === kind) {
      last.left *= extent;
      last.right *= other;
    } else runs.push({ kind, left: extent, right: other });
  }
  if (runs.length > 3) return undefined;
  const [own, others] = [runs.map((run) => run.left), runs.map((run) => run.right)];
  return [imageShape(own), imageShape(others)];
}

/** With ones before, so that there are `rank` axes. */
export const padded = (dims: readonly number[], rank: number): readonly number[] => [
  ...Array<number>(Math.max(0, rank - dims.length)).fill(1),
  ...dims,
];

/** What a Reshape to `target` gives: 0 copies an extent (unless `allowZero`), −1 takes what is left. */
export function reshapedDims(
  dims: readonly number[],
  target: readonly number[],
  allowZero: boolean,
): readonly number[] {
  const copied = target.map((extent, at) => (extent === 0 && !allowZero ? (dims[at] ?? 0) : extent));
  const rest = copied.filter((extent) => extent !== -1).reduce((product, extent) => product * extent, 1);
  const result = copied.map((extent) => (extent === -1 ? countOf(dims) / rest : extent));
  if (countOf(result) !== countOf(dims) || result.some((extent) => !Number.isSafeInteger(extent) || extent < 0))
    refuse(`[${dims.join(', ')}] has no shape [${target.join(', ')}]`, 'see whether the model runs elsewhere');
  return result;
}
