// Functions that are the same are one, and calls find it.

import { expect, test } from 'vitest';
import type { WasmFunction } from '../../compiler/codegen/wasm/assembler.ts';
import { assemble } from '../../compiler/codegen/wasm/assembler.ts';
import type { Instruction } from '../../compiler/codegen/wasm/instructions.ts';
import { instruction } from '../../compiler/codegen/wasm/instructions.ts';
import { merged } from '../../compiler/codegen/wasm/merge.ts';

const adding = (name: string, constant: number, exported = false): WasmFunction =>
  of(name, [instruction('local.get', 0), instruction('i32.const', constant), instruction('i32.add')], exported);

const of = (name: string, body: readonly Instruction[], exported = false): WasmFunction => ({
  name,
  parameters: ['i32'],
  results: ['i32'],
  locals: [],
  body,
  exported,
});

const calling = (name: string, ...indices: readonly number[]): WasmFunction =>
  of(name, [instruction('local.get', 0), ...indices.map((index) => instruction('call', index))], true);

test('equal functions become one, and so do those that call them; exported ones stay', () => {
  const throughFirst = of('d', [instruction('local.get', 0), instruction('call', 0)]);
  const throughSecond = of('e', [instruction('local.get', 0), instruction('call', 1)]);
  const functions = [
    ...[adding('a', 1), adding('b', 1), adding('c', 100), throughFirst, throughSecond],
    ...[calling('x', 0, 1, 2), calling('y', 3, 4, 2), adding('z', 1, true), adding('w', 1, true)],
  ];
  const kept = merged(functions, 0);
  expect(kept.map(({ name }) => name)).toEqual(['a', 'c', 'd', 'x', 'y', 'z', 'w']);
  for (const list of [functions, kept]) {
    const { bytes } = assemble({ functions: list, pages: 1 });
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)), { m: { m: memory } });
    const results = ['x', 'y', 'z', 'w'].map((name) => (exports[name] as (value: number) => number)(5));
    expect(results).toEqual([107, 107, 6, 6]);
  }
});

test('zeros of two signs, and what is not finite, stay apart', () => {
  const constants = [0, -0, Infinity, -Infinity, NaN].map((value, at): WasmFunction => ({
    ...of(`f${at}`, [instruction('f32.const', value)]),
    parameters: [],
    results: ['f32'],
  }));
  expect(merged(constants, 3)).toEqual(constants);
});
