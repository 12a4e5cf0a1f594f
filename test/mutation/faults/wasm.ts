// Faults of the WebAssembly target: the encoder, addresses, vectors, threads and the engine.

import type { Fault } from '../fault.ts';

export const wasmFaults: readonly Fault[] = [
  {
    name: 'a signed number whose sign bit is lost is written in one byte too few',
    file: 'compiler/codegen/wasm/instructions.ts',
    find: '(rest === 0 && byte < 64)',
    replace: 'rest === 0',
  },
  {
    name: 'two lanes are written as one',
    file: 'compiler/codegen/wasm/instructions.ts',
    find: "'v128.store64_lane': vectorMemory(91, 3, 'lane'),",
    replace: "'v128.store64_lane': vectorMemory(90, 3, 'lane'),",
  },
  {
    name: 'a variable that is a place and a count holds bytes',
    file: 'compiler/codegen/wasm/addresses.ts',
    find: 'if (of === undefined) fixed.add(expression.variable);',
    replace: 'if (of === undefined) return;',
  },
  {
    name: 'a variable whose loop nobody reads is scaled',
    file: 'compiler/codegen/wasm/addresses.ts',
    find: "for (const { of } of uses) if (typeof of !== 'number' && !scales.has(of)) scales.set(of, 1);",
    replace: '',
  },
  {
    name: 'places in memories of two sizes count the elements of one',
    file: 'compiler/codegen/wasm/addresses.ts',
    find: 'scales.set(variable, known === undefined ? wanted : 1);',
    replace: 'scales.set(variable, known ?? wanted);',
  },
  {
    name: 'the third of three lanes is read from the second',
    file: 'compiler/codegen/wasm/expressions.ts',
    find: 'const third = address(w, memory, index);',
    replace: 'const third = address(w, memory, index) - 4;',
  },
  {
    name: 'a minimum of places is their maximum',
    file: 'compiler/codegen/wasm/expressions.ts',
    find: "put(w, 'local.get', operation === 'min' ? a : b);",
    replace: "put(w, 'local.get', operation === 'min' ? b : a);",
  },
  {
    name: 'the lanes of a vector are added in order',
    file: 'compiler/codegen/wasm/unary.ts',
    find: '[0, 2],\n    [1, 3],',
    replace: '[0, 1],\n    [2, 3],',
  },
  {
    name: 'a constant loop without iterations runs once',
    file: 'compiler/codegen/wasm/emit.ts',
    find: ' && from.value < to.value;',
    replace: ';',
  },
  {
    name: 'threads share one scratch memory',
    file: 'compiler/codegen/wasm/module.ts',
    find: "put('i32.const', layout.scratch);",
    replace: "put('i32.const', 0);",
    tests: ['test/wasm/threads.test.ts'],
  },
  {
    name: 'nothing waits between two kernel calls',
    file: 'compiler/codegen/wasm/module.ts',
    find: "put('call', barrierIndex);\n  return { name, parameters",
    replace: "put('drop');\n  put('drop');\n  return { name, parameters",
    tests: ['test/wasm/threads.test.ts'],
  },
  {
    name: 'the arena starts where shared memory does',
    file: 'compiler/codegen/wasm/layout.ts',
    find: "const arena = shared + bytesOf('shared');",
    replace: 'const arena = shared;',
  },
  {
    name: 'a part of a parallel loop ends one iteration early',
    file: 'compiler/kernel/split.ts',
    find: 'to: bound(add(asExpression(at), 1))',
    replace: 'to: sub(bound(add(asExpression(at), 1)), step)',
    tests: ['test/wasm/kernels.test.ts'],
  },
  {
    name: 'a counter of claimed ranges goes on behind a barrier',
    file: 'compiler/codegen/wasm/module.ts',
    find: 'for (let counter = 0; counter < used; counter += 1) {',
    replace: 'for (let counter = 1; counter < used; counter += 1) {',
    tests: ['test/train/threads.test.ts'],
  },
  {
    name: 'what stands before a fused instruction is rewritten with it',
    file: 'runtime/relaxed.ts',
    find: 'if (pattern === unused && bytes[at + 3] === 0x01) continue;',
    replace: '',
    tests: ['test/wasm/kernels.test.ts', 'test/property/wasm-networks.test.ts'],
  },
  {
    name: 'a closed network runs',
    file: 'runtime/engine.ts',
    find: 'if (stopped !== undefined) throw new Error(stopped);',
    replace: '',
    tests: ['test/wasm/module.test.ts'],
  },
  {
    name: 'as many threads as one likes may be asked for',
    file: 'runtime/engine.ts',
    find: '(threads as number) > 64',
    replace: '(threads as number) > 65',
    tests: ['test/wasm/module.test.ts'],
  },
  {
    name: 'the sigmoid of negative vectors loses a factor',
    file: 'compiler/kernel/math-lanes.ts',
    find: 'return fsub(s, fmul(s, fdiv(e, fadd(e, lanes(1)))));',
    replace: 'return fdiv(s, fadd(e, lanes(1)));',
  },
  {
    name: 'tanh changes to its series a little late',
    file: 'compiler/kernel/math-lanes.ts',
    find: 'select(lt(a, lanes(0.625)), near,',
    replace: 'select(lt(a, lanes(0.75)), near,',
  },
  {
    name: 'the error function of vectors is cut off too soon',
    file: 'compiler/kernel/math-lanes.ts',
    find: "pmin(unary('abs', x), lanes(4))",
    replace: "pmin(unary('abs', x), lanes(3.5))",
  },
];
