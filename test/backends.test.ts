// Options go with targets: what a target does not take is refused in a sentence, by the compiler itself.

import { expect, test } from 'vitest';
import { backends, refusalOf } from '../compiler/backends.ts';
import { compileNetwork } from '../compiler/index.ts';
import type { CompileOptions } from '../compiler/index.ts';
import { compile } from '../src/index.ts';
import { buildExample } from './support/examples.ts';

const graph = buildExample('lenet', 'LeNet');
const source = 'network A { input x: [4] dense(2) }';

test.each<[CompileOptions, string]>([
  [{ weightsType: 'bf16' }, 'weightsType bf16 needs the target wasm: '],
  [{ target: 'js', math: 'fast' }, 'math fast needs the target wasm: '],
  [{ wide: true }, 'wide needs the target wasm: '],
  [{ choices: new Map() }, 'choices needs the target wasm: '],
])('%j is refused', (options, sentence) => {
  const attempt = () => compileNetwork({ graph }, options);
  expect(attempt).toThrow(RangeError);
  expect(attempt).toThrow(sentence);
  expect(refusalOf({ ...options, target: 'wasm' })).toBeUndefined();
});

test('the public API refuses them, too', () => {
  expect(() => compile(source, { target: 'js', weightsType: 'bf16' })).toThrow(RangeError);
  expect(() => compile(source, { target: 'ts', math: 'fast' })).toThrow('math fast needs the target wasm');
});

test('modules of WebAssembly are written in JavaScript only', () => {
  const { emit } = compileNetwork({ graph }, { target: 'wasm' });
  expect(() => emit('ts', { sourceName: 'lenet.cnn' })).toThrow('modules of this target are written in js; found ts');
  expect(backends.js.modules.languages).toEqual(['ts', 'js']);
});
