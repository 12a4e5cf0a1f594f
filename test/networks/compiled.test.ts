// Every network of PyTorch's goldens as a compiled module, at the lowest and the highest level: outputs within 2e-5 of the largest.

import { afterAll, expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import type { Level } from '../../compiler/pipeline.ts';
import { importText } from '../../src/network/module.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { buildExample } from '../support/examples.ts';
import { assignByOrder, loadOracle, oracleInput, oracleNames } from '../support/oracle.ts';
import type { OracleName } from '../support/oracle.ts';
import { oracleNetworks } from './catalog.ts';

/**
 * Level 1 keeps every bit of level 0: test/property. The two VGG-11, and the two AlexNets, differ in the channels of the picture and in
 * the classes only: one level each. ImageNet's others take long, and have layers like those of the book's.
 */
const levelsOf = (name: OracleName): readonly Level[] =>
  name === 'vgg11_d2l' || name === 'alexnet_d2l' ? [0] : name.endsWith('_imagenet') ? [2] : [0, 2];
const cases = oracleNames.flatMap((name) => levelsOf(name).map((level) => [name, level] as const));
const seen: string[] = [];

/** What the levels of a network share; the last one is kept. */
let prepared: ReturnType<typeof prepare> | undefined;

function prepare(name: OracleName) {
  const oracle = loadOracle(name);
  const { example, network, set } = oracleNetworks[name];
  const graph = buildExample(example, network, set);
  const tensors = [...assignByOrder(graph, oracle)].map(([tensor, { shape, data }]) => ({ name: tensor, shape, data }));
  return { name, oracle, example, graph, weights: writeSafetensors(tensors), input: oracleInput(oracle) };
}

test.each(cases)('%s at -O%d', { timeout: 240_000 }, async (name: OracleName, level: Level) => {
  if (prepared?.name !== name) prepared = undefined;
  prepared ??= prepare(name);
  const { oracle, example, graph, weights, input } = prepared;
  const [file] = compileNetwork({ graph }, { level }).emit('js', { sourceName: `${example}.cnn` });
  const module = await importText(file!.text);
  const net = await module.load(weights, { maxBatch: level === 0 ? oracle.input[0]! : 1 });
  const output = net.run(input) as Float32Array;
  const largest = Math.max(...oracle.output.map(Math.abs));
  const worst = oracle.output.reduce((most, value, at) => Math.max(most, Math.abs(value - output[at]!)), 0);
  expect(output.length).toBe(oracle.output.length);
  expect(worst / largest).toBeLessThan(2e-5);
  seen.push(`${name} -O${level}: ${(worst / largest).toExponential(1)}`);
});

afterAll(() => console.log(seen.join('\n')));
