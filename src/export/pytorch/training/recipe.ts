// Loss, optimiser and initial weights of train.py.

import type { Choice } from '../../../../compiler/frontend/sections/train.ts';
import { classesShape } from '../../../../compiler/autodiff/loss.ts';
import type { Graph } from '../../../../compiler/ir/graph.ts';
import { typeOf } from '../../../../compiler/ir/signature.ts';
import { pythonText, stringText } from '../python.ts';
import { hasPace, pacedGroups } from './pace.ts';
import type { LayerPace } from './pace.ts';

/** What the data say of an image: its class, the class of each of its pixels, 0 or 1 for each of them or for each output, or numbers. */
export type AnswerKind = 'class' | 'map' | 'mask' | 'binary' | 'numbers';

/** Whether answers belong to pixels, with which they move. */
export const areMoved = (kind: AnswerKind): boolean => kind === 'map' || kind === 'mask';

/** What a training compares with the answers: places among the outputs of a graph, and how much each auxiliary one counts. */
export interface TrainedOutputs {
  readonly main: number;
  readonly auxiliary: readonly { readonly at: number; readonly weight: number }[];
}

/** The first output that is not auxiliary, and those that are. */
export function trainedOutputs({ outputs }: Graph): TrainedOutputs {
  return {
    main: outputs.findIndex(({ auxiliary }) => auxiliary === undefined),
    auxiliary: outputs.flatMap(({ auxiliary: weight }, at) => (weight === undefined ? [] : [{ at, weight }])),
  };
}

/** Throws RangeError where cross-entropy does not take the output. */
export function answersOf(graph: Graph, { name }: Pick<Choice, 'name'>): AnswerKind {
  const { shape } = typeOf(graph, graph.outputs[trainedOutputs(graph).main]!.value);
  const [channels, height = 1, width = 1] = shape;
  if (name === 'binary_cross_entropy')
    return shape.length === 3 && channels === 1 && height * width > 1 ? 'mask' : 'binary';
  if (name !== 'cross_entropy') return 'numbers';
  return classesShape(shape).length > 1 ? 'map' : 'class';
}

/** Whether there is something to start otherwise than by PyTorch's defaults, which are the language's. */
export const isInitialised = ({ name, arguments: given }: Choice): boolean =>
  name !== 'default' || given['transposed'] !== undefined;

/** `initialise(model)`, where it is needed. */
export function initText(init: Choice): readonly string[] {
  if (!isInitialised(init)) return [];
  const { name, arguments: given } = init;
  const isBilinear = given['transposed'] === 'bilinear';
  const rest = name === 'normal' ? `, std=${pythonText(given['deviation'] as number)}` : '';
  const spread = `        if isinstance(layer, LAYERS):
            nn.init.${name}_(layer.weight${rest})`;
  const enlarging = `        if isinstance(layer, nn.ConvTranspose2d) and layer.in_channels == layer.out_channels:
            enlarge(layer.weight.data)`;
  return [
    ...(isBilinear ? [enlargeText] : []),
    [
      `def initialise(model):
    """The weights of convolutions and dense layers; everything else starts as PyTorch has it."""
    for layer in model.modules():`,
      ...(name === 'default' ? [] : [spread]),
      ...(isBilinear ? [enlarging] : []),
    ].join('\n'),
  ];
}

const enlargeText = `def enlarge(weight):
    """Makes the weights of a transposed convolution enlarge each channel by itself, as bilinear interpolation does."""

    def nearness(size):
        factor = (size + 1) // 2
        middle = factor - 1 if size % 2 == 1 else factor - 0.5
        return 1 - (torch.arange(size) - middle).abs() / factor

    channels, share, height, width = weight.shape
    at = torch.arange(channels)
    weight.zero_()
    weight[at, at % share] = nearness(height)[:, None] * nearness(width)`;

