// Comparisons, choices and the rest of the arithmetic on shapes, where what decides over shapes is known; and the same of values that
// flow, which masks.ts writes.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { constantOf, countOf, mapped, numbersOf, spreadConstant } from '../constant.ts';
import type { Constant } from '../constant.ts';
import type { Flow, Operand } from '../flow.ts';
import { scaleOf } from '../idioms/parts.ts';
import { imagesCounted, refuse } from '../problem.ts';
import { broadcastDims } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { larger, smaller } from './arithmetic.ts';
import { asMask, asNumbers, greater, isMask, joined, negated, selected, unequal } from './masks.ts';
import { softplusOf } from '../softplus.ts';

/** Operand `at`, which may count images. */
function constantOperand(site: Site, at: number): Constant {
  const operand = site.operand(at);
  if (operand.is === 'flow' && operand.input === undefined)
    refuse(
      'it works on numbers that are known only when the network runs, and is supported for constants alone',
      'write this part of the network with other operators, or cut the model before it',
    );
  return site.constant(at, `operand ${at}`);
}

/** Operand `at`, which must not depend on what flows, nor on the number of images. */
export function known(site: Site, at: number): Constant {
  const operand = constantOperand(site, at);
  if (operand.perImage) throw imagesCounted();
  return operand;
}

/** The operand's elements in the shape that all of them broadcast to. */
function spread(tensor: Constant, dims: readonly number[]): ArrayLike<number> {
  return spreadConstant(tensor, dims).data;
}

const comparison =
  (
    holds: (left: number, right: number) => boolean,
    ofValues: (site: Site, left: Operand, right: Operand) => Flow,
  ): Importer =>
  (site) => {
    const [a, b] = [site.operand(0), site.operand(1)];
    if (a.is === 'flow' || b.is === 'flow') return [ofValues(site, a, b)];
    return [compared(a, b, holds)];
  };

function compared(left: Constant, right: Constant, holds: (left: number, right: number) => boolean): Constant {
  const dims = broadcastDims(left.dims, right.dims);
  const make = (): Float64Array => {
    const [a, b] = [spread(left, dims), spread(right, dims)];
    const [more, others] = [factors(left, dims), factors(right, dims)];
    return Float64Array.from({ length: countOf(dims) }, (_, at) => {
      const slope = more[at]! - others[at]!;
      if (slope === 0) return Number(holds(a[at]!, b[at]!));
      // Both sides are equal for this number of images; where it is less than one, one side is always larger.
      if ((b[at]! - a[at]!) / slope >= 1) throw imagesCounted();
      return Number(holds(Math.sign(slope), 0));
    });
  };
  if (!left.perImage && !right.perImage) return constantOf('', dims, 'bool', make);
  const numbers = make();
  return constantOf('', dims, 'bool', () => numbers);
}

/** By how much each element grows with the number of images. */
const factors = (tensor: Constant, dims: readonly number[]): ArrayLike<number> =>
  tensor.perImage
    ? spread(
        constantOf('', tensor.dims, 'int64', () => tensor.perImage!),
        dims,
      )
    : new Float64Array(countOf(dims));

/** Whether numbers of operand `at` are above one that is known, which Where can ask for; all else is of constants. */
const above =
  (at: 0 | 1): Importer =>
  (site) => {
    const [value, other] = [site.operand(at), site.operand(1 - at)];
    const isNumber = other.is === 'constant' && !other.perImage && countOf(other.dims) === 1;
    if (value.is === 'flow' && isNumber && other.dims.length <= value.dims.length + site.outer)
      return [{ ...value, about: { says: 'above', number: other.data[0]! } }];
    return at === 0
      ? comparison((a, b) => a > b, greater)(site)
      : comparison(
          (a, b) => a < b,
          (own, a, b) => greater(own, b, a),
        )(site);
  };

const unary =
  (change: (value: number) => number): Importer =>
  (site) => [mapped(known(site, 0), change)];

const not: Importer = (site) => {
  const operand = site.operand(0);
  return operand.is === 'flow' ? [negated(site, operand)] : unary((value) => Number(value === 0))(site);
};

const where: Importer = (site) => {
  const condition = site.operand(0);
  if (isMask(condition)) {
    const softplus =
      condition.about?.says === 'above'
        ? thresholdedSoftplus(site, condition.value, condition.about.number)
        : undefined;
    return [softplus ?? selected(site, condition, site.operand(1), site.operand(2))];
  }
  const [then, otherwise] = [site.operand(1), site.operand(2)];
  if (then.is === 'constant' && otherwise.is === 'constant') return [chosen(site)];
  const result = mixed(site, known(site, 0), asNumbers(site, then), asNumbers(site, otherwise)) as Flow;
  return [isMask(then) || isMask(otherwise) ? asMask(result) : result];
};

const MOST = (2 - 2 ** -23) * 2 ** 127;
const HELD = 'where Where chooses values, infinite ones become ±3.4e38, and NaN stays NaN, chosen or not';

