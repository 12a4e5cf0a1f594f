// One network in f32 and in whole numbers, in a process of its own: `node int8-child.ts REQUEST` prints the answer as its last line.

import { dotsProbe } from '../../compiler/codegen/wasm/probe.ts';
import { dotForm } from '../../runtime/dots.ts';
import type { DotForm } from '../../runtime/dots.ts';
import { countsOf } from '../support/examples.ts';
import { formulaInput } from '../support/formula.ts';
import { casesOf, graphOf } from './cases.ts';
import type { AnyEngine } from './engine.ts';
import { bellShapedWeights, calibrationImages, createOursInt8, decibels } from './int8.ts';
import type { Timing } from './measure.ts';
import { encodeOnnx } from './onnx.ts';
import { createOurs, variantOf } from './ours.ts';
import { Unsupported } from './peers/layers.ts';
import { createLiteRt } from './peers/litert.ts';
import { createOrtNode } from './peers/ort-node.ts';
import { createOrtWeb } from './peers/ort-web.ts';
import { encodeLiteRtInt8 } from './tflite-int8.ts';
import { encodeLiteRt } from './tflite.ts';
import { playerOf, takeTurns } from './turns.ts';

export interface Int8Request {
  readonly network: string;
  readonly threads: number;
  readonly batch: number;
  readonly rounds: number;
  readonly milliseconds: number;
  /** Idle time before each turn. */
  readonly pauseMs: number;
}

export interface Int8Answer {
  readonly dots: DotForm;
  readonly macs: number;
  readonly timings: readonly (Timing & { readonly decibels: number })[];
}

const request = JSON.parse(process.argv[2]!) as Int8Request;
const answer = await measured(request);
// onnxruntime-web's workers would keep the process.
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit());

async function measured(options: Int8Request): Promise<Int8Answer> {
  const [one] = casesOf([options.network]);
  const graph = graphOf(one!);
  const x = formulaInput(graph, options.batch);
  const engines = await createEngines(options);
  const results = new Map<string, Float32Array>();
  for (const engine of engines) results.set(engine.name, Float32Array.from(await engine.run(x)));
  const timings = await takeTurns(
    engines.map((engine) => playerOf(engine, x)),
    options,
  );
  return {
    dots: dotForm(dotsProbe()),
    macs: options.batch * countsOf(graph).macs,
    timings: timings.map((timing) => ({
      ...timing,
      // JSON has no Infinity.
      decibels: Math.min(999, decibels(results.get('ort node')!, results.get(timing.engine)!)),
    })),
  };
}

/** Weights and the models' bytes are not kept. */
async function createEngines({ network, threads, batch }: Int8Request): Promise<readonly AnyEngine[]> {
  const graph = graphOf(casesOf([network])[0]!);
  const weights = bellShapedWeights(graph);
  const images = calibrationImages(graph);
  const variant = variantOf('wasm:fast', threads);
  const engines: AnyEngine[] = [
    await createOurs(graph, weights, { variant, batch, name: 'cnnc f32' }),
    await createOursInt8(graph, weights, images, { variant, batch, name: 'cnnc int8' }),
  ];
  try {
    engines.push(
      await createLiteRt(encodeLiteRt(graph, weights, batch), threads, 'litert f32'),
      await createLiteRt(await encodeLiteRtInt8(graph, weights, images, batch), threads, 'litert int8'),
    );
  } catch (error) {
    // A network with operators that are not written for it.
    if (!(error instanceof Unsupported)) throw error;
  }
  const model = encodeOnnx(graph, weights, batch);
  engines.push(await createOrtWeb(model, threads), await createOrtNode(model, threads));
  return engines;
}
