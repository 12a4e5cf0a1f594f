// The other peer in WebAssembly: tfjs on XNNPACK, with SIMD. It has no threads in Node: the package switches them off there,
// and its threaded module starts its workers from a `blob:` address, as browsers do.

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Graph } from '../../../compiler/ir/graph.ts';
import type { Engine, Weights } from '../engine.ts';
import { importPeer } from './import-peer.ts';
import { createTfjs, importTfjs } from './tfjs.ts';
import type { Tfjs } from './tfjs-types.ts';

export async function createTfjsWasm(graph: Graph, weights: Weights, batch = 1): Promise<Engine> {
  return createTfjs(await importTfjs('wasm', setUp), 'tfjs wasm', graph, weights, batch);
}

async function setUp(tf: Tfjs): Promise<void> {
  const wasm = await importPeer<TfjsWasm>(name);
  wasm.setWasmPaths(`${dirname(createRequire(import.meta.url).resolve(name))}/`);
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('tfjs wasm has no SIMD here');
}

const name = '@tensorflow/tfjs-backend-wasm';

interface TfjsWasm {
  setWasmPaths(folder: string): void;
}
