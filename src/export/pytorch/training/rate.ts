// The learning rate of a step in Python: the formulas of src/train/schedule.ts, with the numbers of the `train` section.

import type { Choice, TrainSettings } from '../../../../compiler/frontend/sections/train.ts';
import { pythonText } from '../python.ts';

/** `learning_rate(step, steps)`, of a step counted from 0 over all epochs of `steps` each. */
export function rateText({ schedule, optimizer }: TrainSettings): string {
  const { name, arguments: given } = schedule;
  const base = optimizer.arguments['learning_rate'] as number;
  const number = (key: string): number | undefined => given[key] as number | undefined;
  const lines = name === 'one_cycle' ? oneCycle(base, number) : fromWarmup(schedule, base, number);
  const usesWave = lines.some((line) => line.includes('between('));
  return [
    ...(usesWave
      ? [
          'def between(start, end, share):',
          '    """Half a wave of a cosine from one rate to the other."""',
          '    return end + (start - end) * (1 + math.cos(math.pi * min(1, share))) / 2',
          '',
          '',
        ]
      : []),
    'def learning_rate(step, steps, epochs):',
    `    """The schedule ${name}: of a step counted from 0, with so many steps in each epoch."""`,
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}

type Read = (key: string) => number | undefined;

function fromWarmup({ name, arguments: given }: Choice, base: number, number: Read): readonly string[] {
  const rate = pythonText(base);
  const warmup = number('warmup') ?? 0;
  const start =
    warmup === 0
      ? ['since = step']
      : [
          `warmup = ${warmup} * steps`,
          'if step < warmup:',
          `    return ${rate} * (step + 1) / warmup`,
          'since = step - warmup',
        ];
  if (name === 'step') {
    const [factor, every] = [pythonText(number('factor')!), pythonText(number('every')!)];
    return [...start, `return ${rate} * ${factor} ** (since // steps // ${every})`];
  }
  if (name === 'multi_step') {
    const epochs = (given['at'] as readonly number[]).map(pythonText).join(', ');
    return [
      ...start,
      `return ${rate} * ${pythonText(number('factor')!)} ** sum(since >= at * steps for at in [${epochs}])`,
    ];
  }
  if (name === 'cosine')
    return [
      ...start,
      `return between(${rate}, ${pythonText(number('final')!)}, since / (steps * epochs - (step - since)))`,
    ];
  return [...(warmup === 0 ? [] : start.slice(0, -1)), `return ${rate}`];
}

function oneCycle(base: number, number: Read): readonly string[] {
  const peak = number('peak') ?? base;
  const start = number('start') ?? peak / 25;
  const final = number('final') ?? start / 1e4;
  const warmup = number('warmup');
  return [
    `rise = ${warmup === undefined ? '0.3 * epochs' : pythonText(warmup)} * steps - 1`,
    'if step < rise:',
    `    return between(${pythonText(start)}, ${pythonText(peak)}, step / rise)`,
    'rise = max(0, rise)',
    'last = steps * epochs - 1',
    `return between(${pythonText(peak)}, ${pythonText(final)}, (step - rise) / (last - rise) if last > rise else 0)`,
  ];
}
