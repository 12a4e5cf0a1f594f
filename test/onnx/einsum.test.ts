// Einsum against NumPy's definition, Σ over the letters that the result lacks, in loops of its own.

import { expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, modelBytes, node } from './models.ts';

const extents: Readonly<Record<string, number>> = { n: 1, c: 2, h: 3, w: 2, d: 4, k: 3, q: 2 };
const dimsOf = (letters: string): readonly number[] => [...letters].map((letter) => extents[letter]!);
const countOf = (dims: readonly number[]): number => dims.reduce((product, extent) => product * extent, 1);
const numbers = (count: number, seed: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => ((at * 5 + seed) % 7) - 3);

/** For each element of the result, the sum over all values of the letters. */
function summed(terms: readonly string[], result: string, operands: readonly (readonly number[])[]): readonly number[] {
  const letters = [...new Set(terms.join(''))];
  const sums = Array<number>(countOf(dimsOf(result))).fill(0);
  const places = countOf(dimsOf(letters.join('')));
  for (let place = 0; place < places; place += 1) {
    let rest = place;
    const values = new Map(
      letters.map((letter) => {
        const value = rest % extents[letter]!;
        rest = Math.floor(rest / extents[letter]!);
        return [letter, value];
      }),
    );
    const offset = (term: string): number =>
      [...term].reduce((at, letter) => at * extents[letter]! + values.get(letter)!, 0);
    sums[offset(result)]! += terms.reduce((product, term, at) => product * operands[at]![offset(term)]!, 1);
  }
  return sums;
}

function einsumModel(equation: string, terms: readonly string[], operands: readonly (readonly number[])[]): Uint8Array {
  const [x, ...others] = terms.map((term, at) => ({ name: `t${at}`, dims: dimsOf(term), data: operands[at]! }));
  return modelBytes({
    input: [border('t0', ['n', ...x!.dims.slice(1)])],
    output: [border('y', [])],
    initializer: others.map(({ name, dims, data }) => floats(name, dims, data)),
    node: [
      node(
        'Einsum',
        [x!, ...others].map(({ name }) => name),
        ['y'],
        { equation },
      ),
    ],
  });
}

function computed(
  equation: string,
  terms: readonly string[],
  operands: readonly (readonly number[])[],
  model = einsumModel(equation, terms, operands),
) {
  const imported = importOnnx(model);
  if ('problems' in imported) return imported.problems.map(({ what }) => what).join('; ');
  const { outputs } = runOracle(imported.network.graph, {
    inputs: new Map([[imported.network.graph.inputs[0]!.name, Float32Array.from(operands[0]!)]]),
    parameters: new Map([...imported.weights].map(([name, { data }]) => [name, data])),
    batch: 1,
  });
  // Without the sign of 0, which sums that begin with 0 lose.
  return Array.from([...outputs.values()][0]!, (value) => value + 0);
}

test.each([
  ['nchw,cd->ndhw', 'ndhw'],
  ['nchw,wk->nchk', 'nchk'],
  ['nchw,chk->ncwk', 'ncwk'],
  ['nchw,c->nchw', 'nchw'],
  ['nchw,dk->nchwdk', 'nchwdk'],
  ['nchw->nwc', 'nwc'],
  ['nchw,cd,hk->nwdk', 'nwdk'],
  ['nhw, wk', 'hkn'],
  ['nhw,kd->nhwk', 'nhwk'],
  ['nhw,kd->nhw', 'nhw'],
  ['nhw,kwd->nkh', 'nkh'],
  ['nhw,kd,dq->nhwkq', 'nhwkq'],
])('%s', (equation, result) => {
  const terms = equation.split('->')[0]!.replaceAll(' ', '').split(',');
  const operands = terms.map((term, at) => numbers(countOf(dimsOf(term)), at));
  const expected = summed(terms, result, operands);
  expect(computed(equation, terms, operands)).toEqual(expected);
});

test('constants before what flows, of which one has an axis of its own', () => {
  const terms = ['nhw', 'kd', 'dq'];
  const operands = terms.map((term, at) => numbers(countOf(dimsOf(term)), at));
  const model = modelBytes({
    input: [border('x', ['n', 3, 2])],
    output: [{ name: 'y' }],
    initializer: [floats('a', dimsOf('kd'), operands[1]!), floats('b', dimsOf('dq'), operands[2]!)],
    node: [node('Einsum', ['a', 'b', 'x'], ['y'], { equation: 'kd,dq,nhw->nqh' })],
  });
  expect(computed('', terms, operands, model)).toEqual(summed(terms, 'nqh', operands));
});

test.each([
  ['an axis twice', 'nhh->nh', ['nhk'], /for an operand of 3 axes/],
  ['axes that are not there', 'nhwk->nh', ['nhw'], /for an operand of 3 axes/],
  ['extents that differ', 'nhw,hk->nwk', ['nhw', 'wk'], /its axis h has 3 and 2 elements/],
  ['a letter of the result alone', 'nhw->nhq', ['nhw'], /axes that no operand has/],
  ['no equation', 'nhw-nh', ['nhw'], /its equation is/],
] as const)('refused: %s', (_, equation, terms, expected) => {
  const operands = terms.map((term) => numbers(countOf(dimsOf(term)), 1));
  expect(computed(equation, terms, operands)).toMatch(expected);
});
