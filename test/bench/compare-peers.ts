// `npm run bench -- --peers`: compiled networks against the frameworks that a user would pick instead, on the same graph,
// weights and input.

import { countsOf } from '../support/examples.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';
import { graphOf } from './cases.ts';
import type { Case } from './cases.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { AnyEngine, Weights } from './engine.ts';
import { difference } from './measure.ts';
import type { Timing } from './measure.ts';
import { encodeOnnx } from './onnx.ts';
import { createOurs } from './ours.ts';
import type { Variant } from './ours.ts';
import { Unsupported } from './peers/layers.ts';
import { createLiteRt } from './peers/litert.ts';
import { createOrtNode } from './peers/ort-node.ts';
import { createOrtWeb } from './peers/ort-web.ts';
import { createTfjsCpu } from './peers/tfjs-cpu.ts';
import { createTfjsWasm } from './peers/tfjs-wasm.ts';
import { encodeLiteRt } from './tflite.ts';
import type { LiteRtModel } from './tflite-model.ts';
import { takeTurns } from './turns.ts';

export interface PeersOptions {
  readonly variants: readonly Variant[];
  /** Of the peers that have threads. */
  readonly threads: number;
  readonly batch: number;
  /** Whether tfjs's `cpu` backend takes part where it is not too slow. */
  readonly cpu: boolean;
  readonly rounds: number;
  readonly milliseconds: number;
}

export interface PeersResult {
  readonly network: string;
  /** Of a run: of all its images. */
  readonly macs: number;
  readonly timings: readonly Timing[];
  /** The first variant's output against each other engine's, as a part of the largest. */
  readonly differences: readonly { readonly engine: string; readonly difference: number }[];
  readonly ratios: readonly Ratio[];
}

/** Fastest runs of one of our variants over those of the peers. */
export interface Ratio {
  readonly variant: string;
  readonly milliseconds: number;
  /** The fastest of those that run in browsers, too. */
  readonly best: string;
  readonly toBest: number;
  readonly toNative: number;
}

/** tfjs's `cpu` backend is left out where a run takes longer. */
const SLOWEST_CPU_MS = 4000;
/** onnxruntime's threads wait actively for more work; on two processors that would slow whoever comes next. */
export const PAUSE_MS = 50;

export async function comparePeers(one: Case, options: PeersOptions): Promise<PeersResult> {
  const graph = graphOf(one);
  const x = formulaInput(graph, options.batch);
  const engines = await createEngines(one, options);
  try {
    const [first, ...others] = engines;
    const expected = Float32Array.from(await first!.run(x));
    const differences: PeersResult['differences'][number][] = [];
    for (const engine of others) {
      differences.push({ engine: engine.name, difference: difference(expected, await engine.run(x)) });
    }
    const pauseMs = options.threads > 1 ? PAUSE_MS : 0;
    const timings = await takeTurns(engines, x, { ...options, pauseMs });
    return {
      network: one.name,
      macs: options.batch * countsOf(graph).macs,
      timings,
      differences,
      ratios: options.variants.map(({ name }) => ratioOf(name, timings)),
    };
  } finally {
    for (const engine of engines) await engine.release?.();
  }
}

/** Ours come first; those that use a switch of V8 are made last. Weights and the model's bytes are not kept. */
async function createEngines(one: Case, options: PeersOptions): Promise<readonly AnyEngine[]> {
  const { variants, threads, batch } = options;
  const graph = graphOf(one);
  const weights = formulaWeights(graph);
  const engines: AnyEngine[] = [];
  const isWide = ({ flags }: Variant): boolean => flags.includes('wide');
  for (const variant of variants) {
    if (!isWide(variant)) engines.push(await createOurs(graph, weights, { variant, batch }));
  }
  const model = encodeOnnx(graph, weights, batch);
  engines.push(await createOrtWeb(model, threads), await createTfjsWasm(graph, weights, batch));
  const liteRt = liteRtModel(graph, weights, batch);
  if (liteRt) engines.push(await createLiteRt(liteRt, threads));
  engines.push(await createOrtNode(model, threads));
  if (options.cpu) {
    const cpu = await createTfjsCpu(graph, weights, batch);
    const start = performance.now();
    cpu.run(formulaInput(graph, batch));
    if (performance.now() - start <= SLOWEST_CPU_MS) engines.push(cpu);
    else cpu.release?.();
  }
  const wide = variants.filter(isWide);
  if (wide.length === 0) return engines;
  // The switch of --wide belongs to the process: peers run until V8 has compiled them for good, as they are without it.
  const x = formulaInput(graph, batch);
  for (const engine of engines) {
    const start = performance.now();
    for (let runs = 0; runs < 12 || performance.now() - start < WARM_UP_MS; runs += 1) await engine.run(x);
  }
  const ours: AnyEngine[] = [];
  for (const variant of wide) ours.push(await createOurs(graph, weights, { variant, batch }));
  return [...ours, ...engines];
}

/** Undefined where the network has operators that are not written for it. */
export function liteRtModel(graph: Graph, weights: Weights, batch: number): LiteRtModel | undefined {
  try {
    return encodeLiteRt(graph, weights, batch);
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

const WARM_UP_MS = 2000;

function ratioOf(variant: string, timings: readonly Timing[]): Ratio {
  const time = (engine: string): number => timings.find((timing) => timing.engine === engine)!.minimumMs;
  const milliseconds = time(variant);
  const peers = timings.filter(({ engine }) => ['ort web', 'tfjs wasm', 'litert'].includes(engine));
  const best = peers.reduce((fastest, peer) => (peer.minimumMs < fastest.minimumMs ? peer : fastest));
  return {
    variant,
    milliseconds,
    best: best.engine,
    toBest: milliseconds / best.minimumMs,
    toNative: milliseconds / time('ort node'),
  };
}
