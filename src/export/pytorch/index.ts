// `cnnc export --pytorch`: a network as a Python package of PyTorch: its module, its weights and its training.

import type { Network } from '../../../compiler/frontend/index.ts';
import type { OperatorTable } from '../../../compiler/ir/operator.ts';
import { networkFile } from '../../weights/network-file.ts';
import { modelText } from './model.ts';
import { trainText, untrainable } from './training/index.ts';

export { modelText } from './model.ts';

export interface PytorchFile {
  readonly path: string;
  readonly data: string | Uint8Array;
}

export interface PytorchPackage {
  /** model.py; model.safetensors where there are weights, and train.py where the network can be trained. */
  readonly files: readonly PytorchFile[];
  /** The class of the network. */
  readonly className: string;
  /** Why there is no train.py. */
  readonly untrainable?: string;
}

/** The files of a network. Throws `InputError` where an operator has no form in PyTorch. */
export function pytorchPackage(
  { graph, trainingGraph, doc, taps, train }: Network,
  operators: OperatorTable,
  weights: ReadonlyMap<string, Float32Array> | undefined,
): PytorchPackage {
  const { text, className } = modelText(graph, operators, { ...(doc !== undefined && { doc }), taps });
  const reason = trainingGraph ? 'it has auxiliary outputs, which model.py leaves out' : untrainable(graph, train);
  return {
    files: [
      { path: 'model.py', data: text },
      ...(weights ? [{ path: 'model.safetensors', data: networkFile(graph, weights) }] : []),
      ...(reason === undefined ? [{ path: 'train.py', data: trainText(graph, train!, className) }] : []),
    ],
    className,
    ...(reason !== undefined && { untrainable: reason }),
  };
}
