// What a step of a training needs: bytes that it keeps, memory at a batch, and multiply–accumulates forward and backward.

import { costOf } from '../../compiler/analysis/cost.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { layoutOf } from '../../compiler/codegen/wasm/layout.ts';
import { compileStep } from '../../compiler/index.ts';
import type { CompiledNetwork } from '../../compiler/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Program } from '../../compiler/program/program.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';

/** Bytes of a page of a WebAssembly memory. */
const pageBytes = 65_536;

export interface TrainingReport {
  readonly schemaVersion: 1;
  readonly network: string;
  /** Bytes of what is kept from step to step. */
  readonly state: { readonly parameters: number; readonly buffers: number; readonly optimizer: number };
  /** Multiply–accumulates per image, of convolutions and dense layers without biases. */
  readonly macs: { readonly forward: number; readonly backward: number };
  readonly memory: TrainingMemory;
  readonly peak: TrainingPeak;
}

/** Bytes of the WebAssembly memory of a step: `fixed` for any batch, state included, and `perImage` for each image. */
export interface TrainingMemory {
  readonly fixed: number;
  readonly perImage: number;
}

/** The call at which most bytes per image are alive. */
export interface TrainingPeak {
  /** The first node that it computes; null for a copy at the border. */
  readonly at: string | null;
  /** The largest first, with their bytes per image. */
  readonly alive: readonly { readonly name: string; readonly bytes: number }[];
}

/** Compiles a step for WebAssembly, in whose memory each thread has scratch memory of its own. Throws as `compileStep` does. */
export function trainingReport(network: CompiledNetwork, recipe: Recipe, threads = 1): TrainingReport {
  const { program } = compileStep(network, recipe, { target: 'wasm' });
  const { images, perImage, scratch } = layoutOf(program);
  const bytesIn = (role: string): number =>
    program.states.reduce((sum, state) => sum + (state.role === role ? 4 * sizeOf(state.shape) : 0), 0);
  return {
    schemaVersion: 1,
    network: network.graph.name,
    state: { parameters: bytesIn('parameter'), buffers: bytesIn('buffer'), optimizer: bytesIn('optimizer') },
    macs: stepMacs(network, recipe),
    memory: { fixed: images + threads * scratch + pageBytes, perImage },
    peak: peakOf(program),
  };
}

/** Bytes of the memory at a batch, in whole pages. */
export function bytesAt({ fixed, perImage }: TrainingMemory, batch: number): number {
  return Math.ceil((fixed + batch * perImage) / pageBytes) * pageBytes;
}

/** The most images whose step takes at most `limit` bytes, a multiple of 64 KiB; 0 where not even one fits. */
export function largestBatch({ fixed, perImage }: TrainingMemory, limit: number): number {
  return Math.max(0, Math.floor((limit - fixed) / perImage));
}

function stepMacs({ graph }: CompiledNetwork, recipe: Recipe): TrainingReport['macs'] {
  const total = costOf(trainingStep(graph, operators, recipe), operators).total.macs;
  const forward = costOf(graph, operators).total.macs;
  return { forward, backward: total - forward };
}

function peakOf({ buffers, run }: Program): TrainingPeak {
  const perImage = buffers.filter(({ extent }) => extent === 'image');
  const aliveAt = (at: number): typeof perImage => perImage.filter(({ from, to }) => from <= at && at <= to);
  const lengths = run.map((_, at) => aliveAt(at).reduce((sum, { length }) => sum + length, 0));
  const at = lengths.indexOf(Math.max(...lengths));
  return {
    at: run[at]?.nodes[0] ?? null,
    alive: aliveAt(at)
      .map(({ name, length }) => ({ name, bytes: 4 * length }))
      .toSorted((a, b) => b.bytes - a.bytes),
  };
}
