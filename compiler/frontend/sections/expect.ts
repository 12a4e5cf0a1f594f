// `expect` sections: budgets that a network must keep, read here and compared with what others have measured.

import type { Comparison, ExpectSection } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { formatShape, sameShape } from '../../ir/tensor-type.ts';
import type { Shape } from '../../ir/tensor-type.ts';
import { grouped } from '../expand/budget.ts';
import { compare } from '../values/arithmetic.ts';
import { mismatch } from '../values/convert-at.ts';
import { evaluate } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluation.ts';
import { didYouMean, problem, replacement } from '../report.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { unknownIn, unknownNumber } from './unknown.ts';

export const quantities = [
  'parameters',
  'macs',
  'peak_memory',
  'module_size',
  'kernel_calls',
  'receptive_field',
  'output',
] as const;
export type Quantity = (typeof quantities)[number];

/** `macs <= 420k`; `peak_memory` and `module_size` are in bytes, `receptive_field` in pixels, `output` is a shape without the batch axis. */
export type Expectation = { readonly comparison: Comparison; readonly span: Span; readonly text: string } & (
  { readonly quantity: Amount; readonly value: number } | { readonly quantity: 'output'; readonly value: Shape }
);

export interface Measured {
  readonly parameters: number;
  readonly macs: number;
  /** Bytes of the compiled program's arena at batch 1; absent: not compiled, and not compared. */
  readonly peakMemory?: number;
  readonly kernelCalls?: number;
  /** Bytes of the emitted JavaScript, without weights. */
  readonly moduleSize?: number;
  /** Height and width in input pixels that an element of each output sees, in the order of the outputs. */
  readonly receptiveFields?: readonly (readonly [number, number])[];
  /** Shapes of the outputs in order. */
  readonly outputs: readonly Shape[];
  /** Who has what part in a quantity, for budgets that are not kept. */
  readonly sharesOf?: (quantity: Amount) => readonly Share[];
}

export type Amount = Exclude<Quantity, 'output'>;

export interface Share {
  /** `conv2`, `inception3` */
  readonly name: string;
  readonly amount: number;
  readonly line?: number;
}

/** What a section asks for; mistakes in it are reported. */
export function readExpectations(section: ExpectSection, at: Evaluation): readonly Expectation[] {
  return section.budgets.flatMap(({ quantity, comparison, value: written, span }): Expectation[] => {
    const name = quantities.find((known) => known === quantity.name);
    if (!name) {
      at.report(unknownQuantity(quantity.name, quantity.span));
      return [];
    }
    const unknown = unknownIn(written, at.scope);
    if (unknown) at.report(unknownNumber(unknown, at.scope));
    const value = unknown ? undefined : evaluate(written, at);
    if (!value) return [];
    const text = `${comparison} ${textOf(written.span)}`;
    if (name !== 'output') {
      if (value.kind === 'int' || value.kind === 'float')
        return [{ quantity: name, comparison, value: value.value, span, text }];
      at.report(mismatch(value, 'float', written, `\`${name}\``));
      return [];
    }
    if (comparison !== '==' && comparison !== '!=') {
      at.report(
        problem('expect/comparison', span, 'shapes are only equal or not', {
          found: comparison,
          expected: '==',
          fixes: [replacement(span, textOf(span).replace(comparison, '=='))],
        }),
      );
      return [];
    }
    const shape = value.kind === 'list' ? value.items.flatMap((item) => (item.kind === 'int' ? [item.value] : [])) : [];
    if (value.kind === 'list' && shape.length === value.items.length)
      return [{ quantity: name, comparison, value: shape, span, text }];
    at.report(mismatch(value, '[int]', written, '`output`'));
    return [];
  });
}

function unknownQuantity(name: string, span: Span): Diagnostic {
  const suggestion = suggest(name, quantities) ?? foreign.get(name);
  return problem('expect/unknown-quantity', span, `there is no quantity \`${name}\``, {
    found: name,
    expected: quantities.join(', '),
    ...(name === 'latency' && { notes: ['time depends on the machine: `cnnc bench` measures it'] }),
    fixes: [suggestion === undefined ? { message: `leave \`${name}\` out` } : didYouMean(span, suggestion)],
  });
}

const foreign: ReadonlyMap<string, string> = new Map([
  ['params', 'parameters'],
  ['weights', 'parameters'],
  ['flops', 'macs'],
  ['multiply_accumulates', 'macs'],
  ['memory', 'peak_memory'],
  ['arena', 'peak_memory'],
  ['size', 'module_size'],
  ['calls', 'kernel_calls'],
  ['kernels', 'kernel_calls'],
  ['field', 'receptive_field'],
  ['shape', 'output'],
]);

