// One handwritten digit as chance has it: a style, unsteady points, smooth distortion, slant, size and place, a pen, noise.

import { cos, sin } from '../../../runtime/elementary.ts';
import type { RandomStream } from '../random.ts';
import { drawLine, spline } from './pen.ts';
import { type Style, styles } from './styles.ts';

/** White on black, [height, width] bytes; `digit` from 0 to 9. */
export function drawDigit(digit: number, stream: RandomStream, height: number, width: number): Uint8Array {
  const choices = styles[digit]!;
  const unit = Math.min(height, width);
  const steps = Math.max(4, Math.min(24, Math.ceil(unit / 6)));
  const curves = unsteady(choices[stream.below(choices.length)]!, stream).map((points) => spline(points, steps));
  distort(curves, stream);
  place(curves, stream, height, width);
  const ink = new Float64Array(height * width);
  const softness = stream.between(0.9, 1.6);
  const radius = (unit / 28) * (0.65 + 0.6 * (stream.uniform() + stream.uniform()));
  for (const curve of curves) {
    const count = curve.length / 2;
    const phase = stream.between(0, 2 * Math.PI);
    const pressure = stream.between(0, 0.3);
    const taper = stream.between(0.5, 1);
    drawLine(
      {
        x: Float64Array.from({ length: count }, (_, i) => curve[2 * i]!),
        y: Float64Array.from({ length: count }, (_, i) => curve[2 * i + 1]!),
        radii: Float64Array.from({ length: count }, (_, i) => {
          const t = i / count;
          const end = t > 0.75 ? 1 - (1 - taper) * (4 * t - 3) : 1;
          return radius * end * (1 + pressure * sin(5 * t + phase));
        }),
      },
      ink,
      height,
      width,
      softness,
    );
  }
  return develop(ink, stream);
}

/** The strokes of a style with every point a little off; corners may be rounded, and ends may be short. */
function unsteady(style: Style, stream: RandomStream): readonly (readonly number[])[] {
  const deviation = stream.between(1, 4);
  const isRounded = stream.chance(0.25);
  const strokes: number[][] = [];
  let [lastX, lastY] = [NaN, NaN];
  for (const stroke of style) {
    const before = strokes.at(-1);
    const isJoined = before !== undefined && stroke[0] === lastX && stroke[1] === lastY;
    const points = isJoined ? (isRounded ? before : before.slice(-2)) : [];
    for (let i = isJoined ? 2 : 0; i < stroke.length; i++) points.push(stroke[i]! + deviation * stream.normal());
    if (points !== before) strokes.push(points);
    [lastX, lastY] = [stroke.at(-2)!, stroke.at(-1)!];
  }
  for (const points of strokes) {
    // Some begin late or end early, others go on a little.
    const [start, end] = [stream.between(-0.15, 0.25), stream.between(-0.2, 0.25)];
    const n = points.length;
    for (let axis = 0; axis < 2; axis++) {
      points[axis]! += start * (points[axis + 2]! - points[axis]!);
      points[n - 2 + axis]! += end * (points[n - 4 + axis]! - points[n - 2 + axis]!);
    }
  }
  return strokes;
}

/** Elastic distortion: three waves of about one period across the digit, each moving points in a direction of its own. */
function distort(curves: readonly Float64Array[], stream: RandomStream): void {
  for (let wave = 0; wave < 3; wave++) {
    const amplitude = stream.between(0, 7);
    const direction = stream.between(0, 2 * Math.PI);
    const [moveX, moveY] = [amplitude * cos(direction), amplitude * sin(direction)];
    const across = stream.between(-0.09, 0.09);
    const down = stream.between(-0.09, 0.09);
    const phase = stream.between(0, 2 * Math.PI);
    for (const curve of curves) {
      for (let i = 0; i < curve.length; i += 2) {
        const height = sin(across * curve[i]! + down * curve[i + 1]! + phase);
        curve[i]! += moveX * height;
        curve[i + 1]! += moveY * height;
      }
    }
  }
}

/** Slant, rotation and form, then a size and a place in the picture, about the middle of the ink: percent become pixels. */
function place(curves: readonly Float64Array[], stream: RandomStream, height: number, width: number): void {
  const unit = Math.min(height, width);
  const slant = 0.12 + 0.18 * stream.normal();
  const angle = 0.1 * stream.normal();
  const form = stream.between(0.55, 1.1);
  const c = cos(angle);
  const s = sin(angle);
  for (const curve of curves) {
    for (let i = 0; i < curve.length; i += 2) {
      const down = curve[i + 1]!;
      const across = form * curve[i]! - slant * down;
      curve[i] = c * across - s * down;
      curve[i + 1] = s * across + c * down;
    }
  }
  const x = extent(curves, 0);
  const y = extent(curves, 1);
  const scale = (unit * stream.between(0.55, 0.74)) / Math.max(x.high - x.low, y.high - y.low, 1);
  move(curves, 0, x, scale, width, unit * 0.03 * stream.normal());
  move(curves, 1, y, scale, height, unit * 0.03 * stream.normal());
}

interface Extent {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
}

/** Of one axis. */
function extent(curves: readonly Float64Array[], axis: 0 | 1): Extent {
  let [low, high, sum, count] = [Infinity, -Infinity, 0, 0];
  for (const curve of curves) {
    for (let i = axis; i < curve.length; i += 2) {
      const value = curve[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
      sum += value;
      count += 1;
    }
  }
  return { low, high, mean: sum / count };
}

/** Scales one axis and moves its mean to the middle of `side` pixels and `shift`, as far as a margin is left. */
function move(
  curves: readonly Float64Array[],
  axis: 0 | 1,
  { low, high, mean }: Extent,
  scale: number,
  side: number,
  shift: number,
): void {
  const margin = side / 9;
  const wanted = side / 2 + shift - scale * mean;
  const offset = Math.max(margin - scale * low, Math.min(side - margin - scale * high, wanted));
  for (const curve of curves) {
    for (let i = axis; i < curve.length; i += 2) curve[i] = offset + scale * curve[i]!;
  }
}

/** Ink from 0 to 1 → bytes: not always full white, uneven, and with the noise of a camera. */
function develop(ink: Float64Array, stream: RandomStream): Uint8Array {
  const white = stream.between(200, 255);
  const texture = stream.between(0, 0.25);
  const noise = Math.max(0, stream.between(-12, 18)) / 128;
  const bytes = new Uint8Array(ink.length);
  let word = 0;
  for (let i = 0; i < bytes.length; i++) {
    word = i % 4 === 0 ? stream.word() : word >>> 8;
    const random = (word & 255) - 127.5;
    const value = ink[i]! * white * (1 - (texture * (random + 128)) / 256) + noise * random;
    bytes[i] = Math.max(0, Math.min(255, Math.floor(value + 0.5)));
  }
  return bytes;
}
