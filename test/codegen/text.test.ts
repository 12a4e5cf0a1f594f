// The text of emitted modules: accepted by a strict TypeScript, without imports or evaluation, the same bytes every time,
// and with user text in literals only.

import { stripTypeScriptTypes } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commentText, dataLiteral, keyLiteral, numberLiteral, stringLiteral } from '../../compiler/codegen/literals.ts';
import { runtimeText as current } from '../../compiler/codegen/runtime-text.ts';
import { withoutTypes } from '../../compiler/codegen/without-types.ts';
import { runtimeText } from '../../scripts/generate-runtime-text.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { buildExample } from '../support/examples.ts';
import { hostileName } from '../support/random-graph.ts';
import { networkOf, randomPlan } from '../support/random-network.ts';
import { typeErrors } from './strict-types.ts';
import { emitted, hostileGraph, hostileNames, leNet, marker } from './networks.ts';

const networks = [
  ['LeNet', leNet],
  ['a network of hostile names', hostileGraph],
] as const;

describe.each(networks)('%s', (_, build) => {
  const [ts, js] = [emitted(build(), 'ts'), emitted(build(), 'js')];

  test('its net.ts passes a strict TypeScript', () => {
    expect(typeErrors({ 'net.ts': ts.get('net.ts')! })).toBe('');
  });

  test('evaluates, imports and requires nothing', () => {
    for (const text of [ts.get('net.ts')!, js.get('net.js')!]) {
      const code = withoutLiterals(text);
      expect(code).not.toMatch(/\b(?:eval|import|require|Function|globalThis|window|process|document)\b/);
      expect(code).not.toContain(marker);
    }
  });

  test('is printable ASCII but for the punctuation of its runtime', () => {
    const foreign = new Set([...ts.values(), ...js.values()].flatMap((text) => text.match(/[^ -~\n]/gu) ?? []));
    expect([...foreign].filter((character) => !'−≤≥⌊⌋·→×'.includes(character))).toEqual([]);
  });

  test('is the same every time', () => {
    expect(emitted(build(), 'ts')).toEqual(ts);
    expect(emitted(build(), 'js')).toEqual(js);
  });
});

test('every example, and random networks, pass a strict TypeScript', () => {
  const files = new Map<string, string>();
  const add = (name: string, graph: Graph): void => {
    for (const [path, text] of emitted(graph, 'ts')) files.set(`${name}-${path}`, text);
  };
  for (const [example, network, set] of [
    ['alexnet', 'AlexNet'],
    ['densenet', 'DenseNet', { size: 32 }],
    ['edges', 'Edges'],
    ['googlenet', 'GoogLeNet', { size: 32 }],
    ['lenet-bn', 'LeNetBN'],
    ['mobilenet', 'MobileNet25', { size: 32 }],
    ['nin', 'NiN', { size: 80 }],
    ['resnet', 'ResNet18', { size: 32 }],
    ['tour', 'Tour'],
    ['tour', 'TinyTour'],
    ['tour', 'Difference'],
  ] as const)
    add(network, buildExample(example, network, set));
  fc.sample(randomPlan, { seed: 9, numRuns: 40 }).forEach((plan, at) => add(`random${at}`, networkOf(plan)));
  expect(typeErrors(Object.fromEntries(files))).toBe('');
});

const consumer = (types: string): string => `
import { inputs, labels, load, outputs, settings, weightTensors } from './${types}';
import type { ClassProbability, LoadOptions, Net, Picture } from './${types}';
const options: LoadOptions = { maxBatch: 2 };
const net: Net = await load(new Uint8Array(8), options);
const into = new Float32Array(10);
const y: Float32Array = net.run(new Float32Array(784), { into });
const channels: 1 = inputs.image[0];
const classes: 10 = outputs.logits[0];
const boot: 'ankle boot' = labels.logits[9];
const colors: 'gray' = settings.image.colors;
const names: readonly string[] = weightTensors.map((tensor) => tensor.name);
export { y, channels, classes, names, boot, colors };
const picture: Picture = new ImageData(28, 28);
const [best]: ClassProbability[] = net.classify(picture, { top: 1, fit: true });
net.classify(new Uint8Array(784));
export { best };
// @ts-expect-error: there are ten
labels.logits[10];
// @ts-expect-error: numbers are for run
net.classify(new Float32Array(784));
// @ts-expect-error: arrays of numbers are no Float32Array
net.run([1, 2, 3]);
// @ts-expect-error: there is no such option
await load(new Uint8Array(8), { batch: 2 });
// @ts-expect-error: the shape says 1
const two: 2 = inputs.image[0];
export { two };
`;

