// The peer in WebAssembly that most users would pick: onnxruntime-web's `wasm` execution provider, as npm's entry for Node
// (`onnxruntime-web`, condition `node`) loads it: SIMD, and threads as workers.

import type { AsyncEngine } from '../engine.ts';
import type { OnnxModel } from '../onnx.ts';
import { importPeer } from './import-peer.ts';
import { createSession } from './ort.ts';
import type { Ort } from './ort.ts';

/** The runtime takes it from the first session of the process. */
let threadsOfProcess: number | undefined;

export async function createOrtWeb(model: OnnxModel, threads = 1): Promise<AsyncEngine> {
  const ort = await importPeer<OrtWeb>('onnxruntime-web');
  threadsOfProcess ??= threads;
  if (threads !== threadsOfProcess) throw new RangeError(`ort web has ${threadsOfProcess} threads in this process`);
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  return createSession(ort, 'ort web', model, { executionProviders: ['wasm'] });
}

interface OrtWeb extends Ort {
  readonly env: { logLevel: string; readonly wasm: { numThreads: number } };
}
