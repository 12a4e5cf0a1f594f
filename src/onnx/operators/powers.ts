// Pow by exponents that are known: one for all numbers, or parts of the value each by its own.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { countOf, spreadConstant } from '../constant.ts';
import type { Constant } from '../constant.ts';
import type { Flow, Operand } from '../flow.ts';
import { refuse } from '../problem.ts';
import { broadcastDims } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { besideValue, folded, laid } from './arithmetic.ts';
import { grown } from './growing.ts';

/** Neighbours with the same exponent are one part. */
const MAX_PARTS = 256;
const MAX_NUMBERS = 2 ** 20;

const pow: Importer = (site) => {
  const base = site.operand(0);
  const given = site.optional(1);
  if (given?.is === 'flow' && given.input === undefined) refuseExponent(base);
  const exponent = laid(site, base, site.constant(1, 'the exponent'));
  if (base.is === 'constant') return [folded((x, y) => x ** y, base, exponent)];
  if (countOf(exponent.dims) === 1 && exponent.dims.length <= base.dims.length + site.outer)
    return [site.result(power(site, base.value, exponent.data[0]!), base.dims)];
  return [byParts(site, base, besideValue(site, exponent, base.dims.length))];
};

/** Of exponents that flow, the graph has those of e alone. */
function refuseExponent(base: Operand): never {
  const number = base.is === 'constant' && countOf(base.dims) === 1 ? base.data[0]! : 0;
  return refuse(
    'its exponent is known only when the network runs',
    number > 0
      ? `write it as exp(${Math.fround(Math.log(number)).toPrecision(8)} · x), which is the same but for rounding`
      : 'write it as exp(ln(a) · x), where the base a is above 0',
  );
}

function power(site: Site, value: ValueId, exponent: number): ValueId {
  return exponent === 0.5 ? site.apply('sqrt', [value]) : site.apply('pow', [value], { exponent });
}

/** The value as one row, cut where the exponent changes. */
function byParts(site: Site, base: Flow, exponent: Constant): Flow {
  const dims = broadcastDims(base.dims, exponent.dims);
  if (countOf(dims) > MAX_NUMBERS)
    refuse(
      `its exponents differ, and it has ${countOf(dims)} numbers`,
      `at most ${MAX_NUMBERS} can have exponents of their own`,
    );
  const exponents = spreadConstant(exponent, dims).data;
  const starts = [...exponents.keys()].filter((at) => at === 0 || exponents[at] !== exponents[at - 1]);
  if (starts.length > MAX_PARTS)
    refuse(
      `its exponents differ in ${starts.length} parts`,
      `at most ${MAX_PARTS} parts can have exponents of their own`,
    );
  const row = site.shaped(grown(site, base.value, base.dims, dims), [countOf(dims)]);
  if (starts.length === 1) return site.result(power(site, row, exponents[0]!), dims);
  const sizes = starts.map((start, part) => (starts[part + 1] ?? exponents.length) - start);
  const parts = site.applyAll('split', [row], { sizes, along: 'channels' });
  const powers = parts.map((part, at) => power(site, part, exponents[starts[at]!]!));
  return site.result(site.apply('concat', powers, { along: 'channels' }), dims);
}

export const powers = { Pow: pow } satisfies Record<string, Importer>;
