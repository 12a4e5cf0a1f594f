// Our side of the bench: the emitted module of a graph, imported as a user would, with its weights loaded.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileNetwork } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { writeSafetensors } from '../../src/weights/safetensors.ts';
import type { Engine, Weights } from './engine.ts';

/** Compiled with these options; `name` tells engines apart in reports. */
export async function createOurs(
  graph: Graph,
  weights: Weights,
  options: PipelineOptions = {},
  name = 'cnnc ts',
): Promise<Engine> {
  const [file] = compileNetwork({ graph }, options).emit('js', { sourceName: `${graph.name}.cnn` });
  const folder = await mkdtemp(join(tmpdir(), 'cnnc-bench-'));
  try {
    const path = join(folder, 'net.mjs');
    await writeFile(path, file!.text);
    const { load } = (await import(pathToFileURL(path).href)) as { load(bytes: Uint8Array): Promise<Net> };
    const net = await load(bytesOf(graph, weights));
    const into = net.run(new Float32Array(sizeOf(typeOf(graph, graph.inputs[0]!.value).shape)));
    return { name, run: (x) => net.run(x, { into }) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Net {
  run(x: Float32Array, options?: { readonly into: Float32Array }): Float32Array;
}

function bytesOf(graph: Graph, weights: Weights): Uint8Array {
  return writeSafetensors(
    graph.parameters.map(({ name, value }) => ({ name, shape: typeOf(graph, value).shape, data: weights.get(name)! })),
  );
}
