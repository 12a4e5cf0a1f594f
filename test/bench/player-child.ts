// One engine with one network in a process of its own, which runs when `player-process.ts` asks: `node player-child.ts REQUEST`.

import { formulaInput, formulaWeights } from '../support/formula.ts';
import { casesOf, graphOf } from './cases.ts';
import type { AnyEngine } from './engine.ts';
import { encodeOnnx } from './onnx.ts';
import { createOurs } from './ours.ts';
import type { Variant } from './ours.ts';
import { createLiteRt } from './peers/litert.ts';
import { createOrtNode } from './peers/ort-node.ts';
import { createOrtWeb } from './peers/ort-web.ts';
import { createTfjsCpu } from './peers/tfjs-cpu.ts';
import { createTfjsWasm } from './peers/tfjs-wasm.ts';
import { encodeLiteRtIfKnown } from './tflite.ts';
import { playerOf } from './turns.ts';

/** Those that run in browsers, too, then native onnxruntime and tfjs's `cpu` backend. */
export type PeerName = 'ort web' | 'tfjs wasm' | 'litert' | 'ort node' | 'tfjs cpu';

export interface PlayerRequest {
  /** Of `cases`. */
  readonly network: string;
  readonly batch: number;
  readonly threads: number;
  /** One of ours, or a peer. */
  readonly engine: Variant | PeerName;
}

/** What the process is asked. */
export type PlayerCall = 'warm up' | 'turn';

/** What it answers: first the output of a run, or undefined where the engine lacks an operator; then the times, in milliseconds. */
export type PlayerAnswer = Float32Array | undefined | readonly number[];

const request = JSON.parse(process.argv[2]!) as PlayerRequest;
const x = formulaInput(graphOf(casesOf([request.network])[0]!), request.batch);
const engine = await create(request);
const answer = (value: PlayerAnswer): void => void process.send!({ value });
if (engine) {
  const player = playerOf(engine, x);
  process.on('message', (call: PlayerCall) => {
    const times = call === 'turn' ? player.turn() : player.warmUp().then((fastest) => [fastest]);
    // What it throws ends the process.
    void times.then(answer);
  });
}
answer(engine && Float32Array.from(await engine.run(x)));

/** Weights and the model's bytes are not kept. */
async function create({ network, batch, threads, engine: chosen }: PlayerRequest): Promise<AnyEngine | undefined> {
  const graph = graphOf(casesOf([network])[0]!);
  const weights = formulaWeights(graph);
  if (typeof chosen === 'object') return createOurs(graph, weights, { variant: chosen, batch });
  switch (chosen) {
    case 'ort web':
      return createOrtWeb(encodeOnnx(graph, weights, batch), threads);
    case 'ort node':
      return createOrtNode(encodeOnnx(graph, weights, batch), threads);
    case 'tfjs wasm':
      return createTfjsWasm(graph, weights, batch);
    case 'tfjs cpu':
      return createTfjsCpu(graph, weights, batch);
    case 'litert': {
      // Its threads are workers of a page, which Node has not.
      const model = threads > 1 ? undefined : encodeLiteRtIfKnown(graph, weights, batch);
      return model && createLiteRt(model, threads);
    }
  }
}
