// What a step of a training needs: bytes that it keeps, memory at a batch and what is in it at the peak, and multiply–accumulates
// forward and backward.

import { costOf } from '../../compiler/analysis/cost.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import type { StepPart } from '../../compiler/autodiff/training-step.ts';
import { trainingStepWithParts } from '../../compiler/autodiff/training-step.ts';
import type { CompiledNetwork } from '../../compiler/index.ts';
import { trainedGraph } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Buffer, Program } from '../../compiler/program/program.ts';
import { sectionBytes } from '../../compiler/program/program.ts';
import { bytesAt, largestBatch, maxMemory, stepMemory } from '../../compiler/step-memory.ts';
import type { StepMemory } from '../../compiler/step-memory.ts';
import { aliveAtCalls } from './alive.ts';

export interface TrainingReport {
  readonly schemaVersion: 1;
  readonly network: string;
  /** Images that a step takes at once. */
  readonly batch: number;
  readonly threads: number;
  /** Bytes of what is kept from step to step. `gradients`: sums over micro-batches. */
  readonly state: {
    readonly parameters: number;
    readonly buffers: number;
    readonly optimizer: number;
    readonly gradients: number;
  };
  /** Multiply–accumulates per image, of convolutions and dense layers without biases. */
  readonly macs: StepMacs;
  /** In the order of the network, those that have MACs or something alive at the peak; `alive` is bytes at the batch. */
  readonly layers: readonly ({ readonly name: string; readonly alive: number } & StepMacs)[];
  /** Bytes of the WebAssembly memory of a step: `total` at the batch; `largestBatch` is what fits into `limit`. */
  readonly memory: StepMemory & { readonly total: number; readonly limit: number; readonly largestBatch: number };
  readonly peak: TrainingPeak;
}

export interface StepMacs {
  readonly forward: number;
  readonly backward: number;
}

/** What a memory is taken by. */
export type MemoryUse =
  | 'parameters'
  | 'running statistics'
  | 'optimizer state'
  | 'sums of gradients'
  | 'packed weights'
  | 'activations kept'
  | 'gradients of activations'
  | 'gradients of weights'
  | 'inputs and targets'
  | 'workspaces'
  | 'not in use then';

/** The call at which most bytes are alive. */
export interface TrainingPeak {
  /** What it computes; null for a copy at the border. */
  readonly at: StepPart | null;
  /** All of the memory at the batch, the largest first. */
  readonly groups: readonly { readonly use: MemoryUse; readonly bytes: number }[];
  /** Values and gradients that are alive, the largest first, with their bytes at the batch, and the layer that they belong to. */
  readonly alive: readonly {
    readonly name: string;
    readonly layer?: string;
    readonly use: MemoryUse;
    readonly bytes: number;
  }[];
}

export interface TrainingReportOptions {
  /** Images at once. */
  readonly batch: number;
  readonly threads?: number;
  /** Bytes that the memory may have; those of a WebAssembly memory unless said. */
  readonly limit?: number;
}

/** Of a step as it was compiled for WebAssembly, in whose memory each thread has scratch memory of its own. */
export function trainingReport(
  network: CompiledNetwork,
  recipe: Recipe,
  program: Program,
  { batch, threads = 1, limit = maxMemory }: TrainingReportOptions,
): TrainingReport {
  const trained = trainedGraph(network);
  const { graph, parts } = trainingStepWithParts(trained, operators, recipe);
  const memory = stepMemory(program, threads);
  const total = bytesAt(memory, batch);
  const peak = peakOf(program, parts, { batch, threads, total });
  const layers = layersOf(trained, graph, parts, peak);
  const macs = (phase: keyof StepMacs): number => layers.reduce((sum, layer) => sum + layer[phase], 0);
  const most = Math.min(limit, maxMemory);
  return {
    schemaVersion: 1,
    network: network.graph.name,
    batch,
    threads,
    state: {
      parameters: stateBytes(program, 'parameter'),
      buffers: stateBytes(program, 'buffer'),
      optimizer: stateBytes(program, 'optimizer'),
      gradients: stateBytes(program, 'gradient'),
    },
    macs: { forward: macs('forward'), backward: macs('backward') },
    layers,
    memory: { ...memory, total, limit: most, largestBatch: largestBatch(memory, most) },
    peak,
  };
}

