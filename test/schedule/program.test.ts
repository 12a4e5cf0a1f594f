// Programs run: kernels touch what their calls declare, the packed weights are all written, memory is shared.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Level } from '../../compiler/pipeline.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { CallArgument, MemoryRef, Program, SliceRef } from '../../compiler/program/program.ts';
import { spareCodes } from '../../compiler/program/program.ts';
import { printProgram } from '../../compiler/program/text.ts';
import { buildExample } from '../support/examples.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';
import type { GraphFeeds } from '../support/executors.ts';
import { runs } from '../support/runs.ts';

/** An array that reports every access. */
function traced(array: Float32Array, read: (at: number) => void, write: (at: number) => void): Float32Array {
  return new Proxy(array, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) read(Number(key));
      return Reflect.get(target, key) as unknown;
    },
    set(target, key, value: number) {
      write(Number(key));
      target[Number(key)] = value;
      return true;
    },
  });
}

/** Elements of the arena at batch `images`. */
function elements(program: Program, refs: readonly SliceRef[], images: number): Set<number> {
  const found = new Set<number>();
  for (const { buffer, within, channels, pixels, pixelStride, rows = { count: 1, stride: 0 } } of refs) {
    const { offset, length } = program.buffers[buffer]!;
    for (let n = 0; n < images; n += 1) {
      for (let pixel = 0; pixel < rows.count * pixels; pixel += 1) {
        const row = Math.floor(pixel / pixels) * rows.stride;
        const start = offset * images + n * length + within + row + (pixel % pixels) * pixelStride;
        for (let c = 0; c < channels; c += 1) found.add(start + c);
      }
    }
  }
  return found;
}

/** What kernels do beyond their calls' `reads` and `writes`, and what `writes` they leave out. */
function strays(program: Program, { inputs, parameters, batch }: GraphFeeds): readonly string[] {
  const problems: string[] = [];
  const memory = new Float32Array(program.sections.arena.length * batch);
  const arrays = {
    arena: memory,
    once: memory,
    weights: new Float32Array(program.sections.weights.length).fill(NaN),
    scratch: new Float32Array(program.sections.scratch.length),
    shared: new Float32Array(program.sections.shared.length),
    halves: new Uint16Array(program.sections.halves.length),
    bytes: new Int8Array(program.sections.bytes.length),
    integers: new Int32Array(program.sections.integers.length),
    codes: new Uint8Array(program.sections.codes.length * batch + spareCodes),
    scratch_codes: new Uint8Array(program.sections.scratch_codes.length + spareCodes),
    shared_codes: new Uint8Array(program.sections.shared_codes.length + spareCodes),
    input: program.inputs.map(({ name }) => inputs.get(name)!),
    output: program.outputs.map(({ shape }) => new Float32Array(sizeOf(shape) * batch)),
    parameter: program.parameters.map(({ name }) => parameters.get(name)!),
    constant: program.constants,
    temporary: program.temporaries.map((length) => new Float64Array(length)),
  };
  const arrayOf = (ref: MemoryRef): Binding =>
    ref.kind === 'section' ? arrays[ref.name] : arrays[ref.kind][ref.index]!;
  const valueOf = (argument: CallArgument): number => {
    if (argument.kind === 'constant') return argument.value;
    if (argument.kind === 'slice') return program.buffers[argument.buffer]!.offset * batch + argument.within;
    return argument.kind === 'images' ? batch : 0;
  };
  const kernels = new Map(program.kernels.map((kernel) => [kernel.name, kernel]));
  for (const call of program.prepare) {
    const bound = new Map([...call.memories].map(([name, ref]) => [name, arrayOf(ref)]));
    interpretKernel(kernels.get(call.kernel)!, bound, call.arguments.map(valueOf));
  }
  // On vectors the last panel of a matrix is filled up with what no result takes.
  if (program.target.lanes === 1 && arrays.weights.some(Number.isNaN))
    problems.push('some packed weights are never written');
  for (const call of program.run) {
    const [mayRead, mayWrite] = [elements(program, call.reads, batch), elements(program, call.writes, batch)];
    const written = new Set<number>();
    const arena = traced(
      arrays.arena,
      (at) => mayRead.has(at) || written.has(at) || problems.push(`${call.kernel} reads arena[${at}]`),
      (at) => (mayWrite.has(at) ? written.add(at) : problems.push(`${call.kernel} writes arena[${at}]`)),
    );
    const bound = new Map([...call.memories].map(([name, ref]) => [name, name === 'arena' ? arena : arrayOf(ref)]));
    interpretKernel(kernels.get(call.kernel)!, bound, call.arguments.map(valueOf));
    if (written.size !== mayWrite.size)
      problems.push(`${call.kernel} writes ${written.size} of ${mayWrite.size} elements`);
  }
  if (arrays.output.some((output) => output.some(Number.isNaN))) problems.push('packed weights are used unwritten');
  return problems;
}

