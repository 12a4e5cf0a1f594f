// What a training says on the way: a line that is overwritten, a line for each epoch, and curves at the end.

import type { TrainSettings } from '../../compiler/frontend/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { curve } from '../text/curve.ts';
import { bar, grouped, percent } from '../text/format.ts';
import { durationText, lossText } from '../text/measures.ts';
import type { Measures } from '../train/evaluation.ts';
import type { EpochResult, StepEvent } from '../train/run.ts';
import type { Io } from './io.ts';
import { status } from './progress.ts';

export interface TrainingReport {
  step(event: StepEvent): void;
  epoch(result: EpochResult): void;
  /** Removes the line. */
  end(): void;
  /** Milliseconds since the report was made. */
  elapsed(): number;
}

export interface ReportOptions {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Steps of earlier runs. */
  readonly done: number;
  readonly checkedOn?: 'validation' | 'test';
}

/** Milliseconds between two changes of the line. */
const PAUSE = 100;
const CURVE_WIDTH = 40;

/** Shows a training on stderr; nothing of a step where that is no terminal. */
export function trainingReport(options: ReportOptions, { stderr, process }: Io): TrainingReport {
  const { epochs, stepsPerEpoch, done, checkedOn } = options;
  const line = status(stderr);
  const start = process.now();
  let [shown, epochStart, epochImages] = [-Infinity, start, 0];
  const width = String(epochs).length;
  const name = (epoch: number): string => `epoch ${String(epoch + 1).padStart(width)} of ${epochs}`;
  return {
    elapsed: () => process.now() - start,
    end: () => line.end(),
    step({ epoch, step, images, epochLoss, epochAccuracy }) {
      epochImages += images;
      const now = process.now();
      const isMeasured = step + 1 === stepsPerEpoch && checkedOn !== undefined;
      if (now - shown < PAUSE && !isMeasured) return;
      shown = now;
      const steps = epoch * stepsPerEpoch + step + 1;
      const left = ((now - start) / (steps - done)) * (epochs * stepsPerEpoch - steps);
      const parts = [
        `${name(epoch)} ${bar((step + 1) / stepsPerEpoch, 12).padEnd(12)}`,
        `loss ${lossText(epochLoss)}`,
        ...(epochAccuracy === undefined ? [] : [percent(epochAccuracy, 1)]),
        `${grouped(Math.round((1000 * epochImages) / (now - epochStart)))} images/s`,
        isMeasured ? 'measuring' : `${durationText(left)} left`,
      ];
      line.show(parts.join('  ').slice(0, stderr.columns - 1));
    },
    epoch(result) {
      const now = process.now();
      line.end();
      const speed = `${grouped(Math.round((1000 * epochImages) / (now - epochStart)))} images/s`;
      const told = (isShort: boolean): string =>
        `${[name(result.epoch), ...measuresText(result, checkedOn!, isShort), speed].join('  ')}\n`;
      stderr.write(told(stderr.isTerminal && told(false).length > stderr.columns));
      [epochStart, epochImages] = [now, 0];
    },
  };
}

/** Loss and accuracy of an epoch, and of maps how well areas agree; where there is little room, without the words for these. */
function measuresText(result: EpochResult, checkedOn: string, isShort: boolean): readonly string[] {
  const text = ({ loss, accuracy, meanIou }: Measures): readonly string[] => [
    `loss ${lossText(loss)}`,
    ...(accuracy === undefined ? [] : [`${isShort ? '' : 'accuracy '}${percent(accuracy, 1)}`]),
    ...(meanIou === undefined ? [] : [`${isShort ? '' : 'mean IoU '}${meanIou.toFixed(3)}`]),
  ];
  if (!result.checked) return text(result);
  return [text(result).join('  '), `${checkedOn} ${text(result.checked).join(' ')}`];
}

/** What the result of a training does, a line for each part of the data. */
export function finalText(final: Partial<Readonly<Record<'training' | 'validation' | 'test', Measures>>>): string {
  const lines = (['training', 'validation', 'test'] as const).flatMap((name) => {
    const one = final[name];
    if (!one) return [];
    const width = Math.max(10, ...(one.losses ?? []).map(({ of }) => of.length + 2));
    return [
      finalLine(name.padEnd(width), one),
      ...(one.losses ?? []).map((own) => finalLine(`  ${own.of}`.padEnd(width), own)),
    ];
  });
  return lines.join('');
}

function finalLine(name: string, { loss, accuracy, meanIou }: Measures): string {
  const parts = [
    `${name}  loss ${loss.toFixed(4)}`,
    ...(accuracy === undefined ? [] : [`accuracy ${percent(accuracy, 1)}`]),
    ...(meanIou === undefined ? [] : [`mean IoU ${meanIou.toFixed(3)}`]),
  ];
  return `${parts.join('  ')}\n`;
}

/** How loss and accuracy went, where there are epochs enough to see it. */
export function curvesText(history: readonly EpochResult[], checkedOn = 'validation'): string {
  if (history.length < 3) return '';
  const rows: readonly (readonly [string, readonly (number | undefined)[], (value: number) => string])[] = [
    ['loss', history.map(({ loss }) => loss), lossText],
    ['accuracy', history.map(({ accuracy }) => accuracy), (value) => percent(value, 1)],
    [`${checkedOn} loss`, history.map(({ checked }) => checked?.loss), lossText],
    [`${checkedOn} accuracy`, history.map(({ checked }) => checked?.accuracy), (value) => percent(value, 1)],
    [`${checkedOn} mean IoU`, history.map(({ checked }) => checked?.meanIou), (value) => value.toFixed(3)],
  ];
  const told = rows.flatMap(([name, values, text]) => {
    const numbers = values.filter((value) => value !== undefined);
    return numbers.length === values.length ? [{ name, numbers, text }] : [];
  });
  const first = told.map(({ numbers, text }) => text(numbers[0]!));
  const width = Math.max(...told.map(({ name }) => name.length));
  const before = Math.max(...first.map(({ length }) => length));
  return told
    .map(
      ({ name, numbers, text }, at) =>
        `${name.padEnd(width)}  ${first[at]!.padStart(before)} ${curve(numbers, CURVE_WIDTH)} ${text(numbers.at(-1)!)}\n`,
    )
    .join('');
}

/** A note where a network has outputs that no loss sees, for nothing else says that what leads to them does not learn. */
export function unseenText({ outputs }: Graph, { parts }: TrainSettings['loss']): string {
  const seen = parts?.map(({ of }) => of) ?? [outputs[0]!.name];
  const others = outputs.filter(({ name }) => !seen.includes(name));
  if (others.length === 0) return '';
  const names = others.map(({ name }) => name).join(', ');
  return `note: the loss is that of ${seen.join(', ')}; layers that lead to ${names} alone learn nothing\n`;
}
