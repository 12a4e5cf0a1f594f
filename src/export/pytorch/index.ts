// `cnnc export --pytorch`: a network as a Python package of PyTorch: its module, its weights and its training.

import { endingInScores } from '../../../compiler/autodiff/ending-in-scores.ts';
import type { Network } from '../../../compiler/frontend/index.ts';
import type { TrainSettings } from '../../../compiler/frontend/sections/train.ts';
import type { OperatorTable } from '../../../compiler/ir/operator.ts';
import { networkFile } from '../../weights/network-file.ts';
import { modelText } from './model.ts';
import type { About } from './model.ts';
import { trainText, untrainable } from './training/index.ts';
import type { LayerPace } from './training/pace.ts';

export { modelText } from './model.ts';

export interface PytorchFile {
  readonly path: string;
  readonly data: string | Uint8Array;
}

export interface PytorchPackage {
  /** model.py; model.safetensors where there are weights; train.py where the network can be trained, with training_model.py where it trains another module. */
  readonly files: readonly PytorchFile[];
  /** The class of the network. */
  readonly className: string;
  /** Why there is no train.py. */
  readonly untrainable?: string;
}

/** The files of a network, of which `pace` says which layers learn, and how fast, in train.py. Throws `InputError` where an operator has no form in PyTorch. */
export function pytorchPackage(
  network: Network,
  operators: OperatorTable,
  weights: ReadonlyMap<string, Float32Array> | undefined,
  pace: LayerPace = {},
): PytorchPackage {
  const { graph, trainingGraph = graph, train } = network;
  const { text, className } = modelText(graph, operators, aboutOf(network));
  const reason = untrainable(trainingGraph, train);
  return {
    files: [
      { path: 'model.py', data: text },
      ...(weights ? [{ path: 'model.safetensors', data: networkFile(graph, weights) }] : []),
      ...(reason === undefined ? trainingFiles(network, train!, operators, className, pace) : []),
    ],
    className,
    ...(reason !== undefined && { untrainable: reason }),
  };
}

/**
 * train.py, and the module that it trains where that is not the one in model.py: with auxiliary outputs, or with scores where cross-entropy
 * takes them in place of probabilities.
 */
function trainingFiles(
  network: Network,
  train: TrainSettings,
  operators: OperatorTable,
  className: string,
  pace: LayerPace,
): readonly PytorchFile[] {
  const { graph, trainingGraph = graph } = network;
  const learning = endingInScores(trainingGraph, operators, train.loss.name);
  if (learning === graph)
    return [{ path: 'train.py', data: trainText(graph, train, { graph, className, module: 'model', pace }) }];
  const trained = modelText(learning, operators, aboutOf(network));
  const about = { graph: learning, className: trained.className, module: 'training_model', pace };
  return [
    { path: 'training_model.py', data: trained.text },
    { path: 'train.py', data: trainText(graph, train, about) },
  ];
}

const aboutOf = ({ doc, taps }: Network): About => ({ ...(doc !== undefined && { doc }), taps });
