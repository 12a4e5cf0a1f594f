// The ML engineer's first hour: weights that PyTorch wrote, in files whose tensors some tool has put into another order. Whatever
// loads computes what PyTorch computed; what cannot be paired safely is refused with a table of pairs to correct.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { writeNpy } from '../../../src/data/npy.ts';
import { writeSafetensors } from '../../../src/data/safetensors.ts';
import { cnnc } from '../../cli/harness.ts';
import { oracleNetworks } from '../../networks/catalog.ts';
import { buildExample } from '../../support/examples.ts';
import { loadOracle, oracleInput, oracleWeights } from '../../support/oracle.ts';
import type { Oracle, OracleTensor } from '../../support/oracle.ts';

type Tensor = readonly [name: string, tensor: OracleTensor];

const byName = ([a]: Tensor, [b]: Tensor): number => (a < b ? -1 : 1);
const kerasWords = new Map([
  ['weight', 'gamma'],
  ['bias', 'beta'],
  ['running_mean', 'moving_mean'],
  ['running_var', 'moving_variance'],
]);
/** The parts of batch norms under Keras' names. */
const inKeras = ([name, tensor]: Tensor, _: number, all: readonly Tensor[]): Tensor => {
  const [, module, part] = /^(.*)\.(\w+)$/.exec(name)!;
  const isNorm = all.some(([other]) => other === `${module}.running_var`);
  return [isNorm ? `${module}.${kerasWords.get(part!)}` : name, tensor];
};

const orders: Readonly<Record<string, (tensors: readonly Tensor[]) => readonly Tensor[]>> = {
  'as PyTorch wrote it': (tensors) => tensors,
  'sorted by name': (tensors) => tensors.toSorted(byName),
  'sorted, with the words of Keras': (tensors) => tensors.map(inKeras).toSorted(byName),
  reversed: (tensors) => tensors.toReversed(),
  'largest first': (tensors) => tensors.toSorted(([, a], [, b]) => b.data.length - a.data.length),
};

const names = ['lenet', 'lenet_bn', 'densenet_d2l', 'googlenet_d2l'] as const;

/** Exit codes of the first attempts. */
const ends = new Set<number>();

describe.each(names)('%s', { timeout: 120_000 }, (name) => {
  const { example, network } = oracleNetworks[name];
  const oracle = loadOracle(name);
  const source = `${example}.cnn`;
  const tensors = [...oracleWeights(oracle)];
  const files = {
    [source]: readFileSync(new URL(`../../../examples/${example}/${source}`, import.meta.url)),
    'x.npy': writeNpy({ shape: oracle.input, data: oracleInput(oracle) }),
  };
  const run = (weights: Uint8Array, ...options: readonly string[]) =>
    cnnc(
      ['run', source, '--network', network, '--weights', 'torch.safetensors', '--input', 'x.npy', '--json', ...options],
      {
        files: { ...files, 'torch.safetensors': weights, 'pairs.txt': table },
      },
    );
  /** What the engineer knows: which tensor is which parameter. */
  const known = new Map(
    buildExample(example, network).parameters.map((parameter, at) => [parameter.name, tensors[at]![1]]),
  );
  let table = '';

  test.each(Object.keys(orders))('%s', async (order) => {
    const stored = orders[order]!(tensors);
    const weights = writeSafetensors(stored.map(([tensor, value]) => ({ name: tensor, ...value })));
    const first = await run(weights, '--match', 'order');
    ends.add(first.code);
    if (first.code === 0) return expectOracle(first.stdout, oracle);
    expect(order).not.toBe('as PyTorch wrote it');
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('Suggested pairs; check and save them for --map FILE:');
    const suggested = [...first.stderr.matchAll(/^(\S+) -> (\S+)$/gm)];
    expect(suggested.map(([, , ours]) => ours).toSorted()).toEqual([...known.keys()].toSorted());
    expect(new Set(suggested.map(([, theirs]) => theirs)).size).toBe(tensors.length);

    table = first.stderr.slice(first.stderr.indexOf('#'));
    for (const [line, , ours] of suggested) {
      const [theirs] = stored.find(([, tensor]) => tensor === known.get(ours!))!;
      table = table.replace(`${line}\n`, `${theirs} -> ${ours}\n`);
    }
    const second = await run(weights, '--map', 'pairs.txt');
    expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: '' });
    expectOracle(second.stdout, oracle);
  });
});

test('both happened: order was trusted, and order was refused', () => expect([...ends].toSorted()).toEqual([0, 1]));

/** max |Δ| / max |y| is at most 5e-5, what the default arithmetic promises. */
function expectOracle(json: string, { output }: Oracle): void {
  const { images } = JSON.parse(json) as { images: { outputs: { values: number[] }[] }[] };
  const values = images.flatMap(({ outputs }) => outputs[0]!.values);
  expect(values).toHaveLength(output.length);
  const largest = Math.max(...output.map(Math.abs));
  const difference = Math.max(...output.map((value, at) => Math.abs(value - values[at]!)));
  expect(difference / largest).toBeLessThanOrEqual(5e-5);
}
