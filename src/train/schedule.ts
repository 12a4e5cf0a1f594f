// How the learning rate changes from step to step. Cosine: I. Loshchilov and F. Hutter, "SGDR", 2017; one cycle: L. Smith and
// N. Topin, "Super-convergence", 2018, in the form of PyTorch's OneCycleLR.

import type { TrainSettings } from '../../compiler/frontend/sections/train.ts';
import { cos, pow } from '../../runtime/elementary.ts';

/** The part of the settings that says how fast a training learns. */
export type RateSettings = Pick<TrainSettings, 'optimizer' | 'schedule' | 'epochs'>;

/**
 * The learning rate of a step, counted from 0 over all epochs. In a warm-up of n steps, step i has (i + 1) / n of the rate; what the
 * schedule counts begins after it.
 */
export function rateAt(settings: RateSettings, step: number, stepsPerEpoch: number): number {
  const { name, arguments: given } = settings.schedule;
  const number = (key: string): number | undefined => given[key] as number | undefined;
  const base = settings.optimizer.arguments['learning_rate'] as number;
  const total = settings.epochs * stepsPerEpoch;
  if (name === 'one_cycle') {
    const peak = number('peak') ?? base;
    const start = number('start') ?? peak / 25;
    const final = number('final') ?? start / 1e4;
    const rise = (number('warmup') ?? 0.3 * settings.epochs) * stepsPerEpoch - 1;
    if (step < rise) return between(start, peak, step / rise);
    return between(peak, final, total - 1 > rise ? (step - Math.max(0, rise)) / (total - 1 - Math.max(0, rise)) : 0);
  }
  const warmup = (number('warmup') ?? 0) * stepsPerEpoch;
  if (step < warmup) return (base * (step + 1)) / warmup;
  const since = step - warmup;
  switch (name) {
    case 'constant':
      return base;
    case 'step':
      return base * pow(number('factor')!, Math.floor(since / stepsPerEpoch / number('every')!));
    case 'multi_step': {
      const passed = (given['at'] as readonly number[]).filter((epoch) => since >= epoch * stepsPerEpoch);
      return base * pow(number('factor')!, passed.length);
    }
    case 'cosine':
      return between(base, number('final')!, since / (total - warmup));
    default:
      throw new RangeError(`there is no schedule ${name}`);
  }
}

/** Half a wave of a cosine from one rate to the other. */
function between(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + cos(Math.PI * Math.min(1, share)))) / 2;
}
