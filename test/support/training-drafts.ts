// Random networks as text, with a `train` section: structures in which trainings go wrong, such as weights that are shared, statistics
// of batches, several outputs, residual paths and attention, and every setting that changes a step.

import { frontend } from '../../compiler/frontend/index.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { numbersFrom } from './step.ts';

export interface TrainingDraft {
  readonly text: string;
  readonly network: Network;
  /** Images in the data, of which a batch may take all. */
  readonly images: number;
}

/** What draws. */
interface Dice {
  /** From `low` to `high`, both included. */
  whole(low: number, high: number): number;
  /** Of an image, or of one of its groups. */
  channels(): number;
  of<T>(list: readonly T[]): T;
  /** True with this probability. */
  chance(share: number): boolean;
}

function diceOf(seed: number, most: number): Dice {
  const next = numbersFrom(seed);
  for (let at = 0; at < 5; at += 1) next();
  const share = (): number => Math.min(0.999_999, Math.max(0, (next() + 1) / 2));
  const whole = (low: number, high: number): number => low + Math.floor(share() * (high - low + 1));
  return {
    whole,
    channels: () => whole(1, most),
    of: (list) => list[whole(0, list.length - 1)]!,
    chance: (limit) => share() < limit,
  };
}

/** Small ones are quick in the interpreter; large ones have the algorithms that pay on many channels and pixels only. */
export type DraftSize = 'small' | 'large';

/** Elements of a value and numbers to learn, and what is drawn. */
const limits = {
  small: { elements: 700, parameters: 6000, channels: 4, pixels: [1, 9] },
  large: { elements: 12_000, parameters: 60_000, channels: 18, pixels: [8, 26] },
} as const;

/** The network that this text gives; undefined where it is refused or too large. */
function networkOf(text: string, size: DraftSize): Network | undefined {
  const { networks, diagnostics } = frontend({ path: 'net.cnn', text }, { operators });
  if (diagnostics.some(({ severity }) => severity === 'error')) return undefined;
  const network = networks[0];
  if (!network) return undefined;
  const { graph, trainingGraph = graph } = network;
  const sizes = [...trainingGraph.types.values()].map(({ shape, batched }) => (batched ? sizeOf(shape) : 0));
  const parameters = trainingGraph.parameters.reduce(
    (sum, { value }) => sum + sizeOf(typeOf(trainingGraph, value).shape),
    0,
  );
  return Math.max(...sizes) <= limits[size].elements && parameters <= limits[size].parameters ? network : undefined;
}

/** A network and its training, the same for the same seed; undefined where it would be too large. */
export function trainingDraft(seed: number, size: DraftSize = 'small'): TrainingDraft | undefined {
  const { pixels, channels } = limits[size];
  const [low, high] = pixels;
  const dice = diceOf(seed, channels);
  const input: Shape = [dice.channels(), dice.whole(low, high), dice.whole(low, high)];
  const body: string[] = [];
  const shared: string[] = [];
  const blocks: string[] = [];
  const textOf = (end: string, train = ''): string =>
    [
      'import { encoder, self_attention } from "cnnc:blocks"',
      ...blocks,
      'network Net {',
      `  input image: [${input.join(', ')}]`,
      ...[...body, end].map((line) => `  ${line}`),
      '}',
      train,
    ].join('\n');
  const last = (): string | undefined => body.findLast((line) => /^v\d+ = /.test(line))?.split(' ')[0];
  const shapeOf = (name: string): Shape => {
    const { graph } = networkOf(textOf(`output ${name}`), size)!;
    return typeOf(graph, graph.outputs[0]!.value).shape;
  };
  const shapes = new Map<string, Shape>([['image', input]]);
  const values = (): readonly string[] => [...shapes.keys()];
  let count = 0;
  const add = (source: string, steps: string): boolean => {
    const name = `v${count}`;
    body.push(`${name} = ${source} -> ${steps}`);
    if (!networkOf(textOf(`output ${name}`), size)) {
      body.pop();
      return false;
    }
    shapes.set(name, shapeOf(name));
    count += 1;
    return true;
  };
  if (dice.chance(0.4)) {
    blocks.push(
      `block scaled { input x  learned gamma: [x.channels, 1, 1] = 0.5  conv(x.channels, kernel: 3, padding: 1) -> mul(gamma) -> add(x) }`,
    );
  }
  if (dice.chance(0.15)) add('image', `conv(${dice.of([2, 3, 4, 6])}, kernel: 2, stride: 2) -> tokens`);
  const steps = dice.whole(2, 8);
  for (let at = 0, tries = 0; at < steps && tries < 60; tries += 1) {
    const source = dice.chance(0.75) ? (last() ?? 'image') : dice.of(values());
    if (add(source, stepText(dice, { shape: shapes.get(source)!, shapes, blocks, shared, body }))) at += 1;
  }
  return finished(dice, { size, textOf, shapes, add, last, body });
}

