// A graph with its weights as an ONNX model of a fixed number of images, for the peers that read those files.

import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { exportOnnx } from '../../src/export/onnx/index.ts';
import type { Weights } from './engine.ts';

export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** `[N, C, H, W]` */
  readonly inputShape: Shape;
}

/** Throws where ONNX cannot say the network. */
export function encodeOnnx(graph: Graph, weights: Weights, batch = 1): OnnxModel {
  const exported = exportOnnx(graph, weights, { batch });
  if ('problems' in exported) throw new Error(exported.problems.map(({ what }) => what).join('; '));
  return { bytes: exported.bytes, inputShape: [batch, ...typeOf(graph, graph.inputs[0]!.value).shape] };
}
