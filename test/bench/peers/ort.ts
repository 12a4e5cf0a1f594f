// What onnxruntime-web and onnxruntime-node share: a session of an ONNX model as an engine.

import type { AsyncEngine } from '../engine.ts';
import type { OnnxModel } from '../onnx.ts';

export async function createSession(
  ort: Ort,
  name: string,
  { bytes, inputShape }: OnnxModel,
  options: SessionOptions,
): Promise<AsyncEngine> {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'all', ...options });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  return {
    name,
    isAsync: true,
    async run(x) {
      const results = await session.run({ [input]: new ort.Tensor('float32', x, inputShape) });
      return results[output]!.data;
    },
    release: () => session.release(),
  };
}

// The part of onnxruntime-common that is used here, written down so that type checks do not need the package.

export interface Ort {
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: SessionOptions): Promise<Session>;
  };
}

export interface SessionOptions {
  readonly executionProviders: readonly string[];
  readonly graphOptimizationLevel?: 'all' | 'disabled';
  readonly executionMode?: 'sequential';
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  /** From 0, everything, to 4, what is fatal. */
  readonly logSeverityLevel?: number;
}

interface Tensor {
  readonly data: Float32Array;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}
