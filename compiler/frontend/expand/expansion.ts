// What a network expands to: steps over numbered values, told one by one to whoever builds the graph of them and knows the
// shapes so far. Blocks, loops and conditions are gone.

import type { Argument, BlockDefinition, CallStep, Identifier, InputStatement } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Attributes, GraphOutput, InputSettings, Origin } from '../../ir/graph.ts';
import type { Operator } from '../../ir/operator.ts';
import type { Shape, TensorType } from '../../ir/tensor-type.ts';
import type { WeightLiteral } from '../values/arguments.ts';
import type { Ref } from '../names/scope.ts';
import type { Value } from '../values/types.ts';

export interface Expansion {
  /** A part of the text it came from could not be read: no graph can be built. */
  readonly incomplete: boolean;
  readonly inputs: readonly ExpandedInput[];
  readonly outputs: readonly {
    readonly name: string;
    readonly ref: Ref;
    readonly span: Span;
    readonly facts?: Pick<GraphOutput, 'labels' | 'auxiliary'>;
  }[];
  /** Values by the name a user may tap: steps, labels, block calls, paths, inputs. */
  readonly taps: ReadonlyMap<string, Ref>;
  /** The shape of what comes out of each chain, once for every time that it is expanded; chains with several results are left out. */
  readonly chains: readonly ChainShape[];
}

/** What comes out of a chain of the text, at one of the times that it is expanded. */
export interface ChainShape {
  readonly span: Span;
  readonly shape: Shape;
  /** Offset behind the last step whose shape is known, and that is `shape`, where there is a mistake behind it; absent where there is none. */
  readonly until?: number;
  /** The call of a block that it is expanded for, `stage1.block2`; absent in the network itself. */
  readonly call?: string;
}

/** Takes the steps of a network as they are expanded. */
export interface Steps {
  input(item: ExpandedInput): void;
  node(item: NodeItem): void;
  check(item: CheckItem): void;
  /** A block whose own steps have all been told. */
  block(item: BlockItem): void;
  /** A constant of a body, and the item of a list or the number of the round that a loop gives a name to; undefined after a mistake. */
  variable(name: Identifier, value: Value | undefined): void;
  /** The weights of a `share` have their place here among all, or among those of the share around it. */
  share(slot: object, within?: object): void;
  learned(item: LearnedItem): void;
  /** The type of a value that a step before has made; undefined after a mistake. */
  typeOf(ref: Ref): TensorType | undefined;
}

export interface ExpandedInput {
  readonly name: string;
  readonly ref: number;
  /** Undefined after a mistake in it. */
  readonly shape: Shape | undefined;
  readonly settings?: InputSettings;
  readonly statement: InputStatement;
}

/** One application of an operator. */
export interface NodeItem {
  readonly operator: Operator;
  readonly name: string;
  /** Where its weights are called by another name. */
  readonly weightsName?: string;
  /** The place of its weights, where that is the one of a `share`. */
  readonly slot?: object;
  readonly operands: readonly Ref[];
  /** As many as the text names; one when it names none. */
  readonly results: readonly number[];
  /** As written; defaults are not yet filled in. */
  readonly attributes: Attributes;
  readonly weights: ReadonlyMap<string, WeightLiteral>;
  /** The step, or the join of a `parallel`. */
  readonly step: CallStep;
  /** All its arguments, where some are bound to a parameter of type `block` and written elsewhere. */
  readonly written?: readonly Argument[];
  /** Names and places of the paths that a join takes, one per operand. */
  readonly paths?: readonly { readonly name: string; readonly span: Span }[];
  /** Where a new step can be put before it: `own` when that is a line of its own, which keeps a label's meaning. */
  readonly before: { readonly offset: number; readonly own: boolean };
  readonly origin: Origin;
}

/** One call of a block. */
export interface BlockItem {
  readonly definition: BlockDefinition;
  readonly step: CallStep;
  readonly name: string;
  readonly inputs: readonly Ref[];
  /** The values of its parameters; those of type `block`, and those with mistakes, are left out. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** What it gives; undefined after a mistake, or where that is several values. */
  readonly result: Ref;
}

/** A tensor of the weights file that no operator declares. */
export interface LearnedItem {
  readonly ref: number;
  /** As the weights file has it. */
  readonly name: string;
  /** Undefined after a mistake in it. */
  readonly shape: Shape | undefined;
  /** What a training starts from. */
  readonly initial: number;
  readonly span: Span;
  readonly slot?: object;
}

/** `: [6, 28, 28]`; `undefined` matches anything. */
export interface CheckItem {
  readonly ref: Ref;
  /** The same value, or nothing known after a failed check. */
  readonly result: number;
  readonly pattern: readonly (number | undefined)[];
  /** The extents as they are written. */
  readonly written: readonly string[];
  readonly span: Span;
  readonly origin: Origin;
}