/** With weight decay for the weights of convolutions and dense layers only, unless the section says all. */
export function optimizerText({ name, arguments: given }: Choice, pace: LayerPace): string {
  const number = (key: string): string => pythonText(given[key] as number);
  const decay = given['weight_decay'] as number;
  const rate = `lr=${number('learning_rate')}`;
  const own = optimizers[name]!(number, given);
  const decaysAll = given['decay'] === 'all';
  const groups = hasPace(pace)
    ? pacedGroups(pythonText(decay), decaysAll)
    : decaysAll
      ? `    groups = [{"params": list(model.parameters()), "weight_decay": ${pythonText(decay)}}]`
      : `    weights = {layer.weight for layer in model.modules() if isinstance(layer, LAYERS)}
    decayed = [one for one in model.parameters() if one in weights]
    others = [one for one in model.parameters() if one not in weights]
    groups = [{"params": decayed, "weight_decay": ${pythonText(decay)}}, {"params": others, "weight_decay": 0.0}]
    groups = [group for group in groups if group["params"]]`;
  return `def optimizer_of(model):
    """Only ${given['decay'] === 'all' ? 'the learning rate changes from step to step' : 'weights of convolutions and dense layers decay'}."""
${groups}
    return torch.optim.${own.replace('(', `(groups, ${rate}, `)}`;
}

const adamText = (number: (key: string) => string, given: Choice['arguments']): string =>
  `betas=(${number('beta1')}, ${number('beta2')}), eps=${number('epsilon')}${given['amsgrad'] === true ? ', amsgrad=True' : ''}`;

/** Of each optimizer its class, and its arguments but for the learning rate. */
const optimizers: Readonly<Record<string, (number: (key: string) => string, given: Choice['arguments']) => string>> = {
  sgd: (number, given) => `SGD(momentum=${number('momentum')}, nesterov=${pythonText(given['nesterov'] === true)})`,
  adam: (number, given) => `Adam(${adamText(number, given)})`,
  adamw: (number, given) => `AdamW(${adamText(number, given)})`,
  rmsprop: (number) => `RMSprop(alpha=${number('alpha')}, eps=${number('epsilon')}, momentum=${number('momentum')})`,
  adagrad: (number) => `Adagrad(eps=${number('epsilon')})`,
  adadelta: (number) => `Adadelta(rho=${number('rho')}, eps=${number('epsilon')})`,
};

/** `loss_of(output, answers, processes)`, of the images of one process; `output` is all of them where there are auxiliary ones. */
export function lossText(graph: Graph, loss: Choice, { main, auxiliary }: TrainedOutputs): string {
  if (auxiliary.length === 0) return singleLossText('loss_of', graph, loss);
  const terms = [{ at: main, weight: 1 }, ...auxiliary].map(({ at, weight }) => {
    const factor = weight === 1 ? '' : `${pythonText(weight)} * `;
    return `${factor}loss_at(outputs[${at}], answers, processes)`;
  });
  return `${singleLossText('loss_at', graph, loss)}


def loss_of(outputs, answers, processes):
    """The loss of the result, and those of the auxiliary outputs, times as much as they count."""
    return ${terms.join(' + ')}`;
}

/** The loss of one output, which cross-entropy takes as scores. */
function singleLossText(called: string, graph: Graph, { name, arguments: given }: Choice): string {
  if (name === 'cross_entropy') {
    const isMap = answersOf(graph, { name }) === 'map';
    const scores = isMap ? 'output' : 'output.flatten(1)';
    const smoothing = pythonText(given['label_smoothing'] as number);
    const ignored = 'ignore' in given ? pythonText(given['ignore'] as number) : undefined;
    const isWeighed = 'weights' in given;
    if (ignored !== undefined || isWeighed) {
      const counts = ignored === undefined ? 'answers' : `answers[answers != ${ignored}]`;
      const without = ignored === undefined ? '' : `, without the pixels of class ${ignored}`;
      const ignore = ignored === undefined ? '' : `, ignore_index=${ignored}`;
      const weights = (given['weights'] as readonly number[] | undefined)?.map(pythonText).join(', ');
      const lines = isWeighed
        ? `    weights = torch.tensor([${weights}], dtype=output.dtype, device=output.device)\n    counted = sum_of(weights[${counts}].sum(), output.device)\n`
        : `    counted = sum_of((answers != ${ignored}).sum(), output.device)\n`;
      return `def ${called}(output, answers, processes):
    """Cross-entropy of the scores [N, classes${isMap ? ', H, W' : ''}]${without}; what counts differs between the processes."""
${lines}    total = F.cross_entropy(${scores}, answers${isWeighed ? ', weight=weights' : ''}, label_smoothing=${smoothing}${ignore}, reduction="sum")
    return total * processes / (counted or 1)`;
    }
    return `def ${called}(output, answers, processes):
    """Cross-entropy of the scores [N, classes${isMap ? ', H, W' : ''}]."""
    return F.cross_entropy(${scores}, answers, label_smoothing=${smoothing})`;
  }
  const isSum = given['reduction'] === 'sum';
  return `def ${called}(output, answers, processes):
    """${name} of the answers; DistributedDataParallel takes the mean over the processes."""
    return ${targetLossText({ name, arguments: given })}${isSum ? ' * processes' : ''}`;
}

/** A loss of numbers, by PyTorch's function for it. */
export function targetLossText({ name, arguments: given }: Choice): string {
  const delta = name === 'huber' ? `delta=${pythonText(given['delta'] as number)}, ` : '';
  const reduction = stringText(given['reduction'] as string);
  return `F.${functions[name]!}(output, answers.view_as(output), ${delta}reduction=${reduction})`;
}

const functions: Readonly<Record<string, string>> = {
  mean_squared_error: 'mse_loss',
  mean_absolute_error: 'l1_loss',
  huber: 'huber_loss',
  binary_cross_entropy: 'binary_cross_entropy_with_logits',
};
