// Constraints: each is triggered, alone, with a report that helps.

import { describe, expect, test } from 'vitest';
import type { Violation } from '../../compiler/ir/operator.ts';
import { storedAttributes } from '../../compiler/ir/signature.ts';
import { formatShape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { networkOperators } from '../support/arbitrary-operator.ts';
import { violations } from './violations.ts';
import type { ViolationCase } from './violation.ts';

test('every constraint of every operator has a case', () => {
  const defined = networkOperators.flatMap((name) =>
    Object.keys(operators.get(name)!.constraints).map((id) => `${name}/${id}`),
  );
  const covered = new Set(violations.map(({ op, constraint }) => `${op}/${constraint}`));
  expect([...covered].toSorted()).toEqual(defined.toSorted());
});

const title = ({ op, constraint, inputs, attributes }: ViolationCase): string =>
  `${op}/${constraint} on ${inputs.map(({ shape }) => formatShape(shape)).join(' ')} with ${JSON.stringify(attributes)}`;

test.each(violations.map((one) => [title(one), one] as const))('%s', (_, one) => {
  const { reports, results } = inferred(one);
  expect(results).toBeUndefined();
  expect(reports.map(({ constraint }) => constraint)).toEqual([one.constraint]);
  expect(reports[0]!.violation).toMatchObject(one.report);
});

describe('what a report suggests is accepted', () => {
  const suggesting = violations.flatMap((one) => {
    const suggestion = inferred(one).reports[0]?.violation?.suggestion;
    return suggestion ? [[title(one), one, suggestion] as const] : [];
  });
  test.each(suggesting)('%s', (_, one, { attribute, value }) => {
    expect(inferred({ ...one, attributes: { ...one.attributes, [attribute]: value } }).reports).toEqual([]);
  });
});

function inferred({ op, inputs, attributes }: ViolationCase) {
  const operator = operators.get(op)!;
  const reports: { readonly constraint: string; readonly violation: Violation | undefined }[] = [];
  const results = operator.infer(inputs, storedAttributes(operator, attributes, inputs), (constraint, violation) => {
    reports.push({ constraint, violation });
    return undefined;
  });
  return { results, reports };
}
