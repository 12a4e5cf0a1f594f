// The limits that the language's reference states, to the last node: 100,000 expanded in all, 256 levels.

import { expect, test } from 'vitest';
import { createBudget } from '../../compiler/frontend/expand/budget.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { body, mistakes } from './support.ts';

const span = { source: { path: 'main.cnn', text: 'repeat' }, start: 0, end: 6 };

test('loops and nodes share one limit, and what passes it is reported once', () => {
  const budget = createBudget();
  const reports: Diagnostic[] = [];
  const expand = (count: number): boolean =>
    budget.expand(count, span, '`repeat`', (diagnostic) => void reports.push(diagnostic));
  expect([expand(60_000), expand(40_000), expand(0)]).toEqual([true, true, true]);
  expect(budget.exhausted).toBe(false);
  expect([expand(1), expand(1)]).toEqual([false, false]);
  expect(budget.exhausted).toBe(true);
  expect(reports.map(({ code, limit }) => [code, limit])).toEqual([['limit/expansion', true]]);
});

test('256 levels may nest', () => {
  const reports: string[] = [];
  const report = ({ code }: Diagnostic): void => void reports.push(code);
  expect(createBudget().enter(256, span, report)).toBe(true);
  expect(createBudget().enter(257, span, report)).toBe(false);
  expect(reports).toEqual(['limit/depth']);
});

test('a list that flows too often is one error, and none of the step that it cannot reach', () => {
  const lists = 'repeat 5000 collect a { relu }\n repeat 500 { a -> concat -> slice(end: 8) }';
  expect(mistakes(body(lists))).toEqual(['limit/work "concat"']);
});
