// What an expansion saw: the types that went into each step and came out of it, also of networks that cannot be built, up to
// the first mistake. An editor shows them where the text stands; nothing in the front end reads them.

import type { BlockDefinition, CallStep, Identifier, InputStatement } from '../../grammar/ast.ts';
import type { Attributes } from '../ir/graph.ts';
import type { Operator } from '../ir/operator.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { knownOf } from './build/building.ts';
import type { Building } from './build/building.ts';
import type { BlockItem, ChainShape, ExpandedInput, LearnedItem, NodeItem, Steps } from './expand/expansion.ts';
import type { Ref } from './names/scope.ts';
import type { Value } from './values/types.ts';

/** An operator at one of the times that its step is expanded. */
export interface SeenNode {
  /** The step, or the join of a `parallel`. */
  readonly step: CallStep;
  readonly operator: Operator;
  readonly name: string;
  /** Defaults filled in; as written after a mistake. */
  readonly attributes: Attributes;
  /** Undefined where a mistake came before. */
  readonly inputs: readonly (TensorType | undefined)[];
  /** Undefined after a mistake. */
  readonly results: readonly (TensorType | undefined)[];
}

/** A block at one of the times that it is called, its own steps told before it. */
export interface SeenBlock {
  readonly step: CallStep;
  readonly definition: BlockDefinition;
  readonly name: string;
  /** The values of its parameters; those of type `block`, and those with mistakes, are left out. */
  readonly parameters: ReadonlyMap<string, Value>;
  readonly inputs: readonly (TensorType | undefined)[];
  /** Undefined after a mistake, or where it gives several values. */
  readonly result: TensorType | undefined;
}

export interface SeenInput {
  readonly statement: InputStatement;
  /** Undefined after a mistake in it. */
  readonly type: TensorType | undefined;
}

/** A tensor of `learned`, at one of the times that it is declared. */
export interface SeenLearned {
  readonly name: string;
  readonly shape: Shape;
}

/** One network, in the order of its expansion. */
export interface SeenNetwork {
  readonly name: string;
  readonly inputs: readonly SeenInput[];
  readonly nodes: readonly SeenNode[];
  readonly blocks: readonly SeenBlock[];
  readonly learned: readonly SeenLearned[];
  readonly chains: readonly ChainShape[];
  /** Constants of bodies and variables of loops, by the place that names them: each of their values. */
  readonly variables: ReadonlyMap<Identifier, readonly Value[]>;
}

/** What is told of a network, with the steps to which its expansion is told. */
export interface Observation {
  readonly steps: Steps;
  finish(chains: readonly ChainShape[]): SeenNetwork;
}

/** Steps that are added to a graph, and noted as they are. */
export function observed(name: string, building: Building, steps: Steps): Observation {
  const inputs: SeenInput[] = [];
  const nodes: SeenNode[] = [];
  const blocks: SeenBlock[] = [];
  const learned: SeenLearned[] = [];
  const variables = new Map<Identifier, Value[]>();
  const typeOf = (ref: Ref): TensorType | undefined => knownOf(building, ref)?.type;
  return {
    steps: {
      ...steps,
      input(item: ExpandedInput) {
        steps.input(item);
        inputs.push({ statement: item.statement, type: typeOf(item.ref) });
      },
      node(item: NodeItem) {
        steps.node(item);
        const { step, operator, operands, results } = item;
        const attributes = knownOf(building, results[0])?.made?.attributes ?? item.attributes;
        const types = { inputs: operands.map(typeOf), results: results.map(typeOf) };
        nodes.push({ step, operator, name: item.name, attributes, ...types });
      },
      block(item: BlockItem) {
        steps.block(item);
        const { step, definition, parameters } = item;
        const types = { inputs: item.inputs.map(typeOf), result: typeOf(item.result) };
        blocks.push({ step, definition, name: item.name, parameters, ...types });
      },
      learned(item: LearnedItem) {
        steps.learned(item);
        if (item.shape) learned.push({ name: item.name, shape: item.shape });
      },
      variable(identifier: Identifier, value: Value | undefined) {
        steps.variable(identifier, value);
        const values = variables.get(identifier);
        if (!value) return;
        if (values) values.push(value);
        else variables.set(identifier, [value]);
      },
    },
    finish: (chains) => ({ name, inputs, nodes, blocks, learned, chains, variables }),
  };
}
