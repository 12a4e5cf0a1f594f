// What a network looks like between graph and text: chains of steps, parallel paths, calls and loops, in which every number that an
// attribute has may also be a parameter of a block or the variable of a loop.

import type { AttributeType } from '../../compiler/ir/operator.ts';
import type { Node, ValueId } from '../../compiler/ir/graph.ts';

/** A parameter of a block or a variable of a loop; a name it gets when it is printed. */
export interface Variable {
  readonly id: number;
  /** The attribute that it stands for first: `channels`. */
  readonly about: string;
  readonly type: AttributeType;
}

/** A number or list as an attribute has it, a variable, or a multiple of one. */
export type Value = number | readonly number[] | { readonly variable: Variable; readonly factor: number };

/** A value that may differ from one repetition to the next, and which attribute it is of. */
export interface Slot {
  readonly value: Value;
  readonly about: string;
  readonly type: AttributeType;
}

/** What a step computes with: what flows into it, a value with a name (by number, 0 flows into the body), or a learned tensor. */
export type Operand =
  | { readonly kind: 'flow' }
  | { readonly kind: 'named'; readonly local: number }
  | { readonly kind: 'learned'; readonly role: string; readonly initial: number; readonly shape: readonly Extent[] };

/** A number, or the property of the value that flows into the body: `channels`. */
export type Extent = number | string;

export type Item = StepItem | ParallelItem | RegionItem | CallItem | RepeatItem | ForItem;

/** An operator. */
export interface StepItem {
  readonly kind: 'step';
  readonly op: string;
  /** Numbers and lists of attributes, by name. */
  readonly numbers: ReadonlyMap<string, Slot>;
  /** The other attributes: words and truth values. */
  readonly words: ReadonlyMap<string, string | boolean>;
  readonly operands: readonly Operand[];
  /** Weights that are written down, as text. */
  readonly literals: ReadonlyMap<string, string>;
  /** The name of its weights where several steps have the same. */
  readonly share?: string;
  readonly node: Node;
  /** The value at its end. */
  readonly result: ValueId;
}

/** Paths that start from one value and meet in an operator. */
export interface ParallelItem {
  readonly kind: 'parallel';
  readonly join: StepItem;
  readonly paths: readonly Item[][];
  readonly result: ValueId;
}

/** A piece with one value in and one out that is no chain: it needs names inside. */
export interface RegionItem {
  readonly kind: 'region';
  readonly body: Body;
  readonly result: ValueId;
}

/** A block. `items` is its body; what calls it give are in the order of `variables`. */
export interface Block {
  readonly id: number;
  readonly variables: readonly Variable[];
  readonly items: Item[];
  /** The nodes of each place that it was found at. */
  readonly instances: readonly (readonly Node[])[];
}

export interface CallItem {
  readonly kind: 'call';
  readonly block: Block;
  readonly given: readonly Slot[];
  readonly nodes: readonly Node[];
  readonly result: ValueId;
}

export interface RepeatItem {
  readonly kind: 'repeat';
  readonly count: Slot;
  readonly body: Item[];
  readonly result: ValueId;
}

export interface ForItem {
  readonly kind: 'for';
  readonly variables: readonly Variable[];
  readonly rows: readonly (readonly Slot[])[];
  readonly body: Item[];
  readonly result: ValueId;
}

/** A chain. It starts from the named value `head`, or from what flows; `names` are the numbers of its results. */
export interface Line {
  readonly head?: number;
  readonly items: Item[];
  readonly names: readonly number[];
}

/** Lines between braces. Its inputs have the numbers 0, 1, …, then come the names that lines give. */
export interface Body {
  readonly inputs: number;
  readonly lines: readonly Line[];
  /** The values that leave, by number; `flow` is what the last line gives. */
  readonly results: readonly (number | 'flow')[];
  /** Of named values: the value in the graph. */
  readonly values: readonly ValueId[];
}

/** The sequences directly inside an item. */
export function partsOf(item: Item): readonly Item[][] {
  switch (item.kind) {
    case 'step':
    case 'call':
      return [];
    case 'parallel':
      return item.paths;
    case 'region':
      return item.body.lines.map(({ items }) => items);
    case 'repeat':
    case 'for':
      return [item.body];
    default:
      return item satisfies never;
  }
}

/** Whether it is more than an activation, a normalisation or a change of form. */
export function isLayer(item: Item): boolean {
  return item.kind !== 'step' || ['channels', 'features', 'kernel'].some((name) => item.numbers.has(name));
}

/** Whether it is more than an activation or a change of form. */
export function hasWeights(item: Item): boolean {
  return isLayer(item) || (item.kind === 'step' && item.node.operands.length > 1);
}

/** All nodes of the graph in a sequence, in its order. */
export function nodesOf(items: readonly Item[]): readonly Node[] {
  return items.flatMap((item): readonly Node[] => {
    if (item.kind === 'step') return [item.node];
    if (item.kind === 'call') return item.nodes;
    const inside = partsOf(item).flatMap((part) => nodesOf(part));
    return item.kind === 'parallel' ? [...inside, item.join.node] : inside;
  });
}