interface Place {
  readonly shape: Shape;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly blocks: readonly string[];
  readonly shared: string[];
  readonly body: string[];
}

/** Without hard_sigmoid, whose slope is 1/6 in f32 in PyTorch's f64, too. */
const activations = [
  'relu', 'relu6', 'leaky_relu(slope: 0.2)', 'elu', 'celu(alpha: 0.5)', 'selu', 'gelu', 'silu', 'mish', 'softplus', 'softsign', 'tanh', 'sigmoid',
  'hard_swish', 'prelu', 'prelu(shared: true)', 'thresholded_relu', 'erf', 'abs', 'clip(-0.8, 0.9)',
]; // prettier-ignore

function stepText(dice: Dice, place: Place): string {
  const { shape } = place;
  if (shape.length === 1) return flatStep(dice, shape[0]!);
  return shape.length === 2 ? tokenStep(dice, place) : imageStep(dice, place);
}

function flatStep(dice: Dice, features: number): string {
  return dice.of([
    () => `dense(${dice.whole(2, 9)}, bias: ${dice.chance(0.7)})`,
    () => dice.of(activations),
    () => `batch_norm(momentum: ${dice.of([0.1, 0.3, 1])}, affine: ${dice.chance(0.7)})`,
    () => `layer_norm(epsilon: 1e-3, affine: ${dice.chance(0.7)})`,
    () => `rms_norm(affine: ${dice.chance(0.7)})`,
    () => `parallel add { path identity  path dense(${features}) -> ${dice.of(activations)} }`,
    () => 'log_softmax',
    () => 'softmax',
    () => 'scale',
  ])();
}

function tokenStep(dice: Dice, { shape, body }: Place): string {
  const [length, features] = shape as [number, number];
  const heads = dice.of([1, 1, 2, 3]);
  return dice.of([
    () => 'layer_norm',
    () => 'rms_norm',
    () => `dense(${dice.whole(2, 8)})`,
    () => dice.of(activations.filter((one) => !one.startsWith('prelu'))),
    () =>
      `parallel attention(heads: ${heads}) { path dense(${features})  path dense(${features})  path dense(${features}) } `,
    () => `parallel add { path identity  path layer_norm -> dense(${2 * features}) -> gelu -> dense(${features}) }`,
    () => `softmax(over: ${dice.of(['features', 'length'])})`,
    () => `reduce(${dice.of(['mean', 'sum', 'max', 'min'])}, over: length)`,
    () => `encoder(${heads}, expand: ${dice.whole(1, 3)})`,
    () => `self_attention(${heads})`,
    () => {
      // As in a vision transformer.
      const name = `t${body.length}`;
      body.push(`learned ${name}: [${length}, ${features}] = 0.1`);
      return dice.of([
        `add(${name})`,
        `mul(${name})`,
        `concat(${name}, along: length)`,
        `matmul(${name}, transpose_b: true)`,
      ]);
    },
    () => 'transpose',
    () => 'flatten',
  ])();
}

function windowText(dice: Dice, dilated = true): string {
  const sides = dice.chance(0.2)
    ? `[${[0, 1, 2, 3].map(() => dice.whole(0, 2)).join(', ')}]`
    : String(dice.whole(0, 2));
  return [
    `kernel: ${dice.chance(0.3) ? `${dice.whole(1, 4)}x${dice.whole(1, 4)}` : dice.whole(1, 5)}`,
    ...(dice.chance(0.4)
      ? [`stride: ${dice.chance(0.3) ? `${dice.whole(1, 3)}x${dice.whole(1, 3)}` : dice.whole(2, 3)}`]
      : []),
    ...(dice.chance(0.6) ? [`padding: ${dice.chance(0.2) ? 'same' : sides}`] : []),
    ...(dilated && dice.chance(0.25) ? [`dilation: ${dice.of(['2', '1x2', '3'])}`] : []),
  ].join(', ');
}

