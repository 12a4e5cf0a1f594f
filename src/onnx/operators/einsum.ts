// Einsum as products of matrices: axes that both operands and the result have are places of pairs, those that the result lacks are summed
// over, and the rest are rows and columns (as in onnx/reference/ops/op_einsum.py and NumPy's einsum).

import { constantOf, countOf, numbersOf, offsets, reshapedConstant, stridesOf, transposed } from '../constant.ts';
import type { Constant } from '../constant.ts';
import type { Flow, Operand } from '../flow.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import { along } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { multiplied } from './arithmetic.ts';
import { permuted } from './permuting.ts';
import { product } from './products.ts';

/** A letter for each axis; of values without the batch. */
interface Labelled {
  readonly operand: Operand;
  readonly labels: readonly string[];
}

const einsum: Importer = (site) => {
  const given = Array.from({ length: site.count }, (_, at) => site.operand(at));
  const { inputs, output } = lettersOf(site, given);
  const result = site.outer === 1 ? output.slice(1) : output;
  // What flows is first, so that each constant is joined with it and not with another one.
  const [first, ...others] = withoutBatch(site, given, inputs, output).toSorted(
    (a, b) => Number(a.operand.is === 'constant') - Number(b.operand.is === 'constant'),
  );
  requireExtents([first!, ...others]);
  const whole = others.reduce((left, right, at) => {
    const later = others.slice(at + 1).flatMap(({ labels }) => labels);
    return joined(site, left, right, new Set([...result, ...later]));
  }, first!);
  if (whole.operand.is === 'constant') return refuse('its operands are constants', 'simplify the model before');
  const { operand } = turned(site, summed(site, whole, new Set(result)), result);
  return [operand];
};

/** The letters of each operand and of the result; an ellipsis is letters that no equation has. */
function lettersOf(site: Site, given: readonly Operand[]) {
  const equation = site.attributes.text('equation', '').replaceAll(' ', '');
  const match = /^([a-zA-Z.,]*)(->([a-zA-Z.]*))?$/.exec(equation);
  const terms = match?.[1]!.split(',') ?? [];
  if (!match || terms.length !== given.length || given.length === 0)
    return refuse(`its equation is ${JSON.stringify(equation.slice(0, 80))}`, 'see whether the model runs elsewhere');
  const rank = ({ is, dims }: Operand): number => dims.length + (is === 'flow' ? site.outer : 0);
  const spread = terms.map((term, at) => (term.includes('...') ? rank(given[at]!) - (term.length - 3) : 0));
  const rest = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `.${count - at}`);
  const letters = (term: string, count: number): readonly string[] =>
    term.split('...').flatMap((part, at) => [...(at === 1 ? rest(count) : []), ...part]);
  const inputs = terms.map((term, at) => letters(term, spread[at]!));
  const wrong = inputs.findIndex((own, at) => own.length !== rank(given[at]!) || new Set(own).size < own.length);
  if (wrong >= 0)
    refuse(
      `its equation has ${JSON.stringify(terms[wrong]!.slice(0, 80))} for an operand of ${rank(given[wrong]!)} axes`,
      'write it with other operators',
    );
  const all = terms.join('').replaceAll(/[.,]/g, '');
  const once = [...new Set(all)].filter((one) => all.split(one).length === 2).toSorted();
  const output = match[2] === undefined ? `...${once.join('')}` : match[3]!;
  return { inputs, output: letters(output, Math.max(...spread)) };
}

/** Axis 0 of all values must be the same axis, and that of the result. */
function withoutBatch(
  { outer }: Site,
  given: readonly Operand[],
  inputs: readonly (readonly string[])[],
  output: readonly string[],
): readonly Labelled[] {
  return given.map((operand, at) => {
    const [first, ...others] = inputs[at]!;
    if (outer === 0) return { operand, labels: inputs[at]! };
    const isKept = operand.is === 'flow' ? first === output[0] : !inputs[at]!.includes(output[0]!);
    if (!isKept) throw new BatchRefusal('it works along the batch', 'export the model with a batch of one image');
    return { operand, labels: operand.is === 'flow' ? others : inputs[at]! };
  });
}

function requireExtents(given: readonly Labelled[]): void {
  const extents = new Map<string, number>();
  for (const { operand, labels } of given) {
    for (const [axis, label] of labels.entries()) {
      const [known, extent] = [extents.get(label), operand.dims[axis]!];
      if (known !== undefined && known !== extent)
        refuse(`its axis ${label} has ${known} and ${extent} elements`, 'see whether the model runs elsewhere');
      extents.set(label, extent);
    }
  }
}

