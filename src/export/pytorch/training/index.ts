// train.py: the `train` section as a short program for `torchrun`, one process for each device.

import { unfitOutput } from '../../../../compiler/autodiff/loss.ts';
import type { TrainSettings } from '../../../../compiler/frontend/sections/train.ts';
import type { Graph } from '../../../../compiler/ir/graph.ts';
import { typeOf } from '../../../../compiler/ir/signature.ts';
import { formatShape, sameShape, sizeOf } from '../../../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../../../compiler/ir/tensor-type.ts';
import { weightsLayout } from '../../../../compiler/ir/weights-layout.ts';
import { operators } from '../../../../compiler/ops/index.ts';
import { proseText, pythonText, stringText } from '../python.ts';
import { augmentText, isAugmented } from './augment.ts';
import { readText } from './data.ts';
import { paceText } from './pace.ts';
import type { LayerPace } from './pace.ts';
import { loopText, measureText, saveText } from './loop.ts';
import { notPrepared, prepareText } from './prepare.ts';
import { answersOf, initText, isInitialised, lossText, optimizerText, trainedOutputs, areMoved } from './recipe.ts';
import { rateText } from './rate.ts';

/** The network as it trains: with its auxiliary outputs, in a file of its own where there are some. */
interface Trained {
  readonly graph: Graph;
  readonly className: string;
  /** What Python imports the class from. */
  readonly module: string;
  readonly pace: LayerPace;
}

/** Why there is no train.py; undefined where there can be one. `graph` has the auxiliary outputs. */
export function untrainable(graph: Graph, train: TrainSettings | undefined): string | undefined {
  if (!train) return 'the file has no `train` section for the network';
  if (train.loss.parts) return 'its losses name outputs, and a training there has one loss, of the first output';
  if (graph.inputs.length !== 1)
    return `the network has ${graph.inputs.length} inputs, and train.py takes pictures for one`;
  if (typeOf(graph, graph.inputs[0]!.value).shape.length !== 3) return 'the input of the network is no image';
  const { main, auxiliary } = trainedOutputs(graph);
  const shapeAt = (at: number): Shape => typeOf(graph, graph.outputs[at]!.value).shape;
  const scores = shapeAt(main);
  const other = auxiliary.find(({ at }) => !sameShape(shapeAt(at), scores));
  if (other)
    return `its auxiliary output ${graph.outputs[other.at]!.name} gives ${formatShape(shapeAt(other.at))}, and the result ${formatShape(scores)}`;
  if (train.loss.name === 'cross_entropy' && (scores.length === 2 || scores[0]! < 2))
    return 'cross_entropy takes scores of classes, of an image or of its pixels';
  const unfit = unfitOutput(graph, operators, train.loss.name);
  return unfit === undefined ? undefined : `${graph.name} ${unfit}`;
}

/** The program, whose weights are those of `network`, the graph without auxiliary outputs. */
export function trainText(network: Graph, train: TrainSettings, trained: Trained): string {
  const { graph, className, pace } = trained;
  const outputs = trainedOutputs(graph);
  const own = new Set(network.parameters.map(({ name }) => name));
  const auxiliary = graph.parameters.flatMap(({ name }) => (own.has(name) ? [] : [name]));
  const [input] = graph.inputs;
  const answers = answersOf(graph, train.loss);
  const ignored = train.loss.arguments['ignore'] as number | undefined;
  const augment = augmentText(train.augment, { isMap: areMoved(answers), ignored });
  const parts = [
    headText(train, trained, auxiliary),
    readText(answers, sizeOf(typeOf(graph, graph.outputs[outputs.main]!.value).shape)),
    prepareText(input!.settings, typeOf(graph, input!.value).shape),
    ...(augment === undefined ? [] : [augment]),
    rateText(train),
    ...initText(train.init),
    ...paceText(pace),
    optimizerText(train.optimizer, pace),
    lossText(graph, train.loss, outputs),
    measureText(answers, { ignored, main: outputs.main, loss: train.loss }),
    saveText(weightsLayout(network), auxiliary.length > 0),
    loopText(className, {
      isAugmented: augment !== undefined,
      isInitialised: isInitialised(train.init),
      answers,
      ...(ignored !== undefined && { ignored }),
      hasAuxiliary: outputs.auxiliary.length > 0,
      hasOthers: network.outputs.length > 1,
      keepsOwn: auxiliary.length > 0,
      pace,
      ...(train.clip !== undefined && { clip: train.clip }),
    }),
  ];
  return `${parts.join('\n\n\n')}\n`;
}

function headText(train: TrainSettings, { graph, className, module }: Trained, auxiliary: readonly string[]): string {
  const missing = [...notPrepared(graph.inputs[0]!.settings), ...leftOut(train)];
  const kind = answersOf(graph, train.loss);
  const answers = kind === 'class' ? ['labels'] : kind === 'map' ? ['targets'] : ['targets', 'labels'];
  return `"""Trains ${proseText(graph.name)} of ${module}.py as the train section of its .cnn file says: with one process

    python train.py --data FOLDER

or several, which share each batch: torchrun --nproc_per_node 2 train.py --data FOLDER
${missing.length === 0 ? '' : `\nOf the file, this leaves out: ${missing.join(', ')}.\n`}"""

import argparse
import gzip
import json
import math
import os
import time

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from ${module} import ${className}, ${auxiliary.length > 0 ? 'read_weights' : 'load_weights'}

BATCH = ${train.batch}  # images per step, of all processes together
EPOCHS = ${train.epochs}
SEED = ${train.seed}
DROP_LAST = ${pythonText(train.last === 'drop')}
ANSWERS = [${answers.map(stringText).join(', ')}]  # what the file of the answers may be called
LAYERS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)${tensorsText(auxiliary)}`;
}

/** The tensors that only the training has. */
const tensorsText = (auxiliary: readonly string[]): string =>
  auxiliary.length === 0
    ? ''
    : `
AUXILIARY = (  # tensors that only the training has: files have none of them
${auxiliary.map((name) => `    ${stringText(name)},`).join('\n')}
)`;

/** What plain PyTorch, or a short program, does not do. */
function leftOut(train: TrainSettings): readonly string[] {
  const { augment, validation, weights, evaluate, average } = train;
  return [
    ...augment.filter((step) => !isAugmented(step)).map(({ name }) => `augment ${name}`),
    ...(validation > 0 ? ['validation'] : []),
    ...(weights === 'best' ? ['weights: best'] : []),
    ...(evaluate === 'flip' ? ['evaluate: flip'] : []),
    ...(average === undefined ? [] : ['average']),
  ];
}
