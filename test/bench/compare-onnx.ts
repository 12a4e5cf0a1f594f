// `npm run bench -- --onnx`: compiled ONNX files against onnxruntime, which reads the same bytes: outputs, and times in turns.

import { typeOf } from '../../compiler/ir/signature.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { countsOf } from '../support/examples.ts';
import type { Counts } from '../support/examples.ts';
import { formulaInput } from '../support/formula.ts';
import type { AnyEngine } from './engine.ts';
import { difference } from './measure.ts';
import type { Timing } from './measure.ts';
import type { OnnxCase } from './onnx-models.ts';
import { createOurs } from './ours.ts';
import type { Variant } from './ours.ts';
import { createOrtNode } from './peers/ort-node.ts';
import { createOrtWeb } from './peers/ort-web.ts';
import { playerOf, takeTurns } from './turns.ts';

export interface OnnxOptions {
  readonly variants: readonly Variant[];
  readonly threads: number;
  readonly rounds: number;
  readonly milliseconds: number;
  /** Whether outputs are compared only. */
  readonly check: boolean;
}

export interface OnnxResult extends Counts {
  readonly model: string;
  /** Every engine's first output against onnxruntime-node's, as a part of its largest. */
  readonly differences: readonly { readonly engine: string; readonly difference: number }[];
  /** Empty where outputs are compared only. */
  readonly timings: readonly Timing[];
}

/** onnxruntime's threads wait actively for more work; on two processors that would slow whoever comes next. */
const PAUSE_MS = 50;

export async function compareOnnx(one: OnnxCase, options: OnnxOptions): Promise<OnnxResult> {
  const bytes = one.model();
  const imported = importOnnx(bytes);
  if ('problems' in imported) throw new Error(`${one.name}: ${imported.problems.map(({ what }) => what).join('; ')}`);
  const { graph } = imported.network;
  const weights = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
  const model = { bytes, inputShape: [1, ...typeOf(graph, graph.inputs[0]!.value).shape] };
  const x = formulaInput(graph);
  const native = await createOrtNode(model, options.threads);
  const expected = Float32Array.from(await native.run(x));
  const engines: AnyEngine[] = [native];
  const differences: OnnxResult['differences'][number][] = [];
  const join = async (engine: AnyEngine): Promise<void> => {
    differences.push({ engine: engine.name, difference: difference(expected, await engine.run(x)) });
    if (options.check) await engine.release?.();
    else engines.push(engine);
  };
  try {
    await join(await createOrtWeb(model, options.threads));
    for (const variant of options.variants) await join(await createOurs(graph, weights, { variant }));
    const pauseMs = options.threads > 1 ? PAUSE_MS : 0;
    const players = engines.map((engine) => playerOf(engine, x));
    const timings = options.check ? [] : await takeTurns(players, { ...options, pauseMs });
    return { model: one.name, ...countsOf(graph), differences, timings };
  } finally {
    for (const engine of engines) await engine.release?.();
  }
}
