// `expect` sections: budgets that a network must keep, read here and compared with what others have measured.

import type { Comparison, ExpectSection } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { textOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';
import { formatShape, sameShape } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { grouped } from './budget.ts';
import { compare, evaluate, mismatch } from './evaluate.ts';
import type { Evaluation } from './evaluate.ts';
import { problem } from './report.ts';
import { suggest } from '../../grammar/suggest.ts';

export const quantities = ['parameters', 'macs', 'peak_memory', 'output'] as const;
export type Quantity = (typeof quantities)[number];

/** `macs <= 420k`; `peak_memory` is in bytes, `output` is a shape without the batch axis. */
export type Expectation = { readonly comparison: Comparison; readonly span: Span; readonly text: string } & (
  | { readonly quantity: Exclude<Quantity, 'output'>; readonly value: number }
  | { readonly quantity: 'output'; readonly value: Shape }
);

export interface Measured {
  readonly parameters: number;
  readonly macs: number;
  /** Bytes of the compiled program's arena at batch 1; absent: not compiled, and not compared. */
  readonly peakMemory?: number;
  /** Shapes of the outputs in order. */
  readonly outputs: readonly Shape[];
}

/** What a section asks for; mistakes in it are reported. */
export function readExpectations(section: ExpectSection, at: Evaluation): readonly Expectation[] {
  return section.budgets.flatMap(({ quantity, comparison, value: written, span }): Expectation[] => {
    const name = quantities.find((known) => known === quantity.name);
    if (!name) {
      at.report(unknownQuantity(quantity.name, quantity.span));
      return [];
    }
    const value = evaluate(written, at);
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
        problem('expect/comparison', span, 'shapes are only equal or not', { found: comparison, expected: '==' }),
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
    expected: quantities.join(', '),
    ...(name === 'latency' && { notes: ['time depends on the machine: `cnnc bench` measures it'] }),
    ...(suggestion !== undefined && {
      fixes: [{ message: `did you mean \`${suggestion}\`?`, edits: [{ span, text: suggestion }] }],
    }),
  });
}

const foreign: ReadonlyMap<string, string> = new Map([
  ['params', 'parameters'],
  ['weights', 'parameters'],
  ['flops', 'macs'],
  ['multiply_accumulates', 'macs'],
  ['memory', 'peak_memory'],
  ['arena', 'peak_memory'],
  ['shape', 'output'],
]);

/** The budgets that are not kept, each with the figure that was found. */
export function checkExpectations(
  network: { readonly name: string; readonly expect: readonly Expectation[] },
  measured: Measured,
): readonly Diagnostic[] {
  return network.expect.flatMap((expectation): Diagnostic[] => {
    const { comparison, span, text } = expectation;
    const failed = (found: string): Diagnostic[] => [
      problem('expect/failed', span, `\`${network.name}\` does not keep its budget of ${expectation.quantity}`, {
        found,
        expected: text,
      }),
    ];
    if (expectation.quantity === 'output') {
      const kept = measured.outputs.every((shape) => sameShape(shape, expectation.value) === (comparison === '=='));
      return kept ? [] : failed(measured.outputs.map(formatShape).join(', '));
    }
    const found = figureOf(expectation.quantity, measured);
    if (found === undefined || compare(found, comparison, expectation.value)) return [];
    return failed(expectation.quantity === 'peak_memory' ? `${grouped(found)} bytes` : grouped(found));
  });
}

function figureOf(quantity: Exclude<Quantity, 'output'>, measured: Measured): number | undefined {
  switch (quantity) {
    case 'parameters':
      return measured.parameters;
    case 'macs':
      return measured.macs;
    case 'peak_memory':
      return measured.peakMemory;
    default:
      return quantity satisfies never;
  }
}
