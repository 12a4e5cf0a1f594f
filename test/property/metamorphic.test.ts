// Networks that are changed without changing what they compute: compiled, they agree with the oracle on the network as it
// was, and to the bit where no sum can be done in another order. The bound is that of random networks (one-run).

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { differences } from '../support/agreement.ts';
import { compile } from '../support/configuration.ts';
import type { GraphFeeds, Outputs } from '../support/executors.ts';
import { relations } from '../support/metamorphic.ts';
import type { Instance } from '../support/metamorphic.ts';
import { distanceProblems, runCompiled } from '../support/one-run.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';

const optimised = ({ graph, feeds }: Instance): Promise<Outputs> =>
  runCompiled(compile(graph, { kind: 'level', level: 2 }), feeds, 'module');

test.each([...relations])('%s', async (_, { exact, change }) => {
  let applied = 0;
  await fc.assert(
    fc.asyncProperty(randomPlan, fc.nat(40), async (plan, place) => {
      const graph = networkOf(plan);
      const feeds = feedsOf(graph, 2);
      const changed = change({ graph, feeds }, place);
      if (!changed) return;
      applied += 1;
      const all = await optimised(changed);
      const found = new Map(graph.outputs.map(({ name }) => [name, all.get(name)!]));
      const problems = exact
        ? differences(await optimised({ graph, feeds }), found, 'changed')
        : distanceProblems(graph, feeds, found, 'module');
      const taps = exact ? [] : distanceProblems(changed.graph, changed.feeds, all, 'module');
      if (problems.length + taps.length === 0) return;
      expect.fail(
        [...problems, ...taps, printGraph(graph, operators), printGraph(changed.graph, operators)].join('\n'),
      );
    }),
    runs(180, 'metamorphic 1'),
  );
  expect(applied).toBeGreaterThan(30);
});

test('a batch, and its images one by one', async () => {
  await fc.assert(
    fc.asyncProperty(randomPlan, async (plan) => {
      const graph = networkOf(plan);
      const feeds = feedsOf(graph, 3);
      const whole = await optimised({ graph, feeds });
      const single = await Promise.all([0, 1, 2].map((image) => optimised({ graph, feeds: imageOf(feeds, image) })));
      const joined = new Map(
        graph.outputs.map(({ name }) => [name, single.flatMap((outputs) => Array.from(outputs.get(name)!))]),
      );
      expect(differences(whole, joined, 'one by one'), printGraph(graph, operators)).toEqual([]);
    }),
    runs(120, 'metamorphic 2'),
  );
});

function imageOf(feeds: GraphFeeds, image: number): GraphFeeds {
  const part = (data: Float32Array): Float32Array => {
    const each = data.length / feeds.batch;
    return data.slice(image * each, (image + 1) * each);
  };
  return { ...feeds, batch: 1, inputs: new Map([...feeds.inputs].map(([name, data]) => [name, part(data)])) };
}
