// Nodes and tensors of the ONNX graph as they are added, step by step of the network.

import { createNames } from '../../../compiler/ir/names.ts';
import type { Names } from '../../../compiler/ir/names.ts';
import type { NamedAttributes } from './site.ts';
import type { TensorInit } from './tensors.ts';

export interface NodeDraft {
  readonly opType: string;
  /** The step of the network that it computes a part of. */
  readonly step: string;
  name: string;
  input: readonly string[];
  output: readonly string[];
  readonly attributes: NamedAttributes;
}

/** The nodes of one step. */
export interface Part {
  emit(
    opType: string,
    inputs: readonly (string | undefined)[],
    attributes: NamedAttributes,
    results: number,
  ): readonly string[];
  /** Adds a tensor that the step's nodes read; its name. */
  tensor(role: string, make: (name: string) => TensorInit): string;
  /**
   * Gives a result the name `to`, which the caller has taken, and its node the name `node`. A value that no node of the step gives is
   * copied.
   */
  rename(from: string, to: string, node: string | undefined): string;
}

export interface Emitter {
  readonly nodes: readonly NodeDraft[];
  readonly tensors: readonly TensorInit[];
  readonly addTensor: (tensor: TensorInit) => void;
  begin(step: string): Part;
}

/** `names` are those of values; nodes have their own. */
export function createEmitter(names: Names): Emitter {
  const nodeNames = createNames();
  const nodes: NodeDraft[] = [];
  const tensors: TensorInit[] = [];
  const addTensor = (tensor: TensorInit): void => void tensors.push(tensor);
  return {
    nodes,
    tensors,
    addTensor,
    begin(step) {
      const start = nodes.length;
      const emit: Part['emit'] = (opType, inputs, attributes, results) => {
        const output = Array.from({ length: results }, () => names.fresh(`${step}/${opType}`));
        const name = nodeNames.fresh(`${step}/${opType}`);
        nodes.push({ opType, step, name, input: withoutAbsentEnd(inputs), output, attributes });
        return output;
      };
      return {
        emit,
        tensor(role, make) {
          const name = names.fresh(`${step}/${role}`);
          addTensor(make(name));
          return name;
        },
        rename(from, to, node) {
          const isOwn = nodes.slice(start).some(({ output }) => output.includes(from));
          if (!isOwn) return this.rename(emit('Identity', [from], {}, 1)[0]!, to, node);
          names.release(from);
          for (const draft of nodes.slice(start)) {
            if (node !== undefined && draft.output.includes(from)) {
              nodeNames.release(draft.name);
              draft.name = nodeNames.fresh(node);
            }
            draft.input = draft.input.map((one) => (one === from ? to : one));
            draft.output = draft.output.map((one) => (one === from ? to : one));
          }
          return to;
        },
      };
    },
  };
}

/** An optional input is absent by an empty name, or at the end by none. */
function withoutAbsentEnd(inputs: readonly (string | undefined)[]): readonly string[] {
  const last = inputs.findLastIndex((name) => name !== undefined);
  return inputs.slice(0, last + 1).map((name) => name ?? '');
}