function imageStep(dice: Dice, { shape, shapes, blocks, shared, body }: Place): string {
  const [channels, height, width] = shape as [number, number, number];
  const groups = dice.chance(0.3) ? dice.of([1, 2, 3].filter((one) => channels % one === 0)) : 1;
  const convolution = (out = groups * dice.channels()): string =>
    `conv(${out}, ${windowText(dice)}, groups: ${groups}, bias: ${dice.chance(0.7)}${dice.chance(0.1) ? ', mode: convolution' : ''})`;
  const alike = [...shapes].filter(([, other]) => other.join() === shape.join()).map(([name]) => name);
  const tall = [...shapes]
    .filter(([, other]) => other.length === 3 && other[1] === height && other[2] === width)
    .map(([name]) => name);
  const norm = (): string =>
    dice.of([
      `batch_norm(momentum: ${dice.of([0.1, 0.01, 0.5])}, epsilon: ${dice.of([1e-5, 1e-2])})`,
      'batch_norm',
      'instance_norm(affine: true)',
      `group_norm(${dice.of([1, 2, 3].filter((one) => channels % one === 0))})`,
      'layer_norm',
      'layer_norm(over: map)',
      'rms_norm',
    ]);
  return dice.of<() => string>([
    () => convolution(),
    () => `${convolution()} -> batch_norm -> relu`,
    () => convolution(),
    () => `depthwise_conv(${windowText(dice)}, multiplier: ${dice.whole(1, 3)})`,
    () =>
      `conv_transpose(${groups * dice.channels()}, ${windowText(dice)}, groups: ${groups}${dice.chance(0.3) ? ', output_padding: 1' : ''})`,
    () => `conv_transpose(${groups * dice.channels()}, ${windowText(dice)}, groups: ${groups}, bias: false)`,
    norm,
    norm,
    () => dice.of(activations),
    () => `${dice.of(['max_pool', 'avg_pool', 'lp_pool'])}(${windowText(dice, false)}, ceil: ${dice.chance(0.4)})`,
    () => `avg_pool(${windowText(dice, false)}, count_padding: false, ceil: ${dice.chance(0.5)})`,
    () => `max_pool(${windowText(dice)})`,
    () => `adaptive_${dice.of(['avg', 'max'])}_pool(${dice.whole(1, 4)}x${dice.whole(1, 4)})`,
    () => `resize(${dice.whole(1, 7)}x${dice.whole(1, 7)}, mode: ${dice.of(['nearest', 'bilinear', 'bicubic'])})`,
    () =>
      `resize(${dice.whole(1, 7)}x${dice.whole(1, 7)}, mode: ${dice.of(['bilinear', 'bicubic'])}, align_corners: true)`,
    () => `upsample(2, mode: ${dice.of(['nearest', 'bilinear'])})`,
    () => `pad(${dice.whole(1, 2)}, mode: ${dice.of(['constant', 'reflect', 'replicate', 'circular'])})`,
    () => `local_response_norm(${dice.whole(1, 4)}, alpha: 0.5)`,
    () => `parallel add { path identity  path ${convolution(channels)} }`,
    () =>
      `parallel add { path identity  path conv(${channels}, kernel: 3, padding: 1) -> batch_norm -> relu -> conv(${channels}, kernel: 1) } -> relu`,
    () =>
      `parallel mul { path identity  path global_avg_pool -> conv(${dice.whole(1, 3)}, kernel: 1) -> relu -> conv(${channels}, kernel: 1) -> sigmoid }`,
    () =>
      `parallel concat { path conv(${dice.channels()}, kernel: 1)  path conv(${dice.channels()}, kernel: 3, padding: 1) -> relu  path max_pool(3, stride: 1, padding: 1) }`,
    () => `${dice.of(['add', 'mul', 'maximum', 'minimum', 'sub'])}(${dice.of(alike)})`,
    () => `concat(${dice.of(tall)})`,
    () => `channel_shuffle(${dice.of([1, 2, 3].filter((one) => channels % one === 0))})`,
    () =>
      dice.of([
        'pixel_shuffle(2)',
        'pixel_unshuffle(2)',
        'scale',
        'scale(bias: false)',
        'global_avg_pool',
        'global_max_pool',
      ]),
    () => dice.of(['softmax(over: map)', 'softmax', 'softmax(over: width)', 'log_softmax(over: height)']),
    () => `reduce(${dice.of(['mean', 'sum', 'max', 'min'])}, over: ${dice.of(['channels', 'height', 'width', 'map'])})`,
    () => 'tokens',
    () => 'flatten',
    () => (blocks.length > 0 ? 'scaled' : 'relu'),
    () => {
      // One layer that is called several times.
      const name = `s${shared.length}`;
      shared.push(name);
      body.push(
        `share ${name} = conv(${channels}, kernel: 3, padding: 1) -> ${dice.of(['batch_norm -> relu', 'tanh', 'layer_norm', 'prelu'])}`,
      );
      return dice.of([
        `${name} -> ${name}`,
        `${name} -> relu -> ${name} -> ${name}`,
        `parallel add { path ${name}  path ${name} -> ${name} }`,
      ]);
    },
  ])();
}

interface Unfinished {
  readonly size: DraftSize;
  textOf(end: string, train?: string): string;
  readonly shapes: ReadonlyMap<string, Shape>;
  add(source: string, steps: string): boolean;
  last(): string | undefined;
  readonly body: string[];
}

