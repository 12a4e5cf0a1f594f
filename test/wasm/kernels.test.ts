// Kernels as WebAssembly: random ones compute what the interpreter computes, bit for bit; parts of a parallel loop run every
// iteration once; addresses need no shifts; and the text of a small kernel.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scalesOf } from '../../compiler/codegen/wasm/addresses.ts';
import { printModule } from '../../compiler/codegen/wasm/assembler.ts';
import {
  add,
  buildKernel,
  div,
  fadd,
  fmadd,
  i32,
  lanes,
  lt,
  min,
  mul,
  promote,
  rem,
  select,
  sub,
  sum,
  unary,
} from '../../compiler/kernel/builder.ts';
import type { BlockBuilder } from '../../compiler/kernel/builder.ts';
import { exp } from '../../compiler/kernel/math.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Expression, Kernel, Statement, Variable } from '../../compiler/kernel/ir.ts';
import { printKernel } from '../../compiler/kernel/text.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { kernelOf, memoriesOf, tape } from '../support/random-kernel.ts';
import { runs } from '../support/runs.ts';
import { compileKernel, runWasmKernel } from '../support/wasm-kernel.ts';

const memoryNames = ['x', 'h', 'y'] as const;

test('random kernels compute what the interpreter computes, bit for bit', () => {
  let lines = 0;
  let outlined = 0;
  fc.assert(
    fc.property(tape, fc.nat(99), fc.subarray([...memoryNames]), fc.boolean(), (choices, seed, names, relaxed) => {
      const { kernel, parameters } = kernelOf(choices);
      const moving = new Set(names);
      expect(verifyKernel(kernel), printKernel(kernel)).toEqual([]);
      const [expected, found] = [memoriesOf(seed), memoriesOf(seed)];
      interpretKernel(kernel, expected, parameters);
      // What was written for relaxed SIMD computes the same where the host has none.
      runWasmKernel(kernel, found, parameters, { moving, ...(relaxed ? { fused: true, relaxed: false } : {}) });
      for (const name of memoryNames) expect(found.get(name), printKernel(kernel)).toEqual(expected.get(name));
      lines += printKernel(kernel).split('\n').length;
      const sizes = new Map([...found].map(([name, { byteLength }]) => [name, byteLength]));
      outlined += compileKernel(kernel, { sizes, moving }).emitted.functions.length - 1;
    }),
    // Without looking for a smaller one, which takes minutes.
    { ...runs(1000), endOnFailure: true },
  );
  console.info(`${lines} lines of random kernels, ${outlined} bodies that became functions`);
  expect(outlined).toBeGreaterThan(0);
});

