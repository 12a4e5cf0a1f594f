// The program's verifier finds faults that were put into sound programs.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { Buffer, KernelCall, Program, SectionName } from '../../compiler/program/program.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import { buildExample } from '../support/examples.ts';

/** x → a = conv(x), b = conv(x) → joined = concat(a, b) → sum = joined + c, c = conv(joined) → relu. */
function network(): Graph {
  const builder = graphBuilder('net', operators);
  const x = builder.input('x', [2, 4, 4]);
  const attributes = { channels: 2, kernel: 3, padding: 1 };
  const [a] = builder.node({ op: 'conv', name: 'a', inputs: [x], attributes });
  const [b] = builder.node({ op: 'conv', name: 'b', inputs: [x], attributes });
  const [joined] = builder.node({ op: 'concat', name: 'joined', inputs: [a, b] });
  const [c] = builder.node({ op: 'conv', name: 'c', inputs: [joined], attributes: { ...attributes, channels: 4 } });
  const [sum] = builder.node({ op: 'add', name: 'sum', inputs: [joined, c] });
  const [d] = builder.node({ op: 'max_pool', name: 'd', inputs: [sum], attributes: { kernel: 2 } });
  builder.output('y', d);
  return builder.finish();
}

const lowered = lower(network(), operators, 1);
const { program } = lowered;
const problemsOf = (broken: Program): readonly string[] => verifyProgram(broken, lowered.graph, operators);

const callAt = (name: string): number => {
  const at = program.run.findIndex(({ nodes }) => nodes.includes(name));
  if (at < 0) throw new Error(`no call computes ${name}`);
  return at;
};
const bufferAt = (name: string): number => program.run[callAt(name)]!.writes[0]!.buffer;

function withCall(at: number, change: (call: KernelCall) => KernelCall): Program {
  return { ...program, run: program.run.map((call, index) => (index === at ? change(call) : call)) };
}
function withLength(name: SectionName, length: number): Program {
  const { sections } = program;
  return { ...program, sections: { ...sections, [name]: { ...sections[name], length } } };
}
function withBuffer(at: number, change: Partial<Buffer>): Program {
  return {
    ...program,
    buffers: program.buffers.map((buffer, index) => (index === at ? { ...buffer, ...change } : buffer)),
  };
}
/** The call takes another place for its first slice. */
function moved(
  call: KernelCall,
  which: 'reads' | 'writes',
  to: { readonly buffer?: number; readonly within?: number },
): KernelCall {
  const [first, ...others] = call[which];
  const same = (argument: KernelCall['arguments'][number]): boolean =>
    argument.kind === 'slice' && argument.buffer === first!.buffer && argument.within === first!.within;
  return {
    ...call,
    [which]: [{ ...first!, ...to }, ...others],
    arguments: call.arguments.map((argument) => (same(argument) ? { ...argument, ...to } : argument)),
  };
}

test('sound programs have no faults', () => {
  expect(problemsOf(program)).toEqual([]);
  for (const [example, name] of [
    ['lenet', 'LeNet'],
    ['googlenet', 'GoogLeNet'],
    ['resnet', 'ResNet18'],
  ] as const) {
    const one = lower(buildExample(example, name), operators, 2);
    expect(verifyProgram(one.program, one.graph, operators)).toEqual([]);
  }
});

describe('values', () => {
  test('a stale alias: another value was written over a part that is read later', () => {
    const other: KernelCall = { ...program.run[callAt('a')]!, nodes: ['d'] };
    const late = { ...program, run: program.run.toSpliced(callAt('sum'), 0, other) };
    expect(problemsOf(late).join('\n')).toMatch(/reads .*, part of which call \d+ \(conv.*\) wrote/);
  });

  test('a call reads what nobody wrote', () => {
    const missing = { ...program, run: program.run.toSpliced(callAt('b'), 1) };
    expect(problemsOf(missing).join('\n')).toContain('nobody wrote');
  });

  test('two calls in the wrong order', () => {
    const [a, b] = [callAt('c'), callAt('sum')];
    const run = program.run.with(a, program.run[b]!).with(b, program.run[a]!);
    expect(problemsOf({ ...program, run })).not.toEqual([]);
  });

  test('a slice at the wrong channel', () => {
    const wrong = withCall(callAt('b'), (call) => moved(call, 'writes', { within: 1 }));
    expect(problemsOf(wrong).join('\n')).toMatch(/nobody wrote|wrote/);
    const beyond = withCall(callAt('b'), (call) => moved(call, 'writes', { within: 3 }));
    expect(problemsOf(beyond).join('\n')).toContain('goes beyond buffer');
  });

  test('a window kernel that writes over its own input', () => {
    const at = callAt('c');
    const wrong = withCall(at, (call) => moved(call, 'writes', { buffer: call.reads[0]!.buffer, within: 0 }));
    expect(problemsOf(wrong).join('\n')).toContain('while it reads it');
  });
});

