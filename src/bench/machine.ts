// What this machine can do at most, measured on one thread: multiply–adds on vectors of four f32, and bytes read from memory.

import { assemble } from '../../compiler/codegen/wasm/assembler.ts';
import { bandwidthKernel, peakKernel, tileHeights } from './machine-kernels.ts';
import type { Clock } from './timing.ts';
import { sample } from './timing.ts';

export interface Machine {
  /** 10⁹ products and sums a second. */
  readonly peakGflops: number;
  /** Whether product and sum were one instruction with one rounding, or two with two. */
  readonly fused: boolean;
  /** 10⁹ bytes a second. */
  readonly bandwidthGBs: number;
}

/** `relaxed`: with one rounding, where this host has that. */
export async function measureMachine(relaxed: boolean, milliseconds: number, clock: Clock): Promise<Machine> {
  const { fused, gflops } = await measurePeak(relaxed, milliseconds, clock);
  return { peakGflops: gflops, fused, bandwidthGBs: await measureBandwidth(milliseconds, clock) };
}

/** A call takes about a millisecond, so that the engine has many to compile the function anew. */
const STEPS = 50_000;

async function measurePeak(relaxed: boolean, milliseconds: number, clock: Clock) {
  const fused = relaxed && WebAssembly.validate(assemble(peakKernel(1, true).module).bytes);
  let gflops = 0;
  for (const rows of tileHeights) {
    const { module, flopsPerStep } = peakKernel(rows, fused);
    const { exports, memory } = await instance(assemble(module).bytes, module.pages);
    new Float32Array(memory.buffer).fill(1 / 64);
    const run = exports['peak'] as (steps: number) => void;
    const best = fastest(() => run(STEPS), milliseconds / tileHeights.length, clock);
    gflops = Math.max(gflops, (STEPS * flopsPerStep) / best / 1e6);
  }
  return { fused, gflops };
}

async function measureBandwidth(milliseconds: number, clock: Clock): Promise<number> {
  const { module, bytes: length } = bandwidthKernel();
  const { exports, memory } = await instance(assemble(module).bytes, module.pages);
  // Pages that nobody wrote may all be the same one.
  new Float32Array(memory.buffer).fill(1);
  const run = exports['sum'] as () => void;
  return length / fastest(run, milliseconds, clock) / 1e6;
}

async function instance(bytes: Uint8Array, pages: number) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = await WebAssembly.compile(bytes);
  const { exports } = await WebAssembly.instantiate(module, { m: { m: memory } });
  return { exports, memory };
}

const FEWEST_CALLS = 5;

function fastest(run: () => void, milliseconds: number, clock: Clock): number {
  const start = clock();
  let best = Infinity;
  for (let call = 0; call < FEWEST_CALLS || clock() - start < milliseconds; call += 1)
    best = Math.min(best, sample(run, 1, clock));
  return best;
}
