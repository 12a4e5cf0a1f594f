// Networks of codes on two threads: every kernel that threads share gives the numbers that one thread gives.

import { expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { byName, importText } from '../../src/network/module.ts';
import { codesFeeds, drawing, everyCodesKernel } from '../support/codes-graph.ts';
import { differences } from '../support/agreement.ts';
import { moduleText, runOracle } from '../support/executors.ts';

test('two threads give the numbers of the interpreter', async () => {
  const graph = everyCodesKernel();
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