describe('parallel loops', () => {
  /** y[i] += 1 for each i of the range. */
  const marking = (from: number | 'given', to: number | 'given', step: number): Kernel =>
    buildKernel(
      'mark',
      '',
      (k) => {
        const y = k.memory('y', 'f32');
        const [first, end] = [k.parameter('first'), k.parameter('end')];
        const mark = (i: Expression): void =>
          k.store(y, i, unary('demote', unary('convert', add(unary('truncate', promote(k.load(y, i))), 1))));
        k.for('i', from === 'given' ? first : from, to === 'given' ? end : to, mark, { step, parallel: true });
      },
      { keepParallel: true },
    );
  const bound = fc.oneof(fc.constant<'given'>('given'), fc.nat(40));

  test('every iteration runs in exactly one part', () => {
    fc.assert(
      fc.property(
        bound,
        bound,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(40),
        fc.nat(40),
        (from, to, step, parts, first, end) => {
          const kernel = marking(from, to, step);
          const y = new Float32Array(40);
          runWasmKernel(kernel, new Map([['y', y]]), [first, end], { parts });
          const [a, b] = [from === 'given' ? first : from, to === 'given' ? end : to];
          expect([...y]).toEqual(
            Array.from({ length: 40 }, (_, i) => (i >= a && i < b && (i - a) % step === 0 ? 1 : 0)),
          );
        },
      ),
      runs(400),
    );
  });

  test('parts are contiguous and differ by one iteration at most', () => {
    const kernel = marking(3, 24, 2);
    const counts = [0, 1, 2, 3].map((part) => {
      const y = new Float32Array(40);
      runPart(kernel, y, part, 4);
      const marked = [...y].flatMap((value, at) => (value > 0 ? [at] : []));
      expect(marked).toEqual(marked.map((_, at) => marked[0]! + 2 * at));
      return marked.length;
    });
    expect(counts.toSorted()).toEqual([2, 3, 3, 3]);
  });

  function runPart(kernel: Kernel, y: Float32Array, part: number, parts: number): void {
    const { bytes, places, module } = compileKernel(kernel, { sizes: new Map([['y', y.byteLength]]) });
    const memory = new WebAssembly.Memory({ initial: module.pages, maximum: 65_536 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
    (exports['mark'] as (...values: number[]) => void)(0, 0, part, parts);
    y.set(new Float32Array(memory.buffer, places.get('y'), y.length));
  }

  test('a loop without iterations runs none', () => {
    const y = { name: 'y', type: 'f32' } as const;
    const one = { kind: 'constant', type: 'f32', value: 1 } as const;
    const loop = (name: string, from: number, to: number): Statement => ({
      kind: 'for',
      variable: { name, type: 'i32' },
      from: i32(from),
      to: i32(to),
      step: 1,
      mode: 'serial',
      body: [{ kind: 'store', memory: y, index: i32(0), value: one, lanes: 1 }],
    });
    const body = [loop('i', 3, 3), loop('j', 5, 2)];
    const found = new Float32Array(1);
    runWasmKernel({ name: 'none', summary: '', memories: [y], parameters: [], body }, new Map([['y', found]]), []);
    expect(found[0]).toBe(0);
  });
});

/** y[m, 4] = x[m, depth] · w[depth, 4], rows of x `stride` apart. */
const product = buildKernel('product', 'a small matrix product', (k) => {
  const [x, w, y] = [k.memory('x', 'f32'), k.memory('w', 'bf16'), k.memory('y', 'f32')];
  const [from, to, rows] = [k.parameter('from'), k.parameter('to'), k.parameter('rows')];
  k.for('i', 0, rows, (i) => {
    const total = k.cell('s', lanes(0));
    const a = k.cell('a', add(from, mul(i, 5)));
    const b = k.cell('b', i32(0));
    k.for('k', 0, 3, () => {
      k.set(total, fmadd(unary('splat', k.load(x, a.value)), k.loadLanes(w, b.value, 4), total.value));
      k.accumulate(a, 1);
      k.accumulate(b, 4);
    });
    k.storeLanes(y, add(to, mul(i, 4)), total.value, 4);
  });
});

describe('addresses', () => {
  test('the text of a small kernel', () => {
    const sizes = new Map([
      ['x', 256],
      ['w', 96],
      ['y', 64],
    ]);
    const { module, emitted } = compileKernel(product, { sizes, moving: new Set(['y']) });
    // `rows` bounds a variable that is a place.
    expect(emitted.scales).toEqual([4, 4, 4]);
    expect(emitted.bases).toEqual(['y']);
    expect(printModule(module)).toMatchInlineSnapshot(`
      "(module
        (import "m" "m" (memory 1 65536))
        (func $barrier (param i32 i32)
        )
        (func $product (export "product") (param i32 i32 i32 i32 i32 i32)
          (local i32 i32 v128 i32 i32 i32)
          i32.const 0
          local.set 6
          local.get 2
          local.set 7
          block
            local.get 6
            local.get 7
            i32.ge_s
            br_if 0
            loop
              v128.const f32x4 0 0 0 0
              local.set 8
              local.get 0
              local.get 6
              i32.const 5
              i32.mul
              i32.add
              local.set 9
              i32.const 0
              local.set 10
              i32.const 0
              local.set 11
              loop
                local.get 9
                v128.load32_splat offset=80
                local.get 10
                v128.load16x4_u offset=400
                i32.const 16
                i32x4.shl
                f32x4.mul
                local.get 8
                f32x4.add
                local.set 8
                local.get 9
                i32.const 4
                i32.add
                local.set 9
                local.get 10
                i32.const 8
                i32.add
                local.set 10
                local.get 11
                i32.const 1
                i32.add
                local.tee 11
                i32.const 3
                i32.lt_s
                br_if 0
              end
              local.get 1
              local.get 6
              i32.const 4
              i32.mul
              i32.add
              local.get 3
              i32.add
              local.get 8
              v128.store
              local.get 6
              i32.const 4
              i32.add
              local.tee 6
              local.get 7
              i32.lt_s
              br_if 0
            end
          end
        )
        (data (i32.const 0) "\\7f\\00\\40\\4b")
      )
      "
    `);
  });

  test('variables of places count bytes, those of which something else is asked elements', () => {
    const variables = new Map<string, Variable>();
    const kernel = buildKernel('k', '', (k) => {
      const [x, h] = [k.memory('x', 'f32'), k.memory('h', 'bf16')];
      const note = (name: string, value: Expression) => {
        const held = k.let(name, value);
        if (held.kind === 'variable') variables.set(name, held.variable);
        return held;
      };
      const base = k.parameter('base');
      const place = note('place', mul(base, 3));
      const half = note('half', mul(base, 2));
      const both = note('both', mul(base, 5));
      const count = note('count', mul(base, 7));
      const chosen = note('chosen', select(lt(count, 4), min(place, 9), place));
      const divided = note('divided', div(add(count, 3), 2));
      const source = note('source', mul(base, 7));
      const derived = note('derived', mul(sub(source, base), 2));
      k.for('i', 0, count, (i) => {
        const v = k.let('v', fadd(k.loadLanes(x, sum(chosen, i, divided), 4), k.loadLanes(h, add(half, both), 4)));
        k.storeLanes(x, sum(both, derived, rem(i, 2)), v, 4);
      });
    });
    const scaleOf = scalesOf(kernel);
    expect(Object.fromEntries([...variables].map(([name, variable]) => [name, scaleOf(variable)]))).toEqual({
      place: 4,
      half: 2,
      both: 1,
      count: 1,
      chosen: 4,
      divided: 4,
      source: 4,
      derived: 4,
    });
    expect(scaleOf(kernel.parameters[0]!)).toBe(1);
  });

  test('a variable that bounds a loop whose own variable nobody reads counts elements', () => {
    const kernel = buildKernel('k', '', (k) => {
      const y = k.memory('y', 'f32');
      k.for('i', 0, k.parameter('rows'), (i) => {
        const total = k.cell('s', lanes(0));
        k.for('j', 0, i, () => k.accumulate(total, lanes(1)));
        k.storeLanes(y, i, total.value, 1);
      });
    });
    const y = new Float32Array(5);
    runWasmKernel(kernel, new Map([['y', y]]), [5]);
    expect([...y]).toEqual([0, 1, 2, 3, 4]);
  });

  test('a product of the size of a real one has no shifts', () => {
    const sizes = new Map([
      ['x', 256],
      ['w', 96],
      ['y', 64],
    ]);
    const { emitted } = compileKernel(product, { sizes });
    const all = emitted.functions.flatMap(({ body }) => body);
    expect(all.filter(({ operation }) => operation === 'i32.shl')).toEqual([]);
  });
});

test('what only JavaScript runs is refused', () => {
  const write = (body: (k: BlockBuilder) => void): Kernel => buildKernel('k', '', body);
  const sizes = new Map([
    ['d', 64],
    ['h', 64],
    ['y', 64],
  ]);
  const compile = (kernel: Kernel) => (): unknown => compileKernel(kernel, { sizes });
  expect(compile(write((k) => k.store(k.memory('d', 'f64'), 0, unary('convert', i32(1)))))).toThrow(
    'WebAssembly kernels write no f64: d',
  );
  expect(compile(write((k) => k.store(k.memory('h', 'bf16'), 0, unary('convert', i32(1)))))).toThrow(
    'WebAssembly kernels write no bf16: h',
  );
  const y = (k: BlockBuilder) => k.memory('y', 'f32');
  expect(compile(write((k) => k.store(y(k), 0, exp(unary('convert', i32(1))))))).toThrow(
    'WebAssembly kernels have no f64 functions',
  );
  const three = write((k) => k.storeLanes(y(k), 0, k.loadLanes(k.memory('h', 'bf16'), 0, 3), 4));
  expect(compile(three)).toThrow('WebAssembly kernels read bf16 by four: h');
});

test('numbers of f64 are read and rounded once', () => {
  const kernel = buildKernel('k', '', (k) =>
    k.for('i', 0, 3, (i) => k.store(k.memory('y', 'f32'), i, k.load(k.memory('d', 'f64'), add(i, 1)))),
  );
  const memories = new Map<string, Binding>([
    ['d', Float64Array.of(7, 1 / 3, 1 + 2 ** -25, 1e300)],
    ['y', new Float32Array(3)],
  ]);
  runWasmKernel(kernel, memories, []);
  expect([...memories.get('y')!]).toEqual([Math.fround(1 / 3), 1, Infinity]);
});

test('bindings of the interpreter and of WebAssembly are the same arrays', () => {
  const memories = new Map<string, Binding>([
    ['x', Float32Array.from({ length: 14 }, (_, at) => at)],
    ['w', Uint16Array.from({ length: 12 }, () => 0x3f80)],
    ['y', new Float32Array(8)],
  ]);
  runWasmKernel(product, memories, [1, 0, 2]);
  expect([...memories.get('y')!]).toEqual([6, 6, 6, 6, 21, 21, 21, 21]);
});
