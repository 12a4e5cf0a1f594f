// The PyTorch form of an operator: a layer with weights, where it has any, and the expression that applies it.

import type { Attributes } from '../../../../compiler/ir/graph.ts';
import type { TensorType } from '../../../../compiler/ir/tensor-type.ts';
import type { Code, Layer } from '../code.ts';

/** A node to be written. */
export interface Site {
  readonly attributes: Attributes;
  /** Of its data operands. */
  readonly inputs: readonly TensorType[];
  readonly results: readonly TensorType[];
  /** Whether its weights are parameters of its own, so that a layer can hold them; otherwise they are operands like others. */
  readonly isLayer: boolean;
}

export interface Form {
  readonly layer?: Layer;
  /** The value of the node for the texts of its operands, data first; `layer` is how the layer is reached. */
  code(operands: readonly string[], layer: string): Code;
}

/** From an operator to its form. */
export type FormOf = (site: Site) => Form;

/** Only an expression of the operands. */
export const formula = (code: (...operands: readonly string[]) => Code): Form => ({
  code: (operands) => code(...operands),
});

/** A layer that is called with the first operand. */
export const layerOf = (layer: Layer): Form => ({ layer, code: ([x], self) => [`${self}(${x})`] });

/** The axis of a tensor in PyTorch, which counts the batch axis. */
export const dimension = ({ batched }: TensorType, axis: number): number => axis + (batched ? 1 : 0);