describe('kernels touch exactly what their calls declare', () => {
  test.each(['js', 'wasm'] as const)('in random networks for %s', (target) => {
    fc.assert(
      fc.property(randomPlan, fc.integer({ min: 1, max: 2 }), fc.constantFrom<Level>(0, 2), (plan, batch, level) => {
        const graph = networkOf(plan);
        expect(strays(lower(graph, operators, { target, level }).program, feedsOf(graph, batch))).toEqual([]);
      }),
      runs(80),
    );
  });

  test('a stray read is noticed', () => {
    const graph = networkOf({ inputs: [[2, 4, 4]], steps: [], outputs: [] });
    const { program } = lower(graph, operators, 0);
    const broken = {
      ...program,
      run: program.run.map((call) => ({ ...call, reads: call.reads.map((ref) => ({ ...ref, channels: 1 })) })),
    };
    expect(strays(broken, feedsOf(graph, 1)).join()).toContain('reads arena[1]');
  });
});

describe('memory', () => {
  /** A chain of `count` convolutions on [4, 8, 8]. */
  const chain = (count: number): Program => {
    const builder = graphBuilder('chain', operators);
    let value = builder.input('x', [4, 8, 8]);
    for (let i = 0; i < count; i += 1) {
      [value] = builder.node({ op: 'conv', inputs: [value], attributes: { channels: 4, kernel: 3, padding: 1 } });
    }
    builder.output('y', value);
    return lower(builder.finish(), operators, 2).program;
  };

  test('a chain needs two buffers, however long', () => {
    expect(chain(2).sections.arena.length).toBe(2 * 256);
    expect(chain(9).sections.arena.length).toBe(2 * 256);
  });

  test('concatenated paths, splits and flatten before dense cost no copies', () => {
    const builder = graphBuilder('free', operators);
    const x = builder.input('x', [4, 4, 4]);
    const path = (channels: number) =>
      builder.node({ op: 'conv', inputs: [x], attributes: { channels, kernel: 1 } })[0];
    const [inner] = builder.node({ op: 'concat', inputs: [path(2), path(3)] });
    const [outer] = builder.node({ op: 'concat', inputs: [path(1), inner] });
    const [left, right] = builder.node({ op: 'split', inputs: [outer], attributes: { parts: 2 } });
    const [sum] = builder.node({ op: 'add', inputs: [left, right!] });
    const [flat] = builder.node({ op: 'flatten', inputs: [sum] });
    const [y] = builder.node({ op: 'dense', inputs: [flat], attributes: { features: 2 } });
    builder.output('y', y);
    const { run } = lower(builder.finish(), operators, 2).program;
    expect(run.map(({ nodes }) => nodes.join())).toEqual(['', 'conv1', 'conv2', 'conv3', 'add1', 'dense1', '']);
  });

  test('kernels of one geometry are shared', () => {
    expect(chain(9).kernels.filter(({ name }) => name.startsWith('conv'))).toHaveLength(1);
  });
});

test('the text of a program', async () => {
  const { program } = lower(buildExample('lenet', 'LeNet'), operators, 2);
  await expect(printProgram(program)).toMatchFileSnapshot('lenet.golden.txt');
});
