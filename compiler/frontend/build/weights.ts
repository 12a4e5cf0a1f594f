// The weights of a network in the making: those of its nodes, of shares and learned tensors, in the order of their
// declarations, in which PyTorch's modules list theirs too: a module's own before those of its parts.

import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import type { GraphBuilder } from '../../ir/builder.ts';
import type { Graph, ValueId } from '../../ir/graph.ts';
import { weightsNameOf } from '../../ir/graph.ts';
import { worksOnWeights } from '../../ir/lowering.ts';
import type { ParameterSpec } from '../../ir/operator.ts';
import { formatShape, sameShape } from '../../ir/tensor-type.ts';
import type { Shape, TensorType } from '../../ir/tensor-type.ts';
import type { LearnedItem, NodeItem } from '../expand/expansion.ts';
import { problem } from '../report.ts';
import type { Reporter } from '../report.ts';

/** A parameter, or the place of those of a share. */
type Entry = ValueId | Slot;

interface Slot {
  readonly entries: Entry[];
}

export interface Weights {
  readonly root: Slot;
  /** By the object that a share is known by. */
  readonly slots: Map<object, Slot>;
  /** Those that several nodes may read, by name. */
  readonly shared: Map<string, { readonly value: ValueId; readonly shape: Shape }>;
}

/** What makes them. */
interface Making {
  readonly builder: GraphBuilder;
  readonly reporter: Reporter;
  readonly weights: Weights;
}

/** No weights. */
export function noWeights(): Weights {
  return { root: { entries: [] }, slots: new Map(), shared: new Map() };
}

function slotOf({ root, slots }: Weights, key: object | undefined): Slot {
  return (key && slots.get(key)) ?? root;
}

/** Gives the weights of a share their place among all, or among those of the share `within` which it is declared. */
export function declareShare({ weights }: Making, key: object, within: object | undefined): void {
  const slot: Slot = { entries: [] };
  slotOf(weights, within).entries.push(slot);
  weights.slots.set(key, slot);
}

/** The parameter of a node; undefined, and reported, where a share has one of that name and another shape. */
export function nodeWeights(making: Making, item: NodeItem, spec: ParameterSpec): ValueId | undefined {
  const { builder, weights } = making;
  const name = `${weightsNameOf(item)}.${spec.name}`;
  if (item.slot) return sharedWeights(making, item, name, spec.shape, () => builder.weights(item, spec));
  const value = builder.weights(item, spec);
  weights.root.entries.push(value);
  return value;
}

/** A tensor of the weights file by itself; undefined, and reported, as for nodes. */
export function learnedWeights(making: Making, item: LearnedItem, shape: Shape): ValueId | undefined {
  const { builder, weights } = making;
  const make = (): ValueId =>
    builder.parameter(item.name, shape, 'parameter', { kind: 'constant', value: item.initial });
  if (item.slot) return sharedWeights(making, item, item.name, shape, make);
  const value = make();
  weights.root.entries.push(value);
  return value;
}

function sharedWeights(
  { weights, reporter }: Making,
  item: NodeItem | LearnedItem,
  name: string,
  shape: Shape,
  make: () => ValueId,
): ValueId | undefined {
  const known = weights.shared.get(name);
  if (!known) {
    const value = make();
    slotOf(weights, item.slot).entries.push(value);
    weights.shared.set(name, { value, shape });
    return value;
  }
  if (sameShape(known.shape, shape)) return known.value;
  const span = 'step' in item ? item.step.span : item.span;
  reporter.report(
    problem('share/shape', span, `\`${name}\` is shared, and would have another shape in this use`, {
      found: formatShape(shape),
      expected: formatShape(known.shape),
      fixes: [{ message: 'give all uses of a `share` values of the same number of channels or features' }],
    }),
  );
  return undefined;
}

/** Whether a step may be applied where no operand has the batch axis: to learned tensors alone. Others are reported. */
export function takesWeights({ reporter }: Pick<Making, 'reporter'>, { operator, step }: NodeItem): boolean {
  const { lowering, parameters, inert, training, name } = operator;
  if ((worksOnWeights(lowering) && !parameters) || (inert && !training)) return true;
  reporter.report(
    problem('learned/step', step.span, `\`${name}\` is computed for images, and a learned tensor is none`, {
      found: textOf(step.span),
      expected: 'arithmetic, an elementwise step, or a value that depends on an input',
      fixes: [{ message: 'join the learned tensor with a value first: x + t' }],
    }),
  );
  return false;
}

/** Whether an output is there for every image; one of learned tensors alone is reported. */
export function isOfImages({ reporter }: Pick<Making, 'reporter'>, { batched }: TensorType, span: Span): boolean {
  if (batched) return true;
  reporter.report(
    problem('learned/output', span, 'an output depends on an input: this one is computed of learned tensors alone', {
      found: textOf(span).split('\n', 1)[0]!,
      expected: 'a value that depends on an input',
      fixes: [{ message: 'join it with a value: x + t' }],
    }),
  );
  return false;
}

/** The graph with its parameters in the order of their declarations. */
export function inOrder(graph: Graph, { root, slots }: Weights): Graph {
  if (slots.size === 0) return graph;
  const ids: ValueId[] = [];
  const collect = ({ entries }: Slot): void => {
    for (const entry of entries) {
      if (typeof entry === 'number') ids.push(entry);
      else collect(entry);
    }
  };
  collect(root);
  const byValue = new Map(graph.parameters.map((parameter) => [parameter.value, parameter]));
  return { ...graph, parameters: ids.map((id) => byValue.get(id)!) };
}
