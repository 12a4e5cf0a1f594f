// What layer_norm and rms_norm accept: the axes that they normalise over.

import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Operator } from '../ir/operator.ts';
import { axisNames, formatShape } from '../ir/tensor-type.ts';
import { wordOf } from './attributes.ts';
import { axesOf, noSuchAxis } from './axes.ts';
import { network } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { sentences } from './limits.ts';

export const overSpec: AttributeSpec = {
  type: 'choice',
  choices: ['channels', 'features', 'map'],
  default: 'channels',
};

/** Whether all numbers of the map are normalised together. */
export const isOverMap = (attributes: Attributes): boolean => wordOf(attributes, 'over') === 'map';

/** The rules of the operator of that name. */
export const overSentences = (name: string) => ({
  C1: sentences.anyFlow(name),
  C2: `\`over\` must name an axis of the input of \`${name}\`, and tokens are normalised over their features`,
});

/** False after reporting. */
export function checkOver(...[[input], attributes, report]: Parameters<Operator['infer']>): boolean {
  const { shape } = input!;
  const over = wordOf(attributes, 'over');
  if (!axisNames(shape.length)) {
    report('C1', { found: formatShape(shape) });
    return false;
  }
  const isTokenMap = over === 'map' && shape.length === 2;
  if (axesOf(shape, over) && !isTokenMap) return true;
  const expected = shape.length === 3 ? 'channels or map' : shape.length === 2 ? 'features' : 'features or map';
  report('C2', { ...noSuchAxis(shape, over, 'over'), expected });
  return false;
}

/** Examples of these rules. */
export const overExamples: RuleExamples = (name) => ({
  C1: { explanation: 'Every value of the language has such axes, so that no file can break this rule.' },
  C2: {
    explanation: 'An image has channels, a list and tokens have features.',
    bad: network('[4, 8, 8]', `${name}(over: features)`),
    good: network('[4, 8, 8]', `${name}(over: channels)`),
  },
});
