// The verifier of kernel IR finds each kind of mistake, and none in what templates make.

import { describe, expect, test } from 'vitest';
import {
  add,
  and,
  buildKernel,
  f64,
  fadd,
  fmadd,
  fmul,
  i32,
  lanes,
  lt,
  pmin,
  promote,
  select,
  unary,
} from '../../compiler/kernel/builder.ts';
import type {
  Expression,
  Kernel,
  KernelFunction,
  LaneCount,
  Memory,
  Statement,
  Variable,
} from '../../compiler/kernel/ir.ts';
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

describe('vectors', () => {
  const h = { name: 'h', type: 'bf16' } as const;
  const v: Variable = { name: 'v', type: 'f32x4' };
  const load = (memory: Memory, count: number, type: 'f32' | 'f32x4' = 'f32x4'): Expression => ({
    kind: 'load',
    type,
    memory,
    index: i32(0),
    lanes: count as LaneCount,
  });
  const write = (memory: Memory, value: Expression, count: number): Statement => ({
    kind: 'store',
    memory,
    index: i32(0),
    value,
    lanes: count as LaneCount,
  });
  const vectorProblems = (...body: readonly Statement[]): string =>
    verifyKernel(kernel(body, { memories: [x, y, h] })).join('\n');
  const given = (value: Expression, variable = v): Statement => declare(variable, value);
  const number: Expression = { kind: 'load', type: 'f32', memory: x, index: i32(0), lanes: 1 };

  test('that are sound', () => {
    const body = [
      given(fmadd(load(x, 3), load(h, 4), pmin(unary('splat', number), lanes(1)))),
      write(x, select(and(lt(read(v), lanes(0)), lt(lanes(-1), read(v))), read(v), lanes(1)), 2),
      write(x, select(lt(read(count), 1), read(v), lanes(1)), 4),
      write(x, unary('sum_lanes', unary('pow2_lanes', unary('exponent_lanes', read(v)))), 1),
      write(h, unary('max_lanes', read(v)), 1),
      { kind: 'barrier' },
    ] as const;
    expect(vectorProblems(...body)).toBe('');
  });

  test.each<[string, Statement, string]>([
    ['read of f64', given(load(y, 4)), 'a vector is read of y, which is f64'],
    ['of five lanes', given(load(x, 5)), '5 lanes are read of x'],
    ['of no lanes', given(load(x, 0)), '0 lanes are read of x'],
    ['of three lanes of bf16', given(load(h, 3)), '3 lanes are read of h'],
    ['that bf16 is not read as', given(load(h, 1, 'f32'), { name: 's', type: 'f32' }), 'h is f32, expected f32x4'],
    ['written to f64', write(y, lanes(1), 4), 'a vector is written to y, which is f64'],
    ['written to bf16', write(h, lanes(1), 4), 'a vector is written to h, which is bf16'],
    ['of five lanes, written', write(x, lanes(1), 5), '5 lanes are written to x'],
    ['stored to bf16 as f64', write(h, f64(1), 1), 'h is f64, expected f32'],
    ['prefetched at a number', { kind: 'prefetch', memory: x, index: f64(1) }, 'index of x is f64, expected i32'],
    [
      'prefetched of another memory',
      { kind: 'prefetch', memory: { name: 'z', type: 'f32' }, index: i32(0) },
      'memory z is not declared',
    ],
    ['whose element is f64', given(unary('splat', f64(1))), 'operand of splat is f64'],
    ['whose sum is a number', given(unary('sum_lanes', number)), 'operand of sum_lanes is f32'],
    ['whose powers are of numbers', given(unary('pow2_lanes', number)), 'operand of pow2_lanes is f32'],
    ['of i32', given(fmadd(lanes(1), i32(1), lanes(1))), 'operand of madd is i32, expected f32x4'],
    [
      'that are f64',
      declare(s, { kind: 'binary', type: 'f64', operation: 'pmax', left: f64(1), right: f64(1) }),
      'pmax is f64',
    ],
    [
      'that decide for a number',
      declare(s, select(lt(lanes(0), lanes(1)), f64(1), f64(2))),
      'lt compares f32x4, expected a number',
    ],
    [
      'that decide for statements',
      { kind: 'if', condition: and(lt(0, 1), lt(lanes(0), lanes(1))), then: [], otherwise: [] },
      'lt compares f32x4, expected a number',
    ],
    [
      'compared, and numbers',
      given(select(and(lt(lanes(0), lanes(1)), lt(0, 1)), lanes(1), lanes(2))),
      'lt compares i32, expected a vector',
    ],
    ['compared with numbers', given(select(lt(lanes(0), f64(1)), lanes(1), lanes(2))), 'right of lt is f64'],
  ])('%s', (_, statement, sentence) => {
    expect(vectorProblems(statement)).toContain(sentence);
  });

  test('a barrier stands in no parallel loop', () => {
    const barrier: Statement = { kind: 'barrier' };
    const inner: Variable = { name: 'j', type: 'i32' };
    expect(problemsOf(loop(i, [barrier]))).toBe('');
    expect(problemsOf(loop(i, [loop(inner, [barrier])], 'parallel'))).toContain('a barrier stands in a parallel loop');
  });

  test('a parallel loop stands in no other', () => {
    const inner: Variable = { name: 'j', type: 'i32' };
    expect(problemsOf(loop(i, [loop(inner, [], 'parallel')]))).toBe('');
    expect(problemsOf(loop(i, [loop(inner, [], 'parallel')], 'parallel'))).toContain('a parallel loop stands in');
  });
});
