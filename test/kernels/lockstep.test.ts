// Calls of functions written out side by side: the same bits as one after the other, in an order in which each operand is known.

import { expect, test } from 'vitest';
import type { BlockBuilder } from '../../compiler/kernel/builder.ts';
import { add, buildKernel, fadd, fmul, lanes } from '../../compiler/kernel/builder.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Expression, Kernel, Memory, Statement } from '../../compiler/kernel/ir.ts';
import { inLockstep } from '../../compiler/kernel/lockstep.ts';
import { erfLanes, fusedSiluLanes, sigmoidLanes, tanhLanes } from '../../compiler/kernel/math-lanes.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { forEachExpression } from '../../compiler/kernel/walk.ts';

const vectors = 7;

/** A kernel that writes what `compute` makes of seven vectors, after all of it was computed. */
const mapping = (
  compute: (k: BlockBuilder, x: readonly Expression[], memory: Memory) => readonly Expression[],
): Kernel =>
  buildKernel('mapping', '', (k) => {
    const [source, target] = [k.memory('source', 'f32'), k.memory('target', 'f32')];
    const x = Array.from({ length: vectors }, (_, at) => k.let('x', k.loadLanes(source, 4 * at, 4)));
    compute(k, x, target).forEach((value, at) => k.storeLanes(target, 4 * at, value, 4));
  });

const source = Float32Array.from({ length: 4 * vectors }, (_, at) =>
  at < 6 ? [0, -0, NaN, Infinity, -Infinity, -104][at]! : 9 * Math.sin(3 * at),
);

function run(kernel: Kernel): Uint32Array {
  const target = new Float32Array(4 * vectors);
  interpretKernel(
    kernel,
    new Map([
      ['source', source],
      ['target', target],
    ]),
    [],
  );
  return new Uint32Array(target.buffer);
}

/** Names of the functions that are still called. */
function callsOf({ body }: Kernel): readonly string[] {
  const names: string[] = [];
  forEachExpression(body, (one) => {
    if (one.kind === 'call') names.push(one.function.name);
  });
  return names;
}

const functions = { sigmoidLanes, fusedSiluLanes, tanhLanes, erfLanes } as const;

test.each(Object.entries(functions))('%s of vectors that are known keeps its bits', (_, apply) => {
  const kernel = mapping((k, x) => x.map((one) => k.let('y', fmul(one, apply(one)))));
  const changed = inLockstep(kernel);
  expect(verifyKernel(changed)).toEqual([]);
  expect(callsOf(kernel)).toHaveLength(vectors);
  expect(callsOf(changed)).toEqual([]);
  expect(run(changed)).toEqual(run(kernel));
});

test('an operation of four calls stands before the next operation of any of them', () => {
  const kernel = mapping((k, x) => x.slice(0, 4).map((one) => k.let('y', tanhLanes(one))));
  const operations = inLockstep(kernel).body.flatMap((statement: Statement) =>
    statement.kind === 'let' && statement.value.kind === 'unary' ? [statement.value.operation] : [],
  );
  // |x|, 2^n and −y, in the order in which the function has them.
  expect(operations).toEqual(['abs', 'pow2_of_sum', 'neg'].flatMap((name) => [name, name, name, name]));
});

test('a call waits for the one whose result it takes', () => {
  const kernel = mapping((k, [first, second, third]) => {
    const a = k.let('a', tanhLanes(first!));
    const sum = k.let('s', fadd(a, second!));
    const b = k.let('b', tanhLanes(sum));
    const c = k.let('c', tanhLanes(third!));
    return [a, b, c, k.let('d', sigmoidLanes(sigmoidLanes(c))), k.let('e', tanhLanes(fadd(b, c)))];
  });
  const changed = inLockstep(kernel);
  expect(verifyKernel(changed)).toEqual([]);
  expect(run(changed)).toEqual(run(kernel));
  // The first and the third are computed together, and no others.
  expect(callsOf(changed)).toEqual(['tanh_lanes', 'sigmoid_lanes', 'sigmoid_lanes', 'tanh_lanes']);
});

test('calls on either side of a store stay apart, and in loops they are found', () => {
  const kernel = buildKernel('apart', '', (k) => {
    const [from, to] = [k.memory('source', 'f32'), k.memory('target', 'f32')];
    k.storeLanes(to, 0, k.let('a', tanhLanes(k.let('x', k.loadLanes(from, 0, 4)))), 4);
    k.storeLanes(to, 4, k.let('b', tanhLanes(k.let('y', k.loadLanes(to, 0, 4)))), 4);
    k.for(
      'i',
      8,
      24,
      (i) => {
        const values = [0, 4].map((at) => k.let('z', k.loadLanes(from, add(i, at), 4)));
        const results = values.map((value) => k.let('r', fadd(tanhLanes(value), lanes(1))));
        results.forEach((result, at) => k.storeLanes(to, add(i, 4 * at), result, 4));
      },
      { step: 8 },
    );
  });
  const changed = inLockstep(kernel);
  expect(callsOf(changed)).toEqual(['tanh_lanes', 'tanh_lanes']);
  expect(run(changed)).toEqual(run(kernel));
});