const hostileConsumer = (types: string): string => `
import { labels, load, outputs } from './${types}';
const net = await load(new ArrayBuffer(8));
const x = { constructor: new Float32Array(18), ['__proto__']: new Float32Array(6) };
const results = net.run(x);
const a: Float32Array = results['__proto__'];
const b: Float32Array = results[${stringLiteral(hostileNames.outputs[2])}];
const features: 6 = outputs[${stringLiteral(hostileNames.outputs[1])}][0];
const label: ${stringLiteral(hostileNames.labels[3])} = labels[${stringLiteral(hostileNames.outputs[1])}][3];
export { a, b, features, label };
// @ts-expect-error: two inputs, so there is no classify
net.classify;
// @ts-expect-error: an input is missing
net.run({ constructor: new Float32Array(18) });
`;

test.each([
  ['net.d.ts', 'js', leNet, consumer],
  ['net.ts', 'ts', leNet, consumer],
  ['net.d.ts', 'js', hostileGraph, hostileConsumer],
  ['net.ts', 'ts', hostileGraph, hostileConsumer],
] as const)('%s from a strict consumer', (name, target, build, text) => {
  const files = emitted(build(), target);
  expect(typeErrors({ [name]: files.get(name)!, 'consumer.ts': text('net') })).toBe('');
});

test('LeNet is under 60 KB', () => {
  const size = Buffer.byteLength(emitted(leNet(), 'js').get('net.js')!);
  expect(size).toBeLessThan(60_000);
  expect(size).toBeGreaterThan(5_000);
});

test('a module grows as its inputs and outputs do', () => {
  const size = (count: number): number => {
    const builder = graphBuilder('wide', operators);
    const inputs = Array.from({ length: count }, (_, at) => builder.input(`x${at}`, [1]));
    inputs.forEach((value, at) => builder.output(`y${at}`, builder.node({ op: 'relu', inputs: [value] })[0]));
    return emitted(builder.finish(), 'js').get('net.js')!.length;
  };
  expect(size(120) / size(60)).toBeLessThan(2.1);
});

test('comments name shapes and lines of the source', () => {
  const text = emitted(leNet(), 'js', 'lenet.cnn').get('net.js')!;
  expect(text).toContain('generated by cnnc from lenet.cnn');
  expect(text).toContain('61,706 weights');
  expect(text).toMatch(/\/\/ line \d+: conv1, sigmoid1.* \[6, \d+, \d+\]/);
});

test('the runtime inside modules is that of runtime/', () => {
  const text = runtimeText();
  const written = JSON.parse(JSON.stringify(current)) as unknown;
  const [, value] = /^export const runtimeText = ([^]*) as const;$/m.exec(text)!;
  const generated = new Function('withoutTypes', `return ${value}`)(withoutTypes) as unknown;
  expect(written).toEqual(generated);
});

test('a text without types is what is left outside the marks', () => {
  expect(withoutTypes('const a‹: number› = b‹!›;\n')).toEqual({ ts: 'const a: number = b!;\n', js: 'const a = b;\n' });
  expect(withoutTypes('‹type A = 1;\n›')).toEqual({ ts: 'type A = 1;\n', js: '' });
});

test('and has neither types nor spaces at the ends of lines', () => {
  for (const [part, { js }] of Object.entries(current)) {
    expect(js, part).toBe(stripTypeScriptTypes(js));
    expect(js, part).not.toMatch(/[^\S\n]$/m);
  }
});

describe('literals', () => {
  const evaluate = (text: string): unknown => new Function(`'use strict'; return (${text});`)();

  test('strings come back, in ASCII, and close neither comment nor script', () => {
    fc.assert(
      fc.property(fc.oneof(hostileName, fc.string({ unit: 'binary' })), (value) => {
        const text = stringLiteral(value);
        expect(evaluate(text)).toBe(value);
        expect(text).toMatch(/^"[ -~]*"$/);
        expect(text).not.toMatch(/<\/|\*\//);
      }),
    );
  });

  test('numbers come back, bit for bit', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(Object.is(evaluate(numberLiteral(value)), value)).toBe(true);
      }),
    );
    expect(numberLiteral(-0)).toBe('-0');
  });

  test('keys are own properties, whatever their names', () => {
    fc.assert(
      fc.property(hostileName, (name) => {
        const made = evaluate(`{ ${keyLiteral(name)}: 1 }`) as object;
        expect(Object.getOwnPropertyNames(made)).toEqual([name]);
        expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
      }),
    );
  });

  test('data comes back', () => {
    const value = { name: '*/', list: [1, -0, Infinity, 'a\u2028'], inner: {}, ['__proto__']: true };
    expect(evaluate(dataLiteral(value))).toEqual(value);
    expect(Object.hasOwn(evaluate(dataLiteral(value)) as object, '__proto__')).toBe(true);
    expect(dataLiteral({ left: undefined })).toBe('{}');
  });

  test('comments stay one line of ASCII and cannot be closed', () => {
    fc.assert(
      fc.property(fc.oneof(hostileName, fc.string({ unit: 'binary' })), (value) => {
        expect(commentText(value)).toMatch(/^[ -~]*$/);
        expect(commentText(value)).not.toContain('*/');
      }),
    );
  });
});

/** Code without strings, templates' texts and comments. */
function withoutLiterals(text: string): string {
  return text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '""');
}
