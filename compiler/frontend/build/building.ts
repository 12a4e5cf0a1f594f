// A graph while the steps of a network come in: what is known of each value so far.

import type { Graph } from '../../ir/graph.ts';
import { graphBuilder } from '../../ir/builder.ts';
import type { GraphBuilder } from '../../ir/builder.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import type { NodeItem } from '../expand/expansion.ts';
import { grouped } from '../expand/budget.ts';
import type { Ref } from '../names/scope.ts';
import { problem } from '../report.ts';
import type { Reporter } from '../report.ts';
import type { Known } from './known.ts';
import { noWeights } from './weights.ts';
import type { Weights } from './weights.ts';

/** The building of one graph under way. */
export interface Building {
  readonly operators: OperatorTable;
  readonly reporter: Reporter;
  readonly builder: GraphBuilder;
  readonly known: Map<number, Known>;
  /** The steps so far, those with mistakes among them. */
  readonly nodes: NodeItem[];
  readonly weights: Weights;
  /** False from the first mistake on: there will be no graph. */
  whole: boolean;
  macs: number;
}

/** A graph without steps. */
export function startGraph(name: Graph['name'], operators: OperatorTable, reporter: Reporter): Building {
  const builder = graphBuilder(name, operators);
  return { operators, reporter, builder, known: new Map(), nodes: [], weights: noWeights(), whole: true, macs: 0 };
}

/** What is known of a value; undefined after a mistake. */
export function knownOf({ known }: Building, ref: Ref): Known | undefined {
  return ref === undefined ? undefined : known.get(ref);
}

/** `count` is past where whole numbers are exact, or near it: it is told in round figures. */
export function tooMuch(
  { reporter }: Building,
  code: string,
  { step }: NodeItem,
  message: string,
  [count, most]: readonly [number, number],
): false {
  const expected = `at most ${grouped(most)}`;
  const found = `about ${Number.isFinite(count) ? count.toExponential(1) : '1e309 or more'}`;
  const fixes = [{ message: 'a smaller input, smaller windows, or fewer channels and strides' }];
  reporter.report(problem(code, step.span, message, { found, expected, limit: true, fixes }));
  return false;
}