describe('memory', () => {
  test('buffers that overlap while both are alive', () => {
    const x = program.run[callAt('a')]!.reads[0]!.buffer;
    const same = withBuffer(bufferAt('a'), { offset: program.buffers[x]!.offset });
    expect(problemsOf(same).join('\n')).toContain('overlap in their lifetimes');
    expect(problemsOf(same).join('\n')).toContain('nobody wrote');
  });

  test('buffers that overlap in the one call that ends one lifetime and begins the other', () => {
    const [before, after] = [bufferAt('sum'), bufferAt('d')];
    expect(program.buffers[before]!.to).toBe(program.buffers[after]!.from);
    const same = withBuffer(after, { offset: program.buffers[before]!.offset });
    expect(problemsOf(same).join('\n')).toContain('overlap in their lifetimes');
  });

  test('a lifetime that ends too early', () => {
    expect(problemsOf(withBuffer(bufferAt('a'), { to: callAt('b') })).join('\n')).toContain('outside its lifetime');
  });

  test('an arena that is too small', () => {
    expect(problemsOf(withLength('arena', program.sections.arena.length - 1)).join('\n')).toContain(
      'exceeds the arena',
    );
  });

  test('no scratch memory where a kernel gathers', () => {
    expect(problemsOf(withLength('scratch', 0)).join('\n')).toContain('an empty section, scratch');
  });
});

describe('calls', () => {
  test.each<[string, string, (call: KernelCall) => KernelCall]>([
    ['an argument is missing', 'parameters', (call) => ({ ...call, arguments: call.arguments.slice(1) })],
    ['a memory is not bound', 'is not bound', (call) => ({ ...call, memories: new Map() })],
    ['there is no kernel', 'no such kernel', (call) => ({ ...call, kernel: 'nothing' })],
    [
      'the offset of the weights is too large',
      'weights',
      (call) => ({
        ...call,
        arguments: call.arguments.map((one) => (one.kind === 'constant' ? { ...one, value: 1e6 } : one)),
      }),
    ],
    [
      'the place of the argument is not the declared one',
      'neither reads nor writes',
      (call) => ({
        ...call,
        arguments: call.arguments.map((one) => (one.kind === 'slice' ? { ...one, within: one.within + 1 } : one)),
      }),
    ],
    [
      'memory of another type',
      'bound to f64',
      (call) => ({ ...call, memories: new Map([...call.memories, ['weights', { kind: 'temporary', index: 0 }]]) }),
    ],
  ])('%s', (_, sentence, change) => {
    expect(problemsOf(withCall(callAt('a'), change)).join('\n')).toContain(sentence);
  });

  test('outputs and inputs are copied once', () => {
    expect(problemsOf({ ...program, run: program.run.slice(0, -1) }).join('\n')).toContain(
      'output y is copied 0 times',
    );
    expect(problemsOf({ ...program, run: [program.run[0]!, ...program.run] }).join('\n')).toContain(
      'input x is copied 2 times',
    );
  });

  test('prepare reads no temporary before it is computed', () => {
    const builder = graphBuilder('norm', operators);
    const x = builder.input('x', [2, 4, 4]);
    builder.output('y', builder.node({ op: 'batch_norm', name: 'norm', inputs: [x] })[0]);
    const normal = lower(builder.finish(), operators, 2);
    expect(verifyProgram(normal.program, normal.graph, operators)).toEqual([]);
    const swapped = { ...normal.program, prepare: normal.program.prepare.toReversed() };
    expect(verifyProgram(swapped, normal.graph, operators).join('\n')).toContain('before it is computed');
  });
});

test('an input that two concatenations hold is read by the one, and overwritten in the other', () => {
  const builder = graphBuilder('net', operators);
  const x = builder.input('x', [5, 3, 4]);
  const z = builder.input('z', [1, 3, 4]);
  const [wide] = builder.node({ op: 'concat', name: 'wide', inputs: [x, z, z, x] });
  const [square] = builder.node({ op: 'mul', name: 'square', inputs: [z, z] });
  const [pair] = builder.node({ op: 'concat', name: 'pair', inputs: [square, z] });
  const [c] = builder.node({ op: 'conv', name: 'c', inputs: [wide], attributes: { channels: 2, kernel: 1 } });
  const [sum] = builder.node({ op: 'add', name: 'sum', inputs: [pair, c] });
  builder.output('y', sum);
  const both = lower(builder.finish(), operators, 2);
  const call = both.program.run.find(({ nodes }) => nodes.includes('sum'))!;
  expect(call.reads.some(({ buffer }) => buffer === call.writes[0]!.buffer)).toBe(true);
  expect(verifyProgram(both.program, both.graph, operators)).toEqual([]);
});
