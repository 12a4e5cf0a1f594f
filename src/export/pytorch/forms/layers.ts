// Convolutions and dense layers.

import { flagOf, numberOf, sizeAt, wordOf } from '../../../../compiler/ops/attributes.ts';
import { windowOf } from '../../../../compiler/ops/window.ts';
import { given, hole, option, py } from '../code.ts';
import type { Argument } from '../code.ts';
import { pair } from '../python.ts';
import type { Form, FormOf, Site } from './form.ts';
import { isEven, padded, sidesOf } from './windows.ts';

export const conv: FormOf = (site) =>
  convolution(site, numberOf(site.attributes, 'channels'), numberOf(site.attributes, 'groups'));

export const depthwiseConv: FormOf = (site) => {
  const inputs = site.inputs[0]!.shape[0]!;
  return convolution(site, inputs * numberOf(site.attributes, 'multiplier'), inputs);
};

/** x [N,C,H,W] → y [N,O,OH,OW] */
function convolution({ attributes, inputs: [input], isLayer }: Site, channels: number, groups: number): Form {
  const window = windowOf(attributes);
  const { kernel, stride, dilation } = window;
  const sides = sidesOf(window);
  const inside = isEven(sides) ? pair([sides[2], sides[0]]) : 0;
  const around = (x: string) => (isEven(sides) ? [x] : padded(x, sides));
  const isFlipped = wordOf(attributes, 'mode') === 'convolution';
  if (!isLayer) {
    return {
      code: ([x, weight, bias = 'None']) =>
        py`F.conv2d(${around(x!)}, ${weight!}${isFlipped ? '.flip(2, 3)' : ''}, ${bias}, ${hole('stride', pair(stride))}, ${hole('padding', inside)}, ${hole('dilation', pair(dilation))}, ${hole('groups', groups)})`,
    };
  }
  const layer = {
    callee: isFlipped ? 'FlippedConv2d' : 'nn.Conv2d',
    arguments: [
      given('in_channels', input!.shape[0]!),
      given('out_channels', channels),
      option('kernel_size', pair(kernel)),
      option('stride', pair(stride), 1),
      option('padding', inside, 0),
      option('dilation', pair(dilation), 1),
      option('groups', groups, 1),
      biasOption(attributes),
    ],
  };
  return { layer, code: ([x], self) => py`${self}(${around(x!)})` };
}

/** x [N,C,H,W] → y [N,O,OH,OW] */
export const convTranspose: FormOf = ({ attributes, inputs: [input], isLayer }) => {
  const window = windowOf(attributes);
  const { kernel, stride, dilation } = window;
  const sides = sidesOf(window);
  const inside = isEven(sides) ? pair([sides[2], sides[0]]) : 0;
  const extra = pair(sizeAt(attributes, 'output_padding'));
  const groups = numberOf(attributes, 'groups');
  // PyTorch cuts the same off both sides; what differs is cut off the whole result.
  const cut = sides.map((side) => 0 - side);
  const after = isEven(sides) ? undefined : hole('cut', cut);
  if (!isLayer) {
    return {
      code([x, weight, bias = 'None']) {
        const whole = py`F.conv_transpose2d(${x!}, ${weight!}, ${bias}, ${hole('stride', pair(stride))}, ${hole('padding', inside)}, ${hole('output_padding', extra)}, ${hole('groups', groups)}, ${hole('dilation', pair(dilation))})`;
        return after ? py`F.pad(${whole}, ${after})` : whole;
      },
    };
  }
  const layer = {
    callee: 'nn.ConvTranspose2d',
    arguments: [
      given('in_channels', input!.shape[0]!),
      given('out_channels', numberOf(attributes, 'channels')),
      option('kernel_size', pair(kernel)),
      option('stride', pair(stride), 1),
      option('padding', inside, 0),
      option('output_padding', extra, 0),
      option('groups', groups, 1),
      biasOption(attributes),
      option('dilation', pair(dilation), 1),
    ],
  };
  return {
    layer,
    code: ([x], self) => (after ? py`F.pad(${self}(${x!}), ${after})` : py`${self}(${x!})`),
  };
};

/** x [N,I] or [N,L,I] → y [N,O] or [N,L,O] */
export const dense: FormOf = ({ attributes, inputs: [input], isLayer }) => {
  if (!isLayer)
    return { code: ([x, weight, bias]) => py`F.linear(${x!}, ${weight!}${bias === undefined ? '' : `, ${bias}`})` };
  const layer = {
    callee: 'nn.Linear',
    arguments: [
      given('in_features', input!.shape.at(-1)!),
      given('out_features', numberOf(attributes, 'features')),
      biasOption(attributes),
    ],
  };
  return { layer, code: ([x], self) => py`${self}(${x!})` };
};

const biasOption = (attributes: Site['attributes']): Argument => option('bias', flagOf(attributes, 'bias'), true);