/** The budgets that are not kept, each with the figure that was found, who has the largest part in it, and what would meet it. */
export function checkExpectations(
  network: { readonly name: string; readonly expect: readonly Expectation[] },
  measured: Measured,
): readonly Diagnostic[] {
  return network.expect.flatMap((expectation): Diagnostic[] => {
    const { comparison, quantity, span, text } = expectation;
    const failed = (found: string, notes: readonly string[] = []): Diagnostic[] => [
      problem('expect/failed', span, `\`${network.name}\` does not keep its budget of ${quantity}`, {
        found,
        expected: text,
        ...(notes.length > 0 && { notes }),
        fixes: [
          { message: `change the network${notes.length > 0 ? ' as said above' : ''}, or the budget to what is found` },
        ],
      }),
    ];
    if (quantity === 'output') {
      const kept = measured.outputs.every((shape) => sameShape(shape, expectation.value) === (comparison === '=='));
      return kept ? [] : failed(measured.outputs.map(formatShape).join(', '));
    }
    const found = figuresOf(quantity, measured);
    const wrong = found.find((figure) => !compare(figure, comparison, expectation.value));
    if (wrong === undefined) return [];
    if (quantity === 'receptive_field')
      return failed(fieldsText(measured), fieldNotes(expectation.value - wrong, measured));
    return failed(withUnit(quantity, wrong), remedies(quantity, wrong - expectation.value, measured));
  });
}

const MAX_SHARES = 3;

/** The largest shares, and by how much they would have to shrink; nothing where the figure is too small. */
function remedies(quantity: Amount, excess: number, measured: Measured): readonly string[] {
  const shares = largest(quantity, measured);
  if (excess <= 0 || shares.length === 0) return [];
  const most = shares.map(({ name, amount, line }) => {
    const place = line === undefined ? '' : `, line ${line}`;
    return `${name} ${withUnit(quantity, amount)}${place}`;
  });
  if (quantity === 'kernel_calls') return [`most of it: ${most.join('; ')}`, `it is met with ${grouped(excess)} fewer`];
  const total = shares.reduce((sum, { amount }) => sum + amount, 0);
  const names = shares.map(({ name }) => name).join(', ');
  const remedy =
    excess < total
      ? `it is met when ${names} ${shares.length > 1 ? 'together are' : 'is'} ${Math.ceil((100 * excess) / total)}% smaller`
      : `it is not met without ${names} either: ${withUnit(quantity, excess)} are too much`;
  return [`most of it: ${most.join('; ')}`, remedy];
}

function fieldNotes(lacking: number, measured: Measured): readonly string[] {
  const shares = largest('receptive_field', measured);
  const grown = shares.map(
    ({ name, amount, line }) => `${name} +${amount}${line === undefined ? '' : `, line ${line}`}`,
  );
  const remedy = lacking > 0 ? `it is too small by ${grouped(lacking)}` : `it is too large by ${grouped(-lacking)}`;
  return [
    ...(grown.length === 0 ? [] : [`what widens it most: ${grown.join('; ')}`]),
    ...(lacking === 0 ? [] : [remedy]),
  ];
}

/** `224`, `59×43`; several where there are several outputs. */
function fieldsText({ receptiveFields = [] }: Measured): string {
  return receptiveFields
    .map(([height, width]) => (height === width ? grouped(height) : `${height}×${width}`))
    .join(', ');
}

function largest(quantity: Amount, { sharesOf }: Measured): readonly Share[] {
  const shares = sharesOf?.(quantity) ?? [];
  return shares
    .filter(({ amount }) => amount > 0)
    .toSorted((a, b) => b.amount - a.amount)
    .slice(0, MAX_SHARES);
}

function withUnit(quantity: Amount, value: number): string {
  return quantity === 'peak_memory' || quantity === 'module_size' ? `${grouped(value)} bytes` : grouped(value);
}

/** Several where every output, and both sides of its field, must keep the budget; none where it was not measured. */
function figuresOf(quantity: Amount, measured: Measured): readonly number[] {
  switch (quantity) {
    case 'parameters':
      return [measured.parameters];
    case 'macs':
      return [measured.macs];
    case 'peak_memory':
      return known(measured.peakMemory);
    case 'module_size':
      return known(measured.moduleSize);
    case 'kernel_calls':
      return known(measured.kernelCalls);
    case 'receptive_field':
      return (measured.receptiveFields ?? []).flat();
    default:
      return quantity satisfies never;
  }
}

function known(figure: number | undefined): readonly number[] {
  return figure === undefined ? [] : [figure];
}
