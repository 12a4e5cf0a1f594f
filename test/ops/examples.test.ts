// The examples of the operators' rules: the bad one breaks that rule alone, the good one none.

import { describe, expect, test } from 'vitest';
import { ruleExamples } from '../../compiler/ops/examples.ts';
import { operators } from '../../compiler/ops/index.ts';
import { compile } from '../frontend/support.ts';

const examples = ruleExamples(operators);

test('every rule of the language has one', () => {
  const rules = [...operators.values()]
    .filter(({ internal }) => !internal)
    .flatMap(({ name, constraints }) => Object.keys(constraints).map((rule) => `${name}/${rule}`));
  expect([...examples.keys()].toSorted()).toEqual(rules.toSorted());
});

const shown = [...examples.values()].filter(({ bad }) => bad !== undefined);

describe.each(shown)('$code', ({ code, bad, good, reportedAs }) => {
  test('is broken by the bad one, and it alone', () => {
    const { diagnostics } = compile(bad!);
    expect(diagnostics.map((one) => one.code)).toEqual([reportedAs ?? code]);
    if (reportedAs) expect(diagnostics[0]!.message).toBe(constraint(code));
  });
  test('is kept by the good one', () => {
    expect(compile(good!).diagnostics.map(({ message }) => message)).toEqual([]);
  });
});

function constraint(code: string): string {
  const [name = '', rule = ''] = code.split('/');
  return operators.get(name)!.constraints[rule]!;
}
