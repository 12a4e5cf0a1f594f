// Names, labels and file names from anywhere: the module stays valid, says nothing but what it should, and gives every name back.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { backends } from '../../compiler/backends.ts';
import { emitModule } from '../../compiler/codegen/artifact.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { EmittedModule } from '../../src/network/module.ts';
import { importText } from '../../src/network/module.ts';
import { weightsFile } from '../support/executors.ts';
import { formulaWeights } from '../support/formula.ts';
import { hostileName } from '../support/random-graph.ts';
import { runs } from '../support/runs.ts';
import { typeErrors } from './strict-types.ts';

const crafted = fc.constantFrom(
  '*/ globalThis.hacked = 1; /*',
  '\n globalThis.hacked = 1;',
  '\u2028globalThis.hacked = 1//',
  '</script><script>globalThis.hacked = 1</script>',
  '`${globalThis.hacked = 1}`',
  '"; globalThis.hacked = 1; "',
  "\\'); globalThis.hacked = 1; //",
  '<!-- globalThis.hacked = 1 -->',
  '\ud800',
  '\udfff*/',
  '\r\n*/',
  '\0',
  '__proto__',
  'constructor',
  'toString',
  'default',
  'load',
  'then',
  '0x00000000',
  '\n  length: 0x00000000,\n',
  '0',
  '-1',
  'a b',
  '%2e%2e/',
  '$&$`$1',
);
const name = fc.oneof(crafted, hostileName, fc.string({ unit: 'binary', maxLength: 12 }));

const plan = fc.record({
  network: name,
  inputs: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
  outputs: fc.uniqueArray(name, { minLength: 2, maxLength: 2 }),
  // Weights files hold no lone surrogates.
  layer: name.map((text) => text.toWellFormed()),
  labels: fc.oneof(name, fc.array(name, { minLength: 3, maxLength: 3 })),
  sourceName: name,
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

function graphOf({ network, inputs, outputs, layer, labels }: Plan): Graph {
  const builder = graphBuilder(network, operators);
  const values = inputs.map((input) => builder.input(input, [2], undefined));
  const flow = values.length === 1 ? values[0]! : builder.node({ op: 'add', name: 'sum', inputs: values })[0]!;
  const [y] = builder.node({ op: 'dense', name: layer, inputs: [flow], attributes: { features: 3 } });
  builder.output(outputs[0]!, y!, { labels: labels! });
  const [z] = builder.node({ op: 'relu', name: `${layer}2`, inputs: [y!] });
  builder.output(outputs[1]!, z!);
  return builder.finish();
}

const emitted = (graph: Graph, target: 'ts' | 'js' | 'wasm', { sourceName }: Plan) => {
  const { program } = lower(graph, operators, target === 'wasm' ? { target } : {});
  return emitModule(program, backends[program.target.name].modules, {
    sourceName,
    target: target === 'ts' ? 'ts' : 'js',
    layout: '0',
  });
};

const exported = ['inputs', 'labels', 'load', 'outputs', 'settings', 'weightTensors'];

async function check(module: EmittedModule, graph: Graph, { inputs, outputs, labels }: Plan): Promise<void> {
  expect(Object.keys(module).toSorted()).toEqual(exported);
  expect(Object.getOwnPropertyNames(module.inputs).toSorted()).toEqual(inputs.toSorted());
  expect(Object.getOwnPropertyNames(module.outputs).toSorted()).toEqual(outputs.toSorted());
  expect(Object.getOwnPropertyDescriptor(module.labels, outputs[0]!)?.value).toEqual(
    labels === '' ? undefined : labels,
  );
  expect(module.weightTensors.map((tensor) => tensor.name)).toEqual(graph.parameters.map((one) => one.name));
  const net = await module.load(weightsFile(graph, formulaWeights(graph)));
  const x = new Map(inputs.map((input) => [input, Float32Array.of(1, 2)]));
  const y = net.run(inputs.length === 1 ? x.get(inputs[0]!)! : Object.fromEntries(x));
  expect(Object.getOwnPropertyNames(y).toSorted()).toEqual(outputs.toSorted());
}

test.each(['js', 'wasm'] as const)('%s: every name comes back, and nothing else happens', async (target) => {
  const said: unknown[] = [];
  const { log, warn, error } = console;
  Object.assign(console, { log: said.push.bind(said), warn: said.push.bind(said), error: said.push.bind(said) });
  try {
    await fc.assert(
      fc.asyncProperty(plan, async (chosen) => {
        const graph = graphOf(chosen);
        const [script, types] = emitted(graph, target, chosen);
        for (const { text } of [script!, types!]) {
          expect(text).not.toMatch(/<\/script|<!--|[\u2028\u2029\r\0\ud800-\udfff]/i);
        }
        await check(await importText(script!.text), graph, chosen);
        expect(Object.hasOwn(globalThis, 'hacked')).toBe(false);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      runs(150),
    );
  } finally {
    Object.assign(console, { log, warn, error });
  }
  expect(said).toEqual([]);
});

test('types: a strict TypeScript accepts them', () => {
  const files: Record<string, string> = {};
  fc.sample(plan, { seed: 3, numRuns: 60 }).forEach((chosen, at) => {
    const graph = graphOf(chosen);
    files[`a${at}.ts`] = emitted(graph, 'ts', chosen)[0]!.text;
    files[`b${at}.d.ts`] = emitted(graph, 'js', chosen)[1]!.text;
    files[`c${at}.d.ts`] = emitted(graph, 'wasm', chosen)[1]!.text;
  });
  expect(typeErrors(files)).toBe('');
});
