// Emission with hostile names: a module whose network, steps, labels, comments and file have them computes, bit for bit,
// what the one with plain names does; both targets, and TypeScript that Node can read.

import { stripTypeScriptTypes } from 'node:module';
import { compile } from '../../../src/index.ts';
import { byName, type EmittedModule } from '../../../src/network/module.ts';
import { writeSafetensors } from '../../../src/data/safetensors.ts';
import type { Random } from '../random.ts';
import { expectThat, textOf, type Target } from '../target.ts';

const NAMES: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'then'],
  ...[
    'load',
    'run',
    'prepare',
    'inputs',
    'outputs',
    'settings',
    'labels',
    'weightTensors',
    'memory',
    'pass',
    'default',
  ],
  ...[
    'await',
    'arguments',
    'eval',
    'class',
    'function',
    'new',
    'this',
    'null',
    'undefined',
    'NaN',
    'Infinity',
    'yield',
  ],
  ...[
    'Math',
    'Object',
    'Array',
    'Float32Array',
    'WebAssembly',
    'globalThis',
    'process',
    'x',
    'y',
    'a',
    '_',
    '__',
    'k0',
  ],
];
const TEXTS: readonly string[] = [
  ...['*/', '/*', '//', '</script>', '<!--', '-->', '${x}', '`', "'", '\\', '\\\\', '\\n', '\\u{2028}', '\\u{0}'],
  ...[
    '\\u{202e}',
    '\\"',
    '\\";throw 1;//',
    ']]>',
    '\u2028',
    '\ufeff',
    '😀',
    'é',
    '*/ throw 1 /*',
    '#!',
    '"use strict"',
  ],
];

/** `{name: …}` in the pattern is filled with hostile words, or with plain ones for the comparison. */
const PATTERNS: readonly string[] = [
  '{doc}network {0} {\n  input {1}: [2, 5, 5]\n  {2} = conv(3, kernel: 3) -> relu\n  {3} = {2} -> flatten -> dense(3)\n  output {3} { labels: {labels} }\n}\n',
  '{doc}block {4}(n: int = 2) { {5} = conv(n, kernel: 1)\n  batch_norm -> relu }\nnetwork {0} {\n  input {1}: [2, 4, 4] { scale: 1/255 }\n  {2} = {4}\n  {3} = parallel add {\n    path {5} = conv(2, kernel: 1)\n    path {6} = {4}(2)\n  }\n  output {2}, {3}\n}\n',
  '{doc}network {0} {\n  input {1}: [4]\n  input {2}: [4]\n  {3} = {1} -> add({2})\n  {4} = {3} -> dense(3)\n  output {4}, {3}\n}\n',
];

interface Case {
  readonly hostile: string;
  readonly plain: string;
  readonly path: string;
}

function made(random: Random): Case {
  const pattern = random.pick(PATTERNS);
  const names: string[] = [];
  while (names.length < 7) {
    const name = random.pick(NAMES);
    if (!names.includes(name)) names.push(name);
  }
  const words = (): string => random.pick(TEXTS) + random.pick(TEXTS);
  const labels = `["${words()}", "${words()}", "${words()}"]`;
  const fill = (pick: (index: number) => string, texts: string, doc: string): string =>
    pattern
      .replaceAll(/\{(\d)\}/g, (_, digit: string) => pick(Number(digit)))
      .replace('{labels}', () => texts)
      .replace('{doc}', () => doc);
  return {
    hostile: fill((index) => names[index]!, labels, `/// ${words()}\n`),
    plain: fill((index) => `plain${index}`, '["a", "b", "c"]', ''),
    path: `${words().replaceAll(/[/\0]/g, '')}.cnn`,
  };
}

export const emissionTarget: Target = {
  name: 'emission',
  share: 3,
  generate: (random) => JSON.stringify(made(random)).toWellFormed(),
  async run(input) {
    let parts: Case;
    try {
      parts = JSON.parse(textOf(input)) as Case;
    } catch {
      // An input that was cut while a find was made smaller.
      return;
    }
    const { hostile, plain, path } = parts;
    for (const target of ['js', 'wasm'] as const) {
      const [one, other] = [await results(hostile, path, target), await results(plain, 'plain.cnn', target)];
      if (one && other) expectThat(one === other, `${target}: hostile names change the result`);
    }
    const ts = emitted(hostile, path, 'ts');
    if (ts !== undefined) stripTypeScriptTypes(ts);
  },
};

function emitted(text: string, path: string, target: 'js' | 'wasm' | 'ts'): string | undefined {
  try {
    return compile(text, { path, target }).files[0]!.text;
  } catch (error) {
    if ((error as Error).name === 'CnnError') return undefined;
    throw error;
  }
}

/** What the module computes of numbers that depend on positions only. */
async function results(text: string, path: string, target: 'js' | 'wasm'): Promise<string | undefined> {
  const javascript = emitted(text, path, target);
  if (javascript === undefined) return undefined;
  const body = javascript.replaceAll(/^export /gm, '').replaceAll('import.meta.url', '"nowhere"');
  const names = 'inputs, outputs, settings, labels, weightTensors, load';
  const module = new Function(`'use strict';\n${body}\nreturn { ${names} };`)() as EmittedModule;
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, (_, at) => ((at * 7) % 11) / 8 + 0.1);
  const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
  const weights = module.weightTensors.map(({ name, shape }) => ({ name, shape, data: numbers(sizeOf(shape)) }));
  const net = await module.load(writeSafetensors(weights));
  const given = Object.entries(module.inputs).map(([name, shape]) => [name, numbers(sizeOf(shape))] as const);
  const feeds = given.length === 1 ? given[0]![1] : Object.fromEntries(given);
  const outputs = byName(net.run(feeds), Object.keys(module.outputs));
  return [...outputs.values()].map((values) => values.join(' ')).join('\n');
}
