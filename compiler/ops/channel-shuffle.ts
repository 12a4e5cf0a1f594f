// Takes channels from each group in turn (Zhang et al., 2018, ShuffleNet).

import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { numberOf } from './attributes.ts';
import { isImage, nearestDivisor, notAnImage, sentences } from './limits.ts';
import { step, image } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const channelShuffle: Operator = {
  name: 'channel_shuffle',
  attributes: { groups: { type: 'int', minimum: 1 } },
  constraints: {
    C1: sentences.image('channel_shuffle'),
    C2: 'the groups of `channel_shuffle` must divide the channels',
  },
  infer([input], attributes, report) {
    const channels = input!.shape[0]!;
    const groups = numberOf(attributes, 'groups');
    if (!isImage(input!.shape)) return report('C1', notAnImage(input!.shape));
    if (channels % groups === 0) return [input!];
    const suggestion = { attribute: 'groups', value: nearestDivisor(channels, groups) };
    const expected = `a divisor of ${channels}`;
    return report('C2', {
      found: `${channels} channels in ${groups} groups`,
      expected,
      attribute: 'groups',
      suggestion,
    });
  },
  // x [N,g,C/g,H,W] → y [N,C/g,g,H,W], seen as [N,C,H,W]
  reference([x], attributes, [input]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const groups = numberOf(attributes, 'groups');
    const data = x!.data.map((_, index) => {
      const plane = Math.floor(index / (height * width));
      const c = plane % channels;
      const source = (c % groups) * (channels / groups) + Math.floor(c / groups);
      return x!.data[index + (source - c) * height * width]!;
    });
    return [{ shape: x!.shape, data }];
  },
  lowering: { kind: 'channel-shuffle' },
  takes: () => 'moves',
  gradient: ({ apply, attributes, operands: [x], upstream: [dy], typeOf }) => [
    apply('channel_shuffle', [dy!], { groups: typeOf(x!).shape[0]! / numberOf(attributes, 'groups') }),
  ],
  range: rangeOfFirst,
  unchanged({ attributes, shape }) {
    const groups = numberOf(attributes, 'groups');
    return groups === 1 || groups === shape[0];
  },
};

/** Examples of its rules. */
export const channelShuffleExamples: RuleExamples = () => ({
  C1: image('channel_shuffle(2)'),
  C2: step(
    'The channels are dealt to the groups in equal parts.',
    '[8, 4, 4]',
    'channel_shuffle(3)',
    'channel_shuffle(4)',
  ),
});
