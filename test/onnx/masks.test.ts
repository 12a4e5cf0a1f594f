// Comparisons of numbers that are known only when the network runs, on the interpreter and on both targets. What is expected are the
// comparisons themselves.

import { expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { moduleOf, runModule, runOracle, weightsFile } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';
import type { NodeInit } from './models.ts';

// Equal, apart by the smallest difference there is, beyond each other's range, and zeros of both signs.
const x = [1, 1, 2 ** -149, 2 ** 127, -0, -(2 ** 127), 0, -7, 0.25];
const z = [1, Math.fround(1 + 2 ** -23), 2 ** -148, -(2 ** 127), 0, 2 ** 127, 2 ** -149, -8, 0.25];

const constants = [
  floats('quarter', [], [0.25]),
  floats('zero', [], [0]),
  floats('tenth', [], [0.1]),
  { name: 'left', dims: [3n], dataType: dataTypes.bool, int32Data: [1, 0, 0] },
  floats('seven', [], [7]),
  ints('row', [0, 1, 9]),
  ints('one', [1]),
  ints('two', [2]),
  { name: 'odd', dims: [1n, 3n, 3n], dataType: dataTypes.bool, int32Data: [0, 1, 0, 1, 0, 1, 0, 1, 0] },
];

function read(nodes: readonly NodeInit[], dims: readonly number[] = [1, 3, 3]) {
  return importOnnx(
    modelBytes({
      name: 'g',
      input: [border('x', ['n', ...dims]), border('z', ['n', ...dims])],
      output: [{ name: 'y' }],
      initializer: constants,
      node: [...nodes],
    }),
  );
}

async function computed(nodes: readonly NodeInit[], first = x): Promise<readonly (readonly number[])[]> {
  const imported = read(nodes);
  if ('problems' in imported) throw new Error(imported.problems.map(({ what }) => what).join('; '));
  const { graph } = imported.network;
  const inputs = new Map(graph.inputs.map(({ name }) => [name, Float32Array.from(name === 'x' ? first : z)]));
  const feeds = { inputs, parameters: new Map([...imported.weights].map(([k, { data }]) => [k, data])), batch: 1 };
  const runs = [runOracle(graph, feeds).outputs];
  for (const target of ['js', 'wasm'] as const) {
    const module = moduleOf(compileNetwork({ graph }, { target }).program);
    runs.push((await runModule(module, weightsFile(graph, feeds.parameters), feeds, 1)) as (typeof runs)[number]);
  }
  return runs.map((outputs) => Array.from([...outputs.values()][0]!, (value) => value + 0));
}

async function check(
  nodes: readonly NodeInit[],
  expected: (a: number, b: number, at: number) => number,
): Promise<void> {
  const numbers = x.map((value, at) => expected(value, z[at]!, at) + 0);
  expect(await computed(nodes)).toEqual([numbers, numbers, numbers]);
}

const numbers = (condition: string): NodeInit => node('Cast', [condition], ['y'], { to: 1 });

test.each([
  ['Greater', (a: number, b: number) => a > b],
  ['GreaterOrEqual', (a: number, b: number) => a >= b],
  ['Less', (a: number, b: number) => a < b],
  ['LessOrEqual', (a: number, b: number) => a <= b],
  ['Equal', (a: number, b: number) => a === b],
] as const)('%s of two values, and of a value and a number', async (op, holds) => {
  await check([node(op, ['x', 'z'], ['c']), numbers('c')], (a, b) => Number(holds(a, b)));
  await check([node(op, ['x', 'quarter'], ['c']), numbers('c')], (a) => Number(holds(a, 0.25)));
  await check([node(op, ['zero', 'x'], ['c']), numbers('c')], (a) => Number(holds(0, a)));
});

test('a number of f32 that is no short decimal is compared to its last bit', async () => {
  const tenths = [0, 1, -1].map((step) => Math.fround(0.1) + step * 2 ** -27);
  const values = [...tenths, ...tenths, ...tenths];
  for (const [op, holds] of [
    ['Greater', (a: number) => a > tenths[0]!],
    ['GreaterOrEqual', (a: number) => a >= tenths[0]!],
    ['Equal', (a: number) => a === tenths[0]!],
  ] as const) {
    const expected = values.map((value) => Number(holds(value)));
    const nodes = [node(op, ['x', 'tenth'], ['c']), numbers('c')];
    expect(await computed(nodes, values)).toEqual([expected, expected, expected]);
  }
});

test.each([
  ['And', (a: boolean, b: boolean) => a && b],
  ['Or', (a: boolean, b: boolean) => a || b],
  ['Xor', (a: boolean, b: boolean) => a !== b],
] as const)('%s of conditions, and Not', async (op, holds) => {
  const conditions = [
    node('Greater', ['x', 'zero'], ['a']),
    node('Less', ['x', 'z'], ['b']),
    node(op, ['a', 'b'], ['c']),
  ];
  await check([...conditions, numbers('c')], (a, b) => Number(holds(a > 0, a < b)));
  await check([...conditions, node('Not', ['c'], ['d']), numbers('d')], (a, b) => Number(!holds(a > 0, a < b)));
});

test('Where chooses by them', async () => {
  const less = node('Less', ['x', 'z'], ['c']);
  await check([less, node('Where', ['c', 'x', 'z'], ['y'])], (a, b) => (a < b ? a : b));
  await check([less, node('Where', ['c', 'seven', 'x'], ['y'])], (a, b) => (a < b ? 7 : a));
  const nonzero = node('Cast', ['x'], ['c'], { to: 9 });
  await check([nonzero, node('Where', ['c', 'z', 'seven'], ['y'])], (a, b) => (a === 0 ? 7 : b));
  // Between conditions, by one that is known.
  const [greater, equal] = [node('Greater', ['x', 'zero'], ['a']), node('Equal', ['x', 'z'], ['b'])];
  const chosen = node('Where', ['odd', 'a', 'b'], ['c']);
  await check([greater, equal, chosen, numbers('c')], (a, b, at) => Number(at % 2 === 1 ? a > 0 : a === b));
});

test('Where chooses between conditions that are known, too', async () => {
  const nodes = [
    node('Less', ['x', 'z'], ['c']),
    node('Where', ['c', 'left', 'odd'], ['d']),
    node('Not', ['d'], ['e']),
  ];
  await check([...nodes, numbers('e')], (a, b, at) => 1 - (a < b ? Number(at % 3 === 0) : at % 2));
});

test('what moves conditions gives conditions', async () => {
  const moved = [
    node('Greater', ['x', 'quarter'], ['c']),
    node('Reshape', ['c', 'row'], ['d']),
    node('Not', ['d'], ['e']),
  ];
  await check([...moved, numbers('e')], (a) => Number(a <= 0.25));
  const joint = [node('Greater', ['x', 'quarter'], ['c']), node('Less', ['x', 'z'], ['d'])];
  const second = [node('Concat', ['c', 'd'], ['e'], { axis: 1 }), node('Slice', ['e', 'one', 'two', 'one'], ['f'])];
  await check([...joint, ...second, numbers('f')], (a, b) => Number(a < b));
});

test('peaks of a map are where it is the maximum around it, as CenterNet finds them', () => {
  const imported = read([
    node('MaxPool', ['x'], ['p'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node('Equal', ['p', 'x'], ['c']),
    node('Cast', ['c'], ['m'], { to: 1 }),
    node('Mul', ['x', 'm'], ['y']),
  ]);
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  const map = Float32Array.of(1, 2, 1, 0, 1, 0, 5, 1, 0.5);
  const { outputs } = runOracle(imported.network.graph, {
    inputs: new Map([['x', map]]),
    parameters: new Map(),
    batch: 1,
  });
  expect(Array.from([...outputs.values()][0]!, (value) => value + 0)).toEqual([0, 2, 0, 0, 0, 0, 5, 0, 0]);
});

test('conditions are no numbers', () => {
  const greater = node('Greater', ['x', 'quarter'], ['y']);
  const said = (nodes: readonly NodeInit[]) => {
    const imported = read(nodes);
    return 'problems' in imported ? imported.problems.map(({ what, mend }) => `${what}: ${mend}`) : [];
  };
  expect(said([greater])).toEqual([
    'the output "y" is whether something holds, and networks give numbers: put a Cast to FLOAT before it',
  ]);
  expect(said([node('Greater', ['x', 'z'], ['c']), node('Add', ['c', 'x'], ['y'])])).toEqual([
    'it computes with whether something holds: put a Cast to FLOAT before it, which makes 0 and 1 of it',
  ]);
});
