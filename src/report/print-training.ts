// The report of a training step as text: layers, memory, and what is in it at the peak.

import { bytesText, grouped, macsFormat, percent } from '../text/format.ts';
import type { Paint, TableRow } from '../text/table.ts';
import { layOut, painter } from '../text/table.ts';
import type { TrainingReport } from './training-report.ts';

export interface PrintTrainingOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal. Default 100. */
  readonly width?: number;
  /** What is trained, and from where that is known. */
  readonly recipe: string;
  /** Images of a whole step. */
  readonly step: number;
}

/** Layers named for one use. */
const MAX_NAMES = 6;

/** Lines joined by line breaks, one at the end. */
export function printTraining(report: TrainingReport, options: PrintTrainingOptions): string {
  const { color = false, width = 100, recipe, step } = options;
  const paint = painter(color);
  const { network, batch, threads } = report;
  const on = threads === 1 ? '1 thread' : `${threads} threads`;
  const images = `${grouped(batch)}${step > batch ? ` of ${grouped(step)}` : ''} ${step === 1 ? 'image' : 'images'}`;
  return [
    `${paint('bold', network)}  ${images} at once, ${on}`,
    paint('dim', recipe),
    '',
    ...macsTable(report, paint, width),
    '',
    ...memoryLines(report),
    '',
    ...peakTable(report, paint, width),
    '',
  ].join('\n');
}

function macsTable({ layers, macs }: TrainingReport, paint: Paint, width: number): readonly string[] {
  const text = macsFormat(Math.max(macs.forward, macs.backward));
  const rows: readonly TableRow[] = [
    ...layers.map(({ name, forward, backward, alive }) => ({
      cells: [name, text(forward), text(backward), alive === 0 ? '' : bytesText(alive)],
    })),
    { cells: ['total', text(macs.forward), text(macs.backward), ''] },
  ];
  const titles = ['layer', 'MACs forward', 'backward', 'alive at the peak'];
  const columns = titles.map((title, at) => ({ title, align: at === 0 ? 'left' : 'right' }) as const);
  return layOut(columns, rows, paint, width);
}

function memoryLines({ state, memory, batch }: TrainingReport): readonly string[] {
  const { fixed, perImage, total, limit, largestBatch } = memory;
  const kept = [
    `parameters ${bytesText(state.parameters)}`,
    ...(state.buffers > 0 ? [`running statistics ${bytesText(state.buffers)}`] : []),
    ...(state.optimizer > 0 ? [`optimizer state ${bytesText(state.optimizer)}`] : []),
    ...(state.gradients > 0 ? [`sums of gradients ${bytesText(state.gradients)}`] : []),
  ];
  const fits =
    largestBatch >= batch
      ? `up to ${grouped(largestBatch)} images fit into ${bytesText(limit)}`
      : largestBatch > 0
        ? `that does not fit into ${bytesText(limit)}, where ${grouped(largestBatch)} images do`
        : `not even one image fits into ${bytesText(limit)}`;
  return [
    kept.join(', '),
    `memory of a step ${bytesText(total)}: ${bytesText(fixed)} and ${bytesText(perImage)} for each image`,
    fits,
  ];
}

function peakTable({ peak, memory }: TrainingReport, paint: Paint, width: number): readonly string[] {
  const { at, groups, alive } = peak;
  const rows: readonly TableRow[] = groups.map(({ use, bytes }) => {
    const values = alive.filter((one) => one.use === use).map(({ name, layer }) => layer ?? name);
    // What has an @ is the step's own.
    const names = [...new Set(values)].filter((name) => !name.startsWith('@'));
    const more = names.length > MAX_NAMES ? [`and ${names.length - MAX_NAMES} more`] : [];
    return {
      cells: [use, [...names.slice(0, MAX_NAMES), ...more].join(', '), bytesText(bytes), percent(bytes, memory.total)],
    };
  });
  const phases = { forward: 'the forward pass', loss: 'the loss', backward: 'the backward pass', update: 'the update' };
  const where = at === null ? '' : `, in ${phases[at.phase]}${at.layer === undefined ? '' : ` of ${at.layer}`}`;
  const columns = ['memory', 'of', 'size', 'share'].map(
    (title, column) => ({ title, align: column < 2 ? 'left' : 'right' }) as const,
  );
  return [`at the peak${where}:`, ...layOut(columns, rows, paint, width)];
}
