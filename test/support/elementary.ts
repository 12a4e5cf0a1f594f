// The elementary functions that kernels have on vectors, what they should give, and how far they are from it.

import { buildKernel } from '../../compiler/kernel/builder.ts';
import type { Expression, Kernel } from '../../compiler/kernel/ir.ts';
import {
  erfLanes,
  expLanes,
  fusedSigmoidLanes,
  fusedSiluLanes,
  logLanes,
  sigmoidLanes,
  tanhLanes,
} from '../../compiler/kernel/math-lanes.ts';
import { compileKernel } from './wasm-kernel.ts';

export interface Elementary {
  readonly name: string;
  readonly apply: (x: Expression) => Expression;
  /** In f64, to some 1e-15. */
  readonly reference: (x: number) => number;
  /** Whether the function promises something for `x`. */
  readonly covers: (x: number) => boolean;
  /** Units in the last place that it stays within. */
  readonly units: number;
}

const everywhere = (): boolean => true;

export const elementary: readonly Elementary[] = [
  { name: 'exp', apply: expLanes, reference: Math.exp, covers: everywhere, units: 2 },
  // Normal numbers only.
  { name: 'log', apply: logLanes, reference: Math.log, covers: (x) => !(x > 0 && x < 2 ** -126), units: 2 },
  { name: 'sigmoid', apply: sigmoidLanes, reference: sigmoid, covers: everywhere, units: 2 },
  // Results that are no normal numbers may be 0.
  { name: 'fused sigmoid', apply: fusedSigmoidLanes, reference: sigmoid, covers: (x) => !(x < -87.33), units: 4 },
  { name: 'fused silu', apply: fusedSiluLanes, reference: silu, covers: (x) => !(x < -87.33), units: 4 },
  { name: 'tanh', apply: tanhLanes, reference: Math.tanh, covers: everywhere, units: 2 },
  { name: 'erf', apply: erfLanes, reference: erf, covers: everywhere, units: 2 },
];

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** NaN at −∞. */
function silu(x: number): number {
  return x * sigmoid(x);
}

/** 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!! : no term is negative, so nothing cancels (Abramowitz and Stegun, 7.1.6). */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const largest = 3.4028234663852886e38;

/** The distance in units in the last place of the f32 next to `expected`; ∞ where one is a NaN or an infinity and not the other. */
export function unitsApart(found: number, expected: number): number {
  if (Object.is(found, expected)) return 0;
  if (Number.isNaN(found) || Number.isNaN(expected)) return Infinity;
  if (Math.abs(found) > largest || Math.fround(Math.abs(expected)) > largest)
    return found === Math.fround(expected) ? 0 : Infinity;
  const exponent = expected === 0 ? -126 : Math.max(-126, Math.floor(Math.log2(Math.abs(expected))));
  return Math.abs(found - expected) / 2 ** (exponent - 23);
}

/** y[i] = f(x[i]) for `length` elements, a multiple of four. */
export const mapKernel = ({ apply }: Elementary, length: number): Kernel =>
  buildKernel('map', '', (k) => {
    const [x, y] = [k.memory('x', 'f32'), k.memory('y', 'f32')];
    k.for('i', 0, length, (i) => k.storeLanes(y, i, apply(k.loadLanes(x, i, 4)), 4), { step: 4 });
  });

export interface Mapping {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Fills `y`. */
  run(): void;
}

/** The kernel as WebAssembly on arrays in its own memory. */
export function compileMapping(one: Elementary, length: number, fused: boolean): Mapping {
  const sizes = new Map(['x', 'y'].map((name) => [name, 4 * length]));
  const { bytes, module, places } = compileKernel(mapKernel(one, length), { sizes, fused });
  const memory = new WebAssembly.Memory({ initial: module.pages, maximum: 65_536 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
  const map = exports['map'] as (part: number, parts: number) => void;
  const view = (name: string): Float32Array => new Float32Array(memory.buffer, places.get(name), length);
  return { x: view('x'), y: view('y'), run: () => map(0, 1) };
}
