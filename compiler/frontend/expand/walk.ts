// What the parts of the expansion share: where they are, what flows, and how expressions are evaluated there.

import type {
  BlockDefinition,
  Body,
  ConstDefinition,
  Expression,
  OutputStatement,
  Parameter,
} from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Scope as OriginScope } from '../../ir/graph.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import type { Budget } from './budget.ts';
import { evaluateAs } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluate.ts';
import type { ChainShape, ExpandedInput, Expansion, Steps } from './expansion.ts';
import type { Naming } from './naming.ts';
import { problem } from '../report.ts';
import type { Reporter } from '../report.ts';
import type { Bindings } from '../names/bindings.ts';
import type { Ref, Scope } from '../names/scope.ts';
import type { Value } from '../values/types.ts';

/** What all networks of a file share. */
export interface Expander {
  readonly operators: OperatorTable;
  readonly reporter: Reporter;
  /** What the names of the text stand for. */
  readonly bindings: Bindings;
  readonly budget: Budget;
  readonly constants: Map<ConstDefinition, Value | undefined>;
  /** Never entered: they would not end. */
  readonly recursive: ReadonlySet<BlockDefinition | ConstDefinition>;
}

/** What flows from one statement to the next; `none` says why nothing does. */
export type Flow = { readonly ref: Ref } | { readonly none: string };

export const poison: Flow = { ref: undefined };

/** Where the walk is. */
export interface Place {
  readonly scope: Scope;
  readonly naming: Naming;
  /** Blocks and paths around it. */
  readonly scopes: readonly OriginScope[];
  /** Inside a loop of the innermost block or path: labels are numbered. */
  readonly looped: boolean;
  readonly depth: number;
}

/** The expansion of one network under way. */
export interface Walk extends Expander {
  readonly steps: Steps;
  readonly inputs: ExpandedInput[];
  readonly taps: Map<string, Ref>;
  readonly chains: ChainShape[];
  outputs: Expansion['outputs'];
  outputStatement: OutputStatement | undefined;
  incomplete: boolean;
  /** How many values there are. */
  values: number;
  /** Expands the statements between braces. */
  body(content: Body, place: Place, flow: Flow): Flow;
}

/** A new value. */
export function fresh(walk: Walk): number {
  walk.values += 1;
  return walk.values - 1;
}

/** The type of what flows, where that is known. */
export function flowingType({ steps }: Walk, flow: Flow): TensorType | undefined {
  return 'ref' in flow ? steps.typeOf(flow.ref) : undefined;
}

/** How expressions are evaluated at a place of the text. */
export function evaluationAt(
  { budget, constants, reporter: { report } }: Pick<Expander, 'budget' | 'constants' | 'reporter'>,
  { scope }: Pick<Place, 'scope'>,
  span: Span,
): Evaluation {
  return {
    scope,
    constants,
    report,
    work: () => budget.work(span, report),
    descend: () => budget.descend(span, report),
    leave: budget.leave,
    iterate: (count, at, what) => budget.expand(count, at, what, report),
  };
}

/** A parameter's argument or default as a value of its type. */
export function parameterValue(parameter: Parameter, expression: Expression, at: Evaluation): Value | undefined {
  return evaluateAs(expression, parameter.type, at, `\`${parameter.name.name}\``);
}

/** The error of a step that needs a value before it where there is none; `why` says why there is none. */
export function nothingFlows(span: Span, why: string): Diagnostic {
  return problem('flow/nothing-flows', span, 'no value flows here', {
    notes: [why],
    found: textOf(span).split('\n', 1)[0]!,
    expected: 'the name of a value before it',
    fixes: [{ message: `NAME -> ${textOf(span).split('\n', 1)[0]!}` }],
  });
}
