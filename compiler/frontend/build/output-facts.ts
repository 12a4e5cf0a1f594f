// What an `output` says of itself: the names of its classes, and whether it is there for the training only.

import type { OutputStatement, Setting } from '../../../grammar/ast.ts';
import type { GraphOutput } from '../../ir/graph.ts';
import type { AttributeSpec } from '../../ir/operator.ts';
import { attributeValue } from '../values/arguments.ts';
import { mismatch } from '../values/convert-at.ts';
import { evaluate } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluation.ts';
import { bindSettings } from '../values/settings.ts';

/** What an `output` may say of itself, besides `labels`. */
export const outputSpecs = {
  auxiliary: {
    type: 'float',
    default: null,
    minimum: 0,
  },
} as const satisfies Readonly<Record<string, AttributeSpec>>;

export const outputSettings: readonly string[] = ['labels', ...Object.keys(outputSpecs)];

/** `labels: "file"` or `labels: ["shirt", …]`, and `auxiliary: 0.3`. */
export function outputFacts(item: OutputStatement, at: Evaluation): Pick<GraphOutput, 'labels' | 'auxiliary'> {
  const foreign = new Map([
    ['classes', 'labels'],
    ['aux', 'auxiliary'],
  ]);
  const bound = bindSettings(item.settings, outputSettings, 'an output', at.report, foreign);
  const labels = labelsOf(bound.get('labels'), at);
  const weight = bound.get('auxiliary');
  const auxiliary = weight && attributeValue('auxiliary', outputSpecs.auxiliary, weight.value, at);
  return {
    ...(labels !== undefined && { labels }),
    ...(typeof auxiliary === 'number' && { auxiliary }),
  };
}

function labelsOf(setting: Setting | undefined, at: Evaluation): GraphOutput['labels'] {
  const value = setting && evaluate(setting.value, at);
  if (!setting || !value) return undefined;
  if (value.kind === 'string') return value.value;
  if (value.kind === 'list') {
    const words = value.items.flatMap((word) => (word.kind === 'string' ? [word.value] : []));
    if (words.length === value.items.length) return words;
  }
  at.report(mismatch(value, 'string', setting.value, '`labels`'));
  return undefined;
}