function stateBytes({ states }: Program, role: Program['states'][number]['role']): number {
  return states.reduce((sum, state) => sum + (state.role === role ? 4 * sizeOf(state.shape) : 0), 0);
}

function layersOf(
  network: Graph,
  step: Graph,
  parts: ReadonlyMap<string, StepPart>,
  { alive }: TrainingPeak,
): TrainingReport['layers'] {
  const sums = new Map(network.nodes.map(({ name }) => [name, { forward: 0, backward: 0, alive: 0 }]));
  for (const [name, { macs }] of costOf(step, operators).nodes) {
    const { phase, layer = '' } = parts.get(name)!;
    const sum = sums.get(layer);
    if (sum) sum[phase === 'forward' ? 'forward' : 'backward'] += macs;
  }
  for (const { layer = '', bytes } of alive) {
    const sum = sums.get(layer);
    if (sum) sum.alive += bytes;
  }
  return [...sums].flatMap(([name, sum]) => (sum.forward + sum.backward + sum.alive > 0 ? [{ name, ...sum }] : []));
}

interface At {
  readonly batch: number;
  readonly threads: number;
  readonly total: number;
}

function peakOf(program: Program, parts: ReadonlyMap<string, StepPart>, { batch, threads, total }: At): TrainingPeak {
  const { buffers, run, sections } = program;
  const kept = new Set(program.states.map(({ buffer }) => buffer));
  const passing = buffers.filter((_, at) => !kept.has(at));
  const bytesOf = ({ extent, length }: Buffer): number => 4 * length * (extent === 'image' ? batch : 1);
  const totals = aliveAtCalls(program, passing, bytesOf);
  const at = totals.indexOf(totals.reduce((most, bytes) => Math.max(most, bytes), -Infinity));
  const alive = passing
    .filter(({ from, to }) => from <= at && at <= to)
    .map((buffer) => ({ ...usedFor(buffer, program, parts), bytes: bytesOf(buffer) }))
    .toSorted((a, b) => b.bytes - a.bytes);
  const borders = [...program.inputs, ...program.outputs].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  const uses: readonly (readonly [MemoryUse, number])[] = [
    ['parameters', stateBytes(program, 'parameter')],
    ['running statistics', stateBytes(program, 'buffer')],
    ['optimizer state', stateBytes(program, 'optimizer')],
    ['sums of gradients', stateBytes(program, 'gradient')],
    ['packed weights', sectionBytes(sections.weights) + sectionBytes(sections.halves)],
    ['workspaces', sectionBytes(sections.shared) + threads * sectionBytes(sections.scratch)],
    // The caller's arrays, each image's part of them.
    ['inputs and targets', batch * borders],
    ...alive.map(({ use, bytes }) => [use, bytes] as const),
  ];
  const sums = new Map<MemoryUse, number>();
  for (const [use, bytes] of uses) sums.set(use, (sums.get(use) ?? 0) + bytes);
  sums.set('not in use then', total - [...sums.values()].reduce((sum, bytes) => sum + bytes, 0));
  const [node] = run[at]?.nodes ?? [];
  return {
    at: (node !== undefined && parts.get(node)) || null,
    groups: [...sums]
      .flatMap(([use, bytes]) => (bytes > 0 ? [{ use, bytes }] : []))
      .toSorted((a, b) => b.bytes - a.bytes),
    alive,
  };
}

/** A value that no state holds: what it is there for follows from the node that makes it. */
function usedFor(
  { name, extent, from }: Buffer,
  { run, inputs }: Program,
  parts: ReadonlyMap<string, StepPart>,
): Omit<TrainingPeak['alive'][number], 'bytes'> {
  if (inputs.some((input) => input.name === name)) return { name, use: 'inputs and targets' };
  const part = parts.get(name) ?? parts.get(run[from]?.nodes[0] ?? '');
  const layer = part?.layer === undefined ? {} : { layer: part.layer };
  if (part?.phase === 'backward' || part?.phase === 'update')
    return { name, ...layer, use: extent === 'image' ? 'gradients of activations' : 'gradients of weights' };
  return { name, ...layer, use: 'activations kept' };
}
