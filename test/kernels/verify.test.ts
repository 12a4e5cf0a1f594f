// The verifier of kernel IR finds each kind of mistake, and none in what templates make.

import { describe, expect, test } from 'vitest';
import { add, buildKernel, f64, fadd, fmul, i32, lt, promote, select, unary } from '../../compiler/kernel/builder.ts';
import type { Expression, Kernel, KernelFunction, Statement, Variable } from '../../compiler/kernel/ir.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { exp } from '../../compiler/kernel/math.ts';

const x = { name: 'x', type: 'f32' } as const;
const y = { name: 'y', type: 'f64' } as const;
const count: Variable = { name: 'count', type: 'i32' };
const read = (variable: Variable): Expression => ({ kind: 'variable', type: variable.type, variable });
const kernel = (body: readonly Statement[], change: Partial<Kernel> = {}): Kernel => ({
  name: 'k',
  summary: '',
  memories: [x, y],
  parameters: [count],
  body,
  ...change,
});
const problemsOf = (...body: readonly Statement[]): string => verifyKernel(kernel(body)).join('\n');

const declare = (variable: Variable, value: Expression, mutable = false): Statement => ({
  kind: 'let',
  variable,
  value,
  mutable,
});
const store = (index: Expression, value: Expression): Statement => ({
  kind: 'store',
  memory: y,
  index,
  value,
  lanes: 1,
});
const loop = (variable: Variable, body: readonly Statement[], mode: 'serial' | 'parallel' = 'serial'): Statement => ({
  kind: 'for',
  variable,
  from: i32(0),
  to: read(count),
  step: 1,
  mode,
  body,
});
const i: Variable = { name: 'i', type: 'i32' };
const s: Variable = { name: 's', type: 'f64' };

test('a sound kernel', () => {
  const built = buildKernel('sum', 'sums', (k) => {
    const [from, to] = [k.memory('x', 'f32'), k.memory('y', 'f64')];
    const total = k.cell('s', f64(0));
    k.for('i', 0, k.parameter('n'), (at) => {
      const value = k.let('v', promote(k.load(from, add(at, 1))));
      k.set(total, fadd(total.value, select(lt(value, f64(0)), f64(0), exp(fmul(value, value)))));
    });
    k.store(to, 0, total.value);
  });
  expect(verifyKernel(built)).toEqual([]);
});

describe('variables', () => {
  test('used before their declaration', () => {
    expect(problemsOf(store(i32(0), read(s)), declare(s, f64(1)))).toContain('s is used outside its scope');
  });
  test('used after their scope', () => {
    expect(problemsOf(loop(i, [declare(s, f64(1))]), store(i32(0), read(s)))).toContain('s is used outside its scope');
    expect(problemsOf(loop(i, []), store(read(i), f64(1)))).toContain('i is used outside its scope');
  });
  test('declared twice in a scope', () => {
    expect(problemsOf(declare(s, f64(1)), declare({ ...s }, f64(2)))).toContain('s is declared twice');
    expect(problemsOf(declare({ name: 'count', type: 'i32' }, i32(2)))).toContain('count is declared twice');
  });
  test('set though they are not mutable', () => {
    expect(problemsOf(declare(s, f64(1)), { kind: 'set', variable: s, value: f64(2) })).toContain('not mutable');
  });
  test('set in a parallel loop from outside', () => {
    const set: Statement = { kind: 'set', variable: s, value: f64(2) };
    expect(problemsOf(declare(s, f64(1), true), loop(i, [set]))).toBe('');
    expect(problemsOf(declare(s, f64(1), true), loop(i, [set], 'parallel'))).toContain('a parallel loop sets s');
  });
  test('with names that are no identifiers', () => {
    expect(problemsOf(declare({ name: 'a b', type: 'f64' }, f64(1)))).toContain('"a b" is no identifier');
    expect(verifyKernel(kernel([], { name: 'k()' })).join()).toContain('no identifier');
  });
});

describe('types', () => {
  const mixed: Expression = { kind: 'binary', type: 'f64', operation: 'add', left: f64(1), right: i32(1) };
  test.each<[string, Statement, string]>([
    ['of a declaration', declare(s, i32(1)), 's is i32, expected f64'],
    ['of an index', store(f64(0), f64(1)), 'index of y is f64'],
    ['of a stored value', store(i32(0), i32(1)), 'y is i32, expected f64'],
    ['of a sum', store(i32(0), mixed), 'right of add is i32'],
    ['of a promotion', store(i32(0), unary('promote', f64(1))), 'operand of promote is f64'],
    ['of a square root', declare(i, unary('sqrt', i32(4))), 'sqrt of i32'],
    ['of a remainder', store(i32(0), { ...mixed, operation: 'rem', right: f64(1) } as Expression), 'rem is f64'],
    [
      'of a select',
      store(i32(0), { kind: 'select', type: 'f64', condition: lt(0, 1), then: f64(1), otherwise: i32(1) }),
      'otherwise of select is i32',
    ],
    ['of a comparison', { kind: 'if', condition: lt(f64(1), 1), then: [], otherwise: [] }, 'right of lt is i32'],
    ['of an i32 constant', declare(i, i32(0.5)), '0.5 is no i32'],
    ['of an i32 constant', declare(i, i32(2 ** 31)), '2147483648 is no i32'],
    [
      'of a load',
      store(i32(0), { kind: 'load', type: 'f64', memory: x, index: i32(0), lanes: 1 }),
      'x is f64, expected f32',
    ],
  ])('%s', (_, statement, sentence) => {
    expect(problemsOf(statement)).toContain(sentence);
  });

  test('of parameters and steps', () => {
    expect(verifyKernel(kernel([], { parameters: [s] })).join()).toContain('parameter s is f64');
    expect(problemsOf({ ...loop(i, []), step: 0 } as Statement)).toContain('i steps by 0');
  });
});

test('memories are declared, once', () => {
  const other = { name: 'z', type: 'f64' } as const;
  expect(problemsOf({ kind: 'store', memory: other, index: i32(0), value: f64(1), lanes: 1 })).toContain(
    'z is not declared',
  );
  expect(
    problemsOf(store(i32(0), promote({ kind: 'load', type: 'f32', memory: { ...x }, index: i32(0), lanes: 1 }))),
  ).toContain('x is not declared');
  expect(verifyKernel(kernel([], { memories: [x, x] })).join()).toContain('two declarations of x');
});

test('functions have lets only and read no memory', () => {
  const parameter: Variable = { name: 'v', type: 'f64' };
  const called = (change: Partial<KernelFunction>): string =>
    problemsOf(
      store(i32(0), {
        kind: 'call',
        type: 'f64',
        function: { name: 'f', parameter, body: [], result: read(parameter), ...change },
        argument: f64(1),
      }),
    );
  expect(called({})).toBe('');
  expect(called({ body: [store(i32(0), f64(1))] })).toContain('a function has a store');
  expect(called({ result: promote({ kind: 'load', type: 'f32', memory: x, index: i32(0), lanes: 1 }) })).toContain(
    'a function reads x',
  );
  expect(called({ result: read(s) })).toContain('s is used outside its scope');
  expect(called({ result: i32(1) })).toContain('result of f is f64, expected i32');
});
