// Comparisons of values that are known only when the network runs, and what reads them. The graph has no booleans: 1 stands for true and
// 0 for false, by arithmetic that is exact for finite numbers.

import type { Attributes } from '../../../compiler/ir/graph.ts';
import type { Flow, Operand } from '../flow.ts';
import type { Site } from '../site.ts';
import { larger, smaller, subtracted } from './arithmetic.ts';

/** Twice this power takes the smallest difference of two f32 above 1, and a half above all of them. */
const LARGE = 2 ** 100;
const NOTE = 'comparisons are 0 or 1 by arithmetic: those of NaN, or of two infinities, are NaN';

/** What differs from the file where Where chooses values that are computed. */
const CHOSEN = 'where Where chooses by a condition, NaN stays NaN, chosen or not';

/** Whether a > b, for each pair of numbers of which one flows. */
export function greater(site: Site, a: Operand, b: Operand): Flow {
  return positive(site, difference(site, a, b));
}

/** Whether a ≠ b. */
export function unequal(site: Site, a: Operand, b: Operand): Flow {
  return nonzero(site, difference(site, a, b));
}

/** a − b, of which one flows: a number that is known is the file's to its last bit. */
const difference = (site: Site, a: Operand, b: Operand): Flow =>
  subtracted({ ...site, apply: site.exactly }, asNumbers(site, a), asNumbers(site, b)) as Flow;

/** Whether numbers are not 0. */
export const nonzero = (site: Site, value: Flow): Flow => positive(site, changed(site, value, 'abs'));

/** Whether numbers are above 0. */
function positive(site: Site, value: Flow): Flow {
  site.note(NOTE);
  const within = { min: 0, max: 1 };
  const once = changed(site, changed(site, value, 'times', { factor: LARGE }), 'clip', within);
  return asMask(changed(site, changed(site, once, 'times', { factor: LARGE }), 'clip', within));
}

/** Not a. */
export function negated(site: Site, mask: Flow): Flow {
  return asMask(changed(site, asNumbers(site, mask) as Flow, 'subtracted_from', { number: 1 }));
}

/** Whether a and b hold, or a or b. */
export function joined(site: Site, by: 'and' | 'or', a: Operand, b: Operand): Flow {
  const join = by === 'and' ? smaller : larger;
  return asMask(join(site, asNumbers(site, a), asNumbers(site, b)) as Flow);
}

/** One value where the mask is 1, another where it is 0: what is not chosen is held below everything, and the larger one is taken. */
export function selected(site: Site, mask: Flow, then: Operand, otherwise: Operand): Operand {
  site.note(CHOSEN);
  const half = changed(site, asNumbers(site, mask) as Flow, 'plus', { number: -0.5 });
  const bound = changed(site, changed(site, half, 'times', { factor: LARGE }), 'times', { factor: LARGE });
  const rest = changed(site, bound, 'neg');
  const [a, b] = [asNumbers(site, then), asNumbers(site, otherwise)];
  const result = larger(site, smaller(site, a, bound), smaller(site, b, rest));
  return isCondition(then) || isCondition(otherwise) ? asMask(result as Flow) : result;
}

/** Whether an operand is a condition. */
const isCondition = (operand: Operand): boolean =>
  isMask(operand) || (operand.is === 'constant' && operand.kind === 'bool');

/** Whether an operand is a condition that flows. */
export const isMask = (operand: Operand): operand is Flow =>
  operand.is === 'flow' && (operand.about?.says === 'mask' || operand.about?.says === 'above');

/** A condition that flows as 0 and 1; anything else as it is. */
export function asNumbers(site: Site, operand: Operand): Operand {
  if (!isMask(operand)) return operand;
  const { about, ...numbers } = operand;
  if (about?.says !== 'above') return numbers;
  const apart = site.exactly('plus', [numbers.value], { number: -about.number });
  return asNumbers(site, positive(site, { ...numbers, value: apart }));
}

/** Numbers that are 0 and 1 as a condition. */
export const asMask = (flow: Flow): Flow => ({ ...flow, about: { says: 'mask' } });

const changed = (site: Site, flow: Flow, op: string, attributes?: Attributes): Flow => ({
  ...flow,
  value: site.helper(op, [flow.value], attributes),
});