/** Its outputs and its settings. */
function finished(dice: Dice, { size, textOf, shapes, body, last }: Unfinished): TrainingDraft | undefined {
  const source = last() ?? 'image';
  const shape = shapes.get(source)!;
  const isMap = shape.length === 3 && sizeOf(shape.slice(1)) > 1 && dice.chance(0.4);
  const classes = dice.whole(2, 5);
  const flat = (value: string): string => (shapes.get(value)!.length === 1 ? value : `${value} -> flatten`);
  const end = dice.of(['', '', '', ' -> softmax', ' -> log_softmax']);
  const head = (value: string): string =>
    isMap ? `${value} -> conv(${classes}, kernel: 1)${end}` : `${flat(value)} -> dense(${classes})${end}`;
  body.push(`scores = ${head(source)}`);
  const outputs = ['output scores'];
  const others = [...shapes].filter(([name, own]) =>
    isMap ? own.length === 3 && own.slice(1).join() === shape.slice(1).join() : name !== 'image' || own.length > 0,
  );
  if (dice.chance(0.3)) {
    body.push(`early = ${head(dice.of(others)[0])}`);
    outputs.push(`output early { auxiliary: ${dice.of([0.3, 1, 0.05])} }`);
  }
  const rest = dice.chance(0.2) ? [`output ${source}`] : [];
  const images = dice.whole(2, 5);
  const train = trainText(dice, { isMap, areLogits: end === '', images });
  const text = textOf([...(dice.chance(0.5) ? outputs : outputs.toReversed()), ...rest].join('\n  '), train);
  const network = networkOf(text, size);
  return network && { text, network, images };
}

interface Learning {
  readonly isMap: boolean;
  /** Whether the network ends without a softmax. */
  readonly areLogits: boolean;
  readonly images: number;
}

function trainText(dice: Dice, { isMap, areLogits, images }: Learning): string {
  const decay = dice.chance(0.5)
    ? `, weight_decay: ${dice.of([0.1, 0.01])}${dice.chance(0.4) ? ', decay: all' : ''}`
    : '';
  const momentum = dice.chance(0.6)
    ? `, momentum: ${dice.of([0.9, 0.5])}${dice.chance(0.4) ? ', nesterov: true' : ''}`
    : '';
  const rate = dice.of([0.1, 0.03, 0.01]);
  // A bias before a batch norm has a gradient of 0, of whose rounding errors a smaller epsilon would make steps.
  const adam = dice.chance(0.4) ? `, beta1: 0.8, beta2: 0.95, epsilon: 0.01` : ', epsilon: 0.01';
  const smoothing = dice.chance(0.4) ? 'label_smoothing: 0.1' : '';
  const ignore = isMap && dice.chance(0.6) ? 'ignore: 255' : '';
  const inside = [smoothing, ignore].filter(Boolean).join(', ');
  const reduction = `reduction: ${dice.of(['mean', 'sum'])}`;
  const ofNumbers = dice.of([
    `mean_squared_error(${reduction})`,
    `huber(${dice.of(['', 'delta: 0.3, '])}${reduction})`,
    `${areLogits ? 'binary_cross_entropy' : 'mean_squared_error'}(${reduction})`,
  ]);
  return `train Net {
  loss: ${dice.chance(0.6) ? `cross_entropy${inside ? `(${inside})` : ''}` : ofNumbers}
  optimizer: ${dice.of([`sgd(learning_rate: ${rate}${momentum}${decay})`, `adam(learning_rate: ${rate / 3}${adam}${decay})`, `adamw(learning_rate: ${rate / 3}${adam}${decay})`, `rmsprop(learning_rate: ${rate / 3}, alpha: 0.9, epsilon: 0.01${dice.chance(0.5) ? ', momentum: 0.5' : ''}${decay})`, `adagrad(learning_rate: ${rate}, epsilon: 0.01${decay})`, `adadelta(learning_rate: ${10 * rate}, epsilon: 0.01${decay})`])}
  schedule: ${dice.of(['constant', 'constant(warmup: 2)', 'step(every: 2, factor: 0.5)', 'multi_step(at: [1, 3], factor: 0.5)', 'cosine', 'cosine(final: 0.001, warmup: 1)', 'one_cycle'])}
  ${dice.chance(0.4) ? `clip: ${dice.of([0.1, 1, 5])}` : ''}
  ${dice.chance(0.3) ? `average: ${dice.of([0.5, 0.9])}` : ''}
  init: ${dice.of(['default', 'kaiming_normal', 'xavier_uniform'])}
  batch: ${images}
  epochs: 6
}
`;
}
