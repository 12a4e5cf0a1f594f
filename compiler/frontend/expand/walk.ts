// What the parts of the expansion share: where they are, what flows, and how expressions are evaluated there.

import type {
  BlockDefinition,
  Body,
  Chain,
  ConstDefinition,
  Expression,
  FlowStatement,
  Held,
  Parameter,
} from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Scope as OriginScope } from '../../ir/graph.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import type { Budget } from './budget.ts';
import { blockValue } from '../values/block-value.ts';
import { evaluate, evaluateAs } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluation.ts';
import type { ChainShape, ExpandedInput, Expansion, NodeItem, Steps } from './expansion.ts';
import type { Naming } from './naming.ts';
import { problem } from '../report.ts';
import type { Reporter } from '../report.ts';
import type { Bindings } from '../names/bindings.ts';
import type { Entry, Ref, Scope } from '../names/scope.ts';
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

/** What flows from one statement to the next: a value, a list of values, or nothing, and why. */
export type Flow = { readonly ref: Ref } | { readonly refs: readonly Ref[] } | { readonly none: string };

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
  /** Directly in a block: what it was called with, and what it gives. */
  readonly call?: BlockCall | undefined;
  /** Inside of a `share`. */
  readonly shared?: SharedUse;
}

/** The call of a block under way. */
export interface BlockCall {
  readonly values: readonly Ref[];
  /** How many of them its inputs have taken. */
  taken: number;
  /** What its `output` gives. */
  result: Flow | undefined;
}

/** A use of a `share` under way. */
export interface SharedUse {
  /** What the names of its nodes begin with. */
  readonly name: string;
  /** What the names of its weights begin with. */
  readonly weights: string;
  readonly slot: object;
}

/** The place with names apart: steps of a part of the text that is not whole number no others. */
export function unnamed(place: Place): Place {
  return { ...place, naming: place.naming.apart() };
}

/** Expands what is between the braces of a statement that was left out, each as the first to take what flows. */
export function heldBodies(walk: Walk, { bodies, conditional }: Held, place: Place, flow: Flow): void {
  for (const body of bodies) {
    if (walk.budget.exhausted) return;
    const expand = (): Flow => walk.body(body, unnamed(place), flow);
    if (conditional) walk.reporter.quietly(expand);
    else expand();
  }
}

/** What the weights of a node are called by, where they are shared. */
export function sharedName({ shared }: Place, name: string): string | undefined {
  return shared && shared.weights + name.slice(shared.name.length);
}

/** The expansion of one network under way. */
export interface Walk extends Expander {
  readonly steps: Steps;
  readonly inputs: ExpandedInput[];
  readonly taps: Map<string, Ref>;
  readonly chains: ChainShape[];
  readonly outputs: Expansion['outputs'][number][];
  /** The names of all of them, and those in the text, of which lists put out several. */
  readonly put: Set<string>;
  readonly named: Set<string>;
  /** An `output` of the network has been met: nothing but others counts from there on. */
  hasOutput: boolean;
  incomplete: boolean;
  /** How many values there are. */
  values: number;
  /** Expands the statements between braces. */
  body(content: Body, place: Place, flow: Flow): Flow;
  /** Expands a chain. */
  chain(content: Chain, place: Place, flow: Flow, options?: ChainOptions): Flow;
}

export interface ChainOptions {
  /** The name that the only step takes, and the scope of what is inside it. */
  readonly label?: Label | undefined;
  /** Names for the results of the last step. */
  readonly names?: readonly string[];
  /** The statement that the chain is, when it is one. */
  readonly statement?: FlowStatement;
}

export interface Label {
  readonly name: string;
  readonly naming: Naming;
}

/** How a step of a chain is expanded. */
export interface StepOptions {
  readonly label: Label | undefined;
  readonly before: NodeItem['before'];
  readonly names: readonly string[];
  /** The step begins its chain. */
  readonly first: boolean;
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
  {
    budget,
    constants,
    operators,
    reporter: { report },
    steps,
  }: Pick<Expander, 'budget' | 'constants' | 'operators' | 'reporter'> & { readonly steps?: Steps },
  { scope }: Pick<Place, 'scope'>,
  span: Span,
): Evaluation {
  return {
    scope,
    constants,
    operators,
    report,
    work: () => budget.work(span, report),
    descend: () => budget.descend(span, report),
    leave: budget.leave,
    iterate: (count, at, what) => budget.expand(count, at, what, report),
    ...(steps && { typeOf: steps.typeOf }),
  };
}

/** A parameter's argument or default as a value of its type; as it is, and in silence, where its type could not be read. */
export function parameterValue(parameter: Parameter, expression: Expression, at: Evaluation): Value | undefined {
  const { type, name, untyped } = parameter;
  if (untyped) return evaluate(expression, { ...at, report: () => {} });
  if (type.kind === 'named' && type.name === 'block') return blockValue(expression, at, name.name);
  return evaluateAs(expression, type, at, `\`${name.name}\``);
}

/** The entry of a parameter in the scope of its block or network. */
export function parameterEntry({ name: { span }, type }: Parameter, value: Value | undefined): Entry {
  if (type.kind !== 'named' || type.name !== 'block') return { kind: 'variable', value, span };
  return { kind: 'step', step: value?.kind === 'block' ? value : undefined, span };
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
