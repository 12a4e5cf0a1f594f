// Resizing along one axis as a matrix, y = W·x: every coordinate mode, rounding, cubic coefficient and border that ONNX has. The
// arithmetic is that of onnx/reference/ops/op_resize.py, whose cases are the conformance suite's; places are computed in f32, as
// onnxruntime does, so that a scale of 0.7, which f32 has a little below, takes the pixels that 0.7 takes.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { constantOf, countOf } from '../constant.ts';
import { refuse } from '../problem.ts';
import type { Site } from '../site.ts';

/** How pixels are chosen or blended, in ONNX's words. */
export interface Filter {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: string;
  /** Of `nearest`: in ONNX's words, or `outwards` for what it was before it had any. */
  readonly rounding: string;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/** From `input` to `output` pixels; `scale` in f32 as the file gives it, which need not be their quotient. */
export interface Stretch {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
}

/** Errors of places, in pixels. */
const ROUNDING = 1e-6;

/** Matrices of more numbers than these are no way to resize. */
const MAX_NUMBERS = 2 ** 22;

/** The value with axis `axis` of `dims` resized. */
export function resampled(
  site: Site,
  value: ValueId,
  dims: readonly number[],
  axis: number,
  stretch: Stretch,
  filter: Filter,
): ValueId {
  const { input, output } = stretch;
  if (input * output > MAX_NUMBERS)
    refuse(
      `it resizes ${input} pixels to ${output} by ${filter.coordinates} coordinates, which takes a matrix of ${input * output} numbers`,
      'half_pixel or asymmetric coordinates take none',
    );
  const numbers = matrixOf(stretch, filter);
  const matrix = constantOf('', [output, input], 'float', () => numbers);
  const [outer, inner] = [countOf(dims.slice(0, axis)), countOf(dims.slice(axis + 1))];
  const blend = (rows: number, operand: ValueId): ValueId =>
    site.apply('dense', [site.shaped(operand, [rows, input])], { features: output, bias: false }, [matrix]);
  if (inner === 1) return blend(outer, value);
  const turned = site.helper('transpose', [site.shaped(value, [outer, input, inner])]);
  return site.helper('transpose', [site.shaped(blend(outer * inner, turned), [outer, inner, output])]);
}

/** W [output, input], row by row. */
export function matrixOf(stretch: Stretch, filter: Filter): Float32Array {
  const { input, output } = stretch;
  const matrix = new Float32Array(input * output);
  for (let at = 0; at < output; at += 1) {
    eachTap(at, stretch, filter, (index, weight) => {
      // Pixels outside are those of the border.
      matrix[at * input + Math.min(input - 1, Math.max(0, index))]! += weight;
    });
  }
  return matrix;
}

/** The pixels that pixel `at` of the result is made of, and how much each counts; a row of millions makes no lists of them. */
function eachTap(at: number, stretch: Stretch, filter: Filter, tap: (index: number, weight: number) => void): void {
  const position = positionOf(at, stretch, filter.coordinates);
  // The pixel on its left, so that the distance to it is above 0 and at most 1.
  const left = Math.ceil(position) - 1;
  const distance = position - left;
  if (filter.mode === 'nearest') {
    // What f32 has a little beside the middle of two pixels is meant to be the middle, and onnxruntime takes it so, too.
    const isMiddle = Math.abs(distance - 0.5) < ROUNDING;
    return tap(left + Number(takesRight(isMiddle ? 0.5 : distance, filter.rounding, stretch)), 1);
  }
  const radius = filter.mode === 'linear' ? 1 : 2;
  const scale = filter.antialias ? Math.min(1, stretch.scale) : 1;
  const first = Math.floor(-radius / scale) + 1;
  const weightAt = (offset: number): number => {
    const index = left + offset;
    const isOutside = index < 0 || index >= stretch.input;
    return filter.excludeOutside && isOutside ? 0 : kernel(scale * (offset - distance), filter);
  };
  let sum = 0;
  for (let offset = first; offset < 2 - first; offset += 1) sum += weightAt(offset);
  for (let offset = first; offset < 2 - first; offset += 1) tap(left + offset, weightAt(offset) / sum);
}

/** Whether a part of a pixel is left over. */
export const isCut = ({ input, output, scale }: Stretch): boolean => Math.abs(input * scale - output) > 1e-3;

const f32 = Math.fround;

/** Where a pixel of the result lies among those of the input. */
function positionOf(at: number, { input, output, scale }: Stretch, coordinates: string): number {
  // To sizes, the scale is their quotient as f32 has it.
  const extent = isCut({ input, output, scale }) ? f32(scale * input) : output;
  const halves = f32((at + 0.5) / scale);
  switch (coordinates) {
    case 'half_pixel':
      return f32(halves - 0.5);
    case 'half_pixel_symmetric': {
      const offset = f32((input / 2) * f32(1 - f32(output / f32(scale * input))));
      return f32(offset + (at + 0.5) / scale - 0.5);
    }
    case 'pytorch_half_pixel':
      return output === 1 ? 0 : f32(halves - 0.5);
    case 'asymmetric':
      return f32(at / scale);
    case 'align_corners':
      return extent === 1 ? 0 : f32(f32(at * (input - 1)) / f32(extent - 1));
    default:
      return refuse(
        `its coordinates are ${coordinates.slice(0, 40)}`,
        'resize with half_pixel or asymmetric coordinates',
      );
  }
}

function takesRight(distance: number, rounding: string, { scale }: Stretch): boolean {
  if (distance === 1) return true;
  switch (rounding) {
    case 'outwards':
      return scale < 1;
    case 'round_prefer_floor':
      return distance > 0.5;
    case 'round_prefer_ceil':
      return distance >= 0.5;
    case 'floor':
      return false;
    case 'ceil':
      return true;
    default:
      return refuse(`its nearest_mode is ${rounding.slice(0, 40)}`, 'export the model again');
  }
}

/** The triangle, or the cubic of Keys (1981) with the coefficient a. */
function kernel(offset: number, { mode, cubicA: a }: Filter): number {
  const x = Math.abs(offset);
  if (mode === 'linear') return Math.max(0, 1 - x);
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
}
