// The curves of a training as a part of a page: loss, accuracy and learning rate over the epochs.

import { percent, significant } from '../../text/format.ts';
import { lossText, rateText } from '../../text/measures.ts';
import type { ChartOptions, Line } from '../svg/chart.ts';
import { chartStyle, chartSvg } from '../svg/chart.ts';
import { escapeMarkup } from '../svg/markup.ts';

/** How well a network did. */
export interface Measures {
  readonly loss: number;
  /** Share of the images, or of the pixels of maps, that got their class. */
  readonly accuracy?: number;
  /** Of maps: how well the areas of each class agree, from 0 to 1. */
  readonly meanIou?: number;
  /** Of each of several outputs. */
  readonly losses?: readonly { readonly of: string; readonly loss: number }[];
}

export interface TrainingCourse {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly history: readonly {
    /** Counted from 0. */
    readonly epoch: number;
    readonly loss: number;
    readonly accuracy?: number;
    /** At the last step. */
    readonly rate: number;
    readonly checked?: Measures;
  }[];
  readonly checkedOn?: 'validation' | 'test';
  /** Seconds that each epoch took with its measurement, where this run has seen it. */
  readonly seconds: ReadonlyMap<number, number>;
  /** Mean losses of one image at the steps that this run has seen; the first of these is step `first`, counted from 0 over all epochs. */
  readonly stepLosses: { readonly first: number; readonly values: readonly number[] };
  /** The learning rate at a step, counted from 0 over all epochs. */
  rateAt(step: number): number;
}

/** Points of a line at most. */
const MAX_POINTS = 300;

/** HTML: a figure for each curve that there is. */
export function curvesHtml(course: TrainingCourse): string {
  return `<div class="curves">${[lossFigure(course), accuracyFigure(course), rateFigure(course)].join('\n')}</div>`;
}

function lossFigure(course: TrainingCourse): string {
  const { history, checkedOn } = course;
  const training = lineOf(course, 'training', 'first', ({ loss }) => loss);
  const checked = lineOf(course, checkedOn ?? '', 'second', (one) => one.checked?.loss);
  const steps = stepLine(course);
  // Single steps, the first of all, may lie far above.
  const seen = steps.points.map(([, loss]) => loss).toSorted((a, b) => a - b);
  const most = Math.max(
    seen[Math.floor(0.97 * (seen.length - 1))] ?? 0,
    ...history.flatMap(({ loss, checked: one }) => [loss, one?.loss ?? loss]),
  );
  const up = { ...(most > 0 && { most }), least: 0 };
  return figure('loss', [steps, training, checked], course, lossText, { up, mark: rateText });
}

function accuracyFigure(course: TrainingCourse): string {
  const training = lineOf(course, 'training', 'first', ({ accuracy }) => accuracy);
  const checked = lineOf(course, course.checkedOn ?? '', 'second', (one) => one.checked?.accuracy);
  if (training.points.length + checked.points.length === 0) return '';
  return figure('accuracy', [training, checked], course, (value) => percent(value, 1), {
    mark: (value) => `${significant(100 * value, 4)}%`,
  });
}

/** Solid as far as the training has come, dashed from there on. */
function rateFigure(course: TrainingCourse): string {
  const { epochs, stepsPerEpoch, history, stepLosses } = course;
  const done = Math.max(history.length * stepsPerEpoch, stepLosses.first + stepLosses.values.length);
  const total = epochs * stepsPerEpoch;
  const count = Math.min(total, MAX_POINTS);
  const points = Array.from({ length: count }, (_, at): readonly [number, number] => {
    const step = count === 1 ? 0 : Math.round((at * (total - 1)) / (count - 1));
    return [step / stepsPerEpoch, course.rateAt(step)];
  });
  const past = points.filter(([epoch]) => epoch * stepsPerEpoch < done);
  const lines: readonly Line[] = [
    { look: 'plan', points: points.slice(Math.max(0, past.length - 1)) },
    { look: 'first', points: past },
  ];
  return figure('learning rate', lines, course, rateText, { up: { least: 0 } });
}

function figure(
  title: string,
  lines: readonly Line[],
  { epochs }: TrainingCourse,
  text: (value: number) => string,
  options: Pick<ChartOptions, 'up' | 'mark'> = {},
): string {
  const shown = lines.filter(({ points }) => points.length > 0);
  const legend = shown.flatMap(({ name, look, points }) =>
    name === undefined
      ? []
      : [`<span class="key ${look}">${escapeMarkup(name)} <b>${text(points.at(-1)![1])}</b></span>`],
  );
  const svg = chartSvg(shown, {
    title: `${title} by epoch`,
    across: { name: 'epoch', most: epochs },
    text,
    ...options,
  });
  return `<figure class="curve"><figcaption><h2>${title}</h2>${legend.join('')}</figcaption>${svg}</figure>`;
}

function lineOf(
  { history }: TrainingCourse,
  name: string,
  look: Line['look'],
  value: (result: TrainingCourse['history'][number]) => number | undefined,
): Line {
  const points = history.flatMap((result): (readonly [number, number])[] => {
    const found = value(result);
    return found === undefined ? [] : [[result.epoch + 1, found]];
  });
  return { name, look, points, hasDots: true };
}

/** Of many steps, means of as many neighbours. */
function stepLine({ stepLosses: { first, values }, stepsPerEpoch }: TrainingCourse): Line {
  const count = Math.min(MAX_POINTS, values.length);
  const points = Array.from({ length: count }, (_, at): readonly [number, number] => {
    const [from, to] = [at, at + 1].map((edge) => Math.floor((edge * values.length) / count)) as [number, number];
    const part = values.slice(from, to);
    return [(first + (from + to) / 2) / stepsPerEpoch, part.reduce((sum, value) => sum + value, 0) / part.length];
  });
  return { look: 'steps', points };
}

/** Of `curvesHtml`. */
export const curvesStyle = `${chartStyle}.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));gap:14px}
.curve{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:10px 12px 8px;max-width:640px}
.curve figcaption{display:flex;flex-wrap:wrap;gap:0 16px;align-items:baseline;font-size:13px}
.curve h2{margin:0;font-size:14px;color:var(--text)}
.key{white-space:nowrap}.key b{font-variant-numeric:tabular-nums}
.key::before{content:"";display:inline-block;width:16px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle;background:var(--accent)}
.key.second::before{background:var(--missed)}
`;
