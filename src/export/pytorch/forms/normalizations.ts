// Normalisations, learned slopes and factors.

import { flagOf, numberOf, wordOf } from '../../../../compiler/ops/attributes.ts';
import { channelAxis, channelsOf } from '../../../../compiler/ir/tensor-type.ts';
import type { TensorType } from '../../../../compiler/ir/tensor-type.ts';
import { given, hole, option, py } from '../code.ts';
import type { Argument } from '../code.ts';
import { pythonText } from '../python.ts';
import type { PyValue } from '../python.ts';
import { formula, layerOf } from './form.ts';
import type { Form, FormOf, Site } from './form.ts';

export const batchNorm: FormOf = ({ attributes, inputs: [input], isLayer }) => {
  if (!isLayer) {
    const affine = flagOf(attributes, 'affine');
    const [eps, momentum] = [
      hole('eps', numberOf(attributes, 'epsilon')),
      hole('momentum', numberOf(attributes, 'momentum')),
    ];
    return formula((x, ...weights) => {
      const [mean, variance] = weights.slice(-2) as [string, string];
      const [weight, bias] = affine ? weights : ['None', 'None'];
      return py`F.batch_norm(${x!}, ${mean}, ${variance}, ${weight!}, ${bias!}, False, ${momentum}, ${eps})`;
    });
  }
  return layerOf({
    callee: 'BatchNorm',
    arguments: [
      given('channels', input!.shape[0]!),
      option('eps', numberOf(attributes, 'epsilon'), 1e-5),
      option('momentum', numberOf(attributes, 'momentum'), 0.1),
      option('affine', flagOf(attributes, 'affine'), true),
    ],
  });
};

export const groupNorm: FormOf = (site) => normalizedGroups(site, given('groups', numberOf(site.attributes, 'groups')));

/** Each channel is a group. */
export const instanceNorm: FormOf = (site) => normalizedGroups(site, given('channels', site.inputs[0]!.shape[0]!));

function normalizedGroups({ attributes, inputs: [input], isLayer }: Site, groups: Argument): Form {
  const eps = numberOf(attributes, 'epsilon');
  if (!isLayer)
    return formula((x, weight, bias) => py`F.group_norm(${x!}, ${groups}, ${weight!}, ${bias!}, ${hole('eps', eps)})`);
  return layerOf({
    callee: 'nn.GroupNorm',
    arguments: [
      groups,
      given('channels', input!.shape[0]!),
      option('eps', eps, 1e-5),
      option('affine', flagOf(attributes, 'affine'), true),
    ],
  });
}

export const layerNorm: FormOf = (site) => {
  const eps = numberOf(site.attributes, 'epsilon');
  const shape = normalizedShape(site);
  if (!site.isLayer) {
    const sizes = hole('shape', typeof shape === 'number' ? [shape] : shape);
    const [seen, back] = isInside(site) ? ['.movedim(1, -1)', '.movedim(-1, 1)'] : ['', ''];
    return formula(
      (x, weight, bias) => py`F.layer_norm(${x!}${seen}, ${sizes}, ${weight!}, ${bias!}, ${hole('eps', eps)})${back}`,
    );
  }
  return layerOf({
    callee: isInside(site) ? 'ChannelNorm' : 'nn.LayerNorm',
    arguments: [
      given('channels', shape),
      option('eps', eps, 1e-5),
      option('elementwise_affine', flagOf(site.attributes, 'affine'), true),
    ],
  });
};

export const rmsNorm: FormOf = (site) => {
  if (!site.isLayer) return rmsFormula(site);
  return layerOf({
    callee: isInside(site) ? 'ChannelRMSNorm' : 'RMSNorm',
    arguments: [
      given('channels', normalizedShape(site)),
      option('eps', numberOf(site.attributes, 'epsilon'), 1e-5),
      option('affine', flagOf(site.attributes, 'affine'), true),
    ],
  });
};

function rmsFormula(site: Site): Form {
  const rank = site.inputs[0]!.shape.length;
  const axes = wordOf(site.attributes, 'over') === 'map' ? site.inputs[0]!.shape.map((_, at) => at - rank) : [-1];
  const [seen, back] = isInside(site) ? ['.movedim(1, -1)', '.movedim(-1, 1)'] : ['', ''];
  const eps = hole('eps', numberOf(site.attributes, 'epsilon'));
  return formula((given, weight) => {
    const x = `${given}${seen}`;
    return py`(${x} * torch.rsqrt(${x}.pow(2).mean(${pythonText(axes)}, keepdim=True) + ${eps}) * ${weight!})${back}`;
  });
}

/** Whether what is normalised is not the last axes: the channels of an image. */
const isInside = ({ attributes, inputs: [input] }: Site): boolean =>
  wordOf(attributes, 'over') !== 'map' && channelAxis(input!) !== input!.shape.length - 1;

function normalizedShape({ attributes, inputs: [input] }: Site): PyValue {
  if (wordOf(attributes, 'over') === 'map') return input!.shape;
  return channelsOf(input!);
}

export const localResponseNorm: FormOf = ({ attributes }) =>
  formula(
    (x) =>
      py`F.local_response_norm(${x!}, ${hole('size', numberOf(attributes, 'size'))}, alpha=${hole('alpha', numberOf(attributes, 'alpha'))}, beta=${hole('beta', numberOf(attributes, 'beta'))}, k=${hole('k', numberOf(attributes, 'k'))})`,
  );

export const prelu: FormOf = ({ attributes, inputs: [input], isLayer }) => {
  if (!isLayer) {
    const [seen, back] = isLast(input!) ? ['.movedim(-1, 1)', '.movedim(1, -1)'] : ['', ''];
    return formula((x, weight) => [`F.prelu(${x}${seen}, ${weight})${back}`]);
  }
  const count = flagOf(attributes, 'shared') ? 1 : channelsOf(input!);
  const layer = { callee: 'nn.PReLU', arguments: [given('channels', count)] };
  return isLast(input!)
    ? { layer, code: ([x], self) => py`${self}(${x!}.movedim(-1, 1)).movedim(1, -1)` }
    : layerOf(layer);
};

/** Tokens: their features are behind their length. */
const isLast = (input: TensorType): boolean => channelAxis(input) === 1;

export const scale: FormOf = ({ attributes, inputs: [input], isLayer }) => {
  const { length } = input!.shape;
  const behind = length - 1 - channelAxis(input!);
  if (!isLayer) {
    const spread = behind === 0 ? '' : `.view(${['-1', ...Array<string>(behind).fill('1')].join(', ')})`;
    return formula((x, weight, bias) => [
      `${x} * ${weight}${spread}${bias === undefined ? '' : ` + ${bias}${spread}`}`,
    ]);
  }
  return layerOf({
    callee: 'Scale',
    arguments: [
      given('channels', channelsOf(input!)),
      option('axes_behind', behind, 2),
      option('bias', flagOf(attributes, 'bias'), true),
    ],
  });
};
