// What random networks and applications reach: a property says nothing about a pass that never matches, an operator that never occurs, or
// an attribute that is always the same.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { lower, passes } from '../../compiler/pipeline.ts';
import { arbitraryOperatorCase, networkOperators } from '../support/arbitrary-operator.ts';
import { networkOf, randomPlan } from '../support/random-network.ts';

test('random networks hold every operator of the language, and every pass rewrites some of them', () => {
  const networks = fc.sample(randomPlan, { numRuns: 3000, seed: 11 }).map(networkOf);
  const counts = new Map(passes.map(({ name }) => [name, 0]));
  const found = new Set(networks.flatMap(({ nodes }) => nodes.map(({ op }) => op)));
  for (const graph of networks) {
    const { records, program } = lower(graph, operators);
    const winograd = program.kernels.some(({ name }) => name.startsWith('winograd')) ? ['winograd'] : [];
    const names = new Set([...records.rewrites.map(({ pass }) => pass), ...winograd]);
    for (const name of names) counts.set(name, counts.get(name)! + 1);
  }
  const written = [...operators.values()].filter(({ internal }) => !internal).map(({ name }) => name);
  expect(written.filter((op) => !found.has(op))).toEqual([]);
  // An order is not a rewrite (see schedule/memory), and passes before dead-code leave nothing dead.
  const silent = new Set(['order-for-memory', 'dead-code']);
  expect([...counts].filter(([name, count]) => count < 4 && !silent.has(name))).toEqual([]);
  expect(networks.some(({ nodes }) => nodes.length >= 40)).toBe(true);
});

test('random applications of an operator have each of its attributes with several values', () => {
  const alike = networkOperators.flatMap((op) => {
    const cases = fc.sample(arbitraryOperatorCase([op]), { numRuns: 60, seed: 11 });
    const names = Object.entries(operators.get(op)!.attributes).filter(([, { type }]) => type !== 'weights');
    return names
      .filter(([name]) => new Set(cases.map(({ attributes }) => JSON.stringify(attributes[name]))).size < 2)
      .map(([name]) => `${op}(${name})`);
  });
  expect(alike).toEqual([]);
});