/** Of values, by a condition that is known: what is not chosen is held below everything, and the larger one is taken. */
function mixed(site: Site, condition: Constant, then: Operand, otherwise: Operand): Operand {
  const rest = mapped(condition, (value) => Number(value === 0));
  if (then.is === 'constant') return replaced(site, otherwise, condition, then);
  if (otherwise.is === 'constant') return replaced(site, then, rest, otherwise);
  site.note(HELD);
  return larger(
    site,
    smaller(site, then, choice(condition, numberOf(MOST), numberOf(-MOST))),
    smaller(site, otherwise, choice(rest, numberOf(MOST), numberOf(-MOST))),
  );
}

/**
 * A value with a constant where a condition says so: there, it is held between this constant and itself. Elsewhere it is held between
 * finite numbers, unless the weights cannot be finite anyway: of infinite ones, `cnnc` warns.
 */
function replaced(site: Site, value: Operand, condition: Constant, by: Constant): Operand {
  const isFinite = by.data.every(Number.isFinite);
  if (isFinite) site.note(HELD);
  const bound = isFinite ? MOST : Infinity;
  const below = smaller(site, value, choice(condition, by, numberOf(bound)));
  return larger(site, below, choice(condition, by, numberOf(-bound)));
}

const numberOf = (value: number): Constant => constantOf('', [], 'float', () => Float32Array.of(value));

/** x where beta · x, which is `z`, is above the threshold, and the curve of softplus elsewhere; undefined where it is something else. */
function thresholdedSoftplus(site: Site, z: ValueId, threshold: number): Flow | undefined {
  const [x, curve] = [site.operand(1), site.operand(2)];
  const found = curve.is === 'flow' ? softplusOf(site.madeBy, curve.value) : undefined;
  const scaled = site.madeBy(z);
  const isScaled =
    z === found?.x ? found.beta === 1 : scaled?.operands[0] === found?.x && scaled && scaleOf(scaled) === found?.beta;
  if (x.is !== 'flow' || x.value !== found?.x || !isScaled) return undefined;
  return site.result(site.apply('softplus', [x.value], { beta: found.beta, threshold }), x.dims);
}

const chosen = (site: Site): Constant => choice(known(site, 0), constantOperand(site, 1), constantOperand(site, 2));

/** The elements of one constant where the condition holds, and those of the other elsewhere. */
function choice(condition: Constant, then: Constant, otherwise: Constant): Constant {
  const dims = [condition, then, otherwise].map((tensor) => tensor.dims).reduce(broadcastDims);
  const picked = (of: (tensor: Constant) => ArrayLike<number>): Float64Array => {
    const [which, a, b] = [spread(condition, dims), of(then), of(otherwise)];
    return Float64Array.from({ length: countOf(dims) }, (_, at) => (which[at] === 0 ? b[at]! : a[at]!));
  };
  const perImage = then.perImage || otherwise.perImage ? picked((tensor) => factors(tensor, dims)) : undefined;
  return constantOf('', dims, then.type, () => picked((tensor) => spread(tensor, dims)), perImage);
}

const MAX_RANGE = 2 ** 20;

const range: Importer = (site) => {
  const [start, limit, delta] = [0, 1, 2].map((at) => known(site, at).data[0] ?? NaN) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= MAX_RANGE)) refuse(`it counts ${count} numbers`, `at most ${MAX_RANGE} can be counted`);
  const { type } = known(site, 0);
  return [constantOf('', [count], type, () => numbersOf(type, new Float64Array(count), (_, at) => start + at * delta))];
};

/** Elements of a value; per image where axis 0 is the batch. */
const size: Importer = (site) => {
  const operand = site.operand(0);
  const count = countOf(operand.dims);
  const isPerImage = operand.is === 'flow' && site.outer === 1;
  const make = (): Float64Array => Float64Array.of(isPerImage ? 0 : count);
  return [constantOf('', [], 'int64', make, isPerImage ? Float64Array.of(count) : undefined)];
};

export const logic = {
  Equal: comparison(
    (a, b) => a === b,
    (site, a, b) => negated(site, unequal(site, a, b)),
  ),
  Greater: above(0),
  GreaterOrEqual: comparison(
    (a, b) => a >= b,
    (site, a, b) => negated(site, greater(site, b, a)),
  ),
  Less: above(1),
  LessOrEqual: comparison(
    (a, b) => a <= b,
    (site, a, b) => negated(site, greater(site, a, b)),
  ),
  And: comparison(
    (a, b) => a !== 0 && b !== 0,
    (site, a, b) => joined(site, 'and', a, b),
  ),
  Or: comparison(
    (a, b) => a !== 0 || b !== 0,
    (site, a, b) => joined(site, 'or', a, b),
  ),
  Not: not,
  Xor: comparison((a, b) => (a !== 0) !== (b !== 0), unequal),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Where: where,
  Range: range,
  Size: size,
} satisfies Record<string, Importer>;
