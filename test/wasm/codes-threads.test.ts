// Networks of codes on two threads: every kernel that threads share gives the numbers that one thread gives.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { byName, importText } from '../../src/network/module.ts';
import { codesFeeds, drawing } from '../support/codes-graph.ts';
import { differences } from '../support/agreement.ts';
import { moduleText, runOracle } from '../support/executors.ts';

/** Maps that are large and small, so that threads share tiles of pixels, panels of columns, rows and features. */
function everyKernel(): Graph {
  const g = graphBuilder('shared', operators);
  const apply = (op: string, attributes: Attributes, ...inputs: readonly ValueId[]): ValueId =>
    g.node({ op, inputs: [...inputs], attributes })[0];
  const x = g.input('x', [3, 33, 30]);
  const codes = apply('quantize', {}, x);
  const direct = apply('quantized_conv', { channels: 20, kernel: 3, padding: 1 }, codes);
  const depthwise = apply('quantized_conv', { channels: 20, groups: 20, kernel: 3, padding: 1 }, direct);
  const added = apply('quantized_add', {}, direct, depthwise);
  const tiled = apply('quantized_conv', { channels: 32, kernel: 3, padding: 1 }, added);
  const inPieces = apply('quantized_conv', { channels: 32, kernel: 5, padding: 2 }, tiled);
  const gathered = apply('quantized_conv', { channels: 40, kernel: [2, 3], stride: 2 }, inPieces);
  const pooled = apply('max_pool', { kernel: 3, stride: 2 }, gathered);
  const pointwise = apply('quantized_conv', { channels: 70, kernel: 1 }, pooled);
  const grouped = apply('quantized_conv', { channels: 70, kernel: 3, padding: 1, groups: 2 }, pointwise);
  const joined = apply('concat', {}, pointwise, apply('quantized_lookup', {}, grouped));
  const mean = apply('quantized_mean', { kernel: 2 }, joined);
  const scaled = apply('quantized_mul', {}, mean, apply('quantized_mean', { kernel: 3 }, mean));
  const flat = apply('flatten', {}, scaled);
  g.output('scores', apply('quantized_dense_f32', { features: 77 }, flat));
  g.output('map', apply('dequantize', {}, grouped));
  return g.finish();
}

test('two threads give the numbers of the interpreter', async () => {
  const graph = everyKernel();
  const feeds = codesFeeds(graph, 3, drawing(7));
  const { outputs } = runOracle(graph, feeds);
  const { program } = lower(graph, operators, { target: 'wasm' });
  const kinds = new Set(program.run.map(({ kernel }) => kernel.split('_').slice(0, 2).join('_')));
  for (const kind of ['winograd_codes', 'direct_codes', 'depthwise_codes', 'conv_codes', 'dense_codes'])
    expect([...kinds]).toContain(kind);
  const module = await importText(moduleText(program));
  for (const threads of [1, 2, 3]) {
    const net = await module.load(feeds.parameters, { maxBatch: 2, threads });
    expect([net.threads, net.reason]).toEqual([threads, undefined]);
    for (let round = 0; round < 5; round += 1) {
      const found = byName(net.run(feeds.inputs.get('x')!), Object.keys(module.outputs));
      expect(differences(outputs, found, `${threads} threads`)).toEqual([]);
    }
    net.close!();
  }
});
