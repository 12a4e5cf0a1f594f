// The live curves of a training: those of the report of `cnnc train`.

import { curvesHtml } from '../../../report/html/training-curves.ts';
import type { Advanced, TrainStarted } from '../../run/protocol.ts';

/** HTML, without text of the user. */
export function liveCurves(
  { epochs, stepsPerEpoch }: TrainStarted,
  { history, rates }: Advanced,
  losses: readonly number[],
): string {
  const total = epochs * stepsPerEpoch;
  return curvesHtml({
    epochs,
    stepsPerEpoch,
    history,
    checkedOn: 'test',
    seconds: new Map(),
    stepLosses: { first: 0, values: losses },
    rateAt: (step) => rates[Math.round((step * (rates.length - 1)) / Math.max(1, total - 1))]!,
  });
}