/** Without the axes that are not needed. */
function summed(site: Site, { operand, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const gone = labels.filter((label) => !needed.has(label));
  if (gone.length === 0) return { operand, labels };
  const kept = labels.filter((label) => needed.has(label));
  if (operand.is === 'constant') return { operand: summedConstant(operand, labels, kept), labels: kept };
  let { value, dims } = operand;
  for (const label of gone) {
    const axis = labels.indexOf(label);
    const { shape, name } = along(dims, axis, site.shapeOf(value));
    value = site.helper('reduce', [site.shaped(value, shape)], { operation: 'sum', over: name });
    dims = dims.with(axis, 1);
  }
  return {
    operand: site.result(
      value,
      dims.filter((_, axis) => needed.has(labels[axis]!)),
    ),
    labels: kept,
  };
}

/** The sums of a constant over the axes that are not kept, which stay in their order. */
function summedConstant({ dims, type, data }: Constant, labels: readonly string[], kept: readonly string[]): Constant {
  const own = kept.map((label) => dims[labels.indexOf(label)]!);
  const strides = stridesOf(own);
  const steps = labels.map((label) => (kept.includes(label) ? strides[kept.indexOf(label)]! : 0));
  return constantOf('', own, type, () => {
    const sums = new Float64Array(countOf(own));
    let at = 0;
    for (const place of offsets(dims, steps)) sums[place]! += data[at++]!;
    return numbersOf(type, sums);
  });
}

/** With its axes in another order. */
function turned(site: Site, { operand, labels }: Labelled, order: readonly string[]): Labelled {
  const axes = order.map((label) => labels.indexOf(label));
  if (axes.includes(-1) || axes.length !== labels.length)
    refuse('its result has axes that no operand has', 'see whether the model runs elsewhere');
  if (axes.every((axis, at) => axis === at)) return { operand, labels };
  if (operand.is === 'constant') return { operand: transposed(operand, axes), labels: order };
  const dims = axes.map((axis) => operand.dims[axis]!);
  return { operand: site.result(permuted(site, operand, axes), dims), labels: order };
}

const reshaped = (operand: Operand, dims: readonly number[]): Operand =>
  operand.is === 'flow' ? { ...operand, dims } : reshapedConstant(operand, dims);

/** One operand of two, in which the axes that nothing else needs are summed over. */
function joined(site: Site, one: Labelled, other: Labelled, needed: ReadonlySet<string>): Labelled {
  const [first, second] = one.operand.is === 'flow' ? [one, other] : [other, one];
  const left = summed(site, first, new Set([...needed, ...second.labels]));
  const right = summed(site, second, new Set([...needed, ...first.labels]));
  const common = left.labels.filter((label) => right.labels.includes(label));
  const [places, inner] = [common.filter((label) => needed.has(label)), common.filter((label) => !needed.has(label))];
  const rows = left.labels.filter((label) => !common.includes(label));
  const columns = right.labels.filter((label) => !common.includes(label));
  const [a, b] = [
    turned(site, left, [...places, ...rows, ...inner]),
    turned(site, right, [...places, ...inner, ...columns]),
  ];
  const labels = [...places, ...rows, ...columns];
  const extent = (label: string): number => {
    const own = left.labels.indexOf(label);
    return own >= 0 ? left.operand.dims[own]! : right.operand.dims[right.labels.indexOf(label)]!;
  };
  const dims = labels.map(extent);
  const count = (of: readonly string[]): number => countOf(of.map(extent));
  const images = b.operand.is === 'constant' && site.outer === 1 ? [1] : [];
  if (inner.length === 0) {
    const [shape, ones] = [
      [count(places), count(rows), 1],
      [...images, count(places), 1, count(columns)],
    ];
    const result = multiplied(site, reshaped(a.operand, shape), reshaped(b.operand, ones));
    return { operand: reshaped(result, dims), labels };
  }
  const beside = places.length > 0 ? [count(places)] : [];
  const matrices = [
    [...beside, count(rows), count(inner)],
    [...(beside.length > 0 ? images : []), ...beside, count(inner), count(columns)],
  ] as const;
  const result: Flow = product(site, reshaped(a.operand, matrices[0]), reshaped(b.operand, matrices[1]));
  return { operand: reshaped(result, dims), labels };
}

export const einsums = { Einsum: einsum } satisfies Record<string, Importer>;
