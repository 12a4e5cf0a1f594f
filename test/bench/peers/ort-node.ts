// The native limit: onnxruntime-node on the processor. Its package has the library for Linux, macOS and Windows inside; the
// install script, which `--ignore-scripts` leaves out, would only add CUDA.

import type { AsyncEngine } from '../engine.ts';
import type { OnnxModel } from '../onnx.ts';
import { importPeer } from './import-peer.ts';
import { createSession } from './ort.ts';
import type { Ort } from './ort.ts';

export async function createOrtNode(model: OnnxModel, threads = 1): Promise<AsyncEngine> {
  const ort = await importPeer<Ort>('onnxruntime-node');
  return createSession(ort, 'ort node', model, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
}
