// What `npm run bench -- --onnx` prints.

import type { OnnxResult } from './compare-onnx.ts';
import { geometricMean } from './measure.ts';

/** All engines on one model; onnxruntime-node is what the others are compared with. */
export function formatOnnx({ model, parameters, macs, differences, timings }: OnnxResult): string {
  const speeds = new Map(
    timings.map(({ engine, minimumMs, medianMs, runs }) => [
      engine,
      `${milliseconds(minimumMs)} ms  median ${milliseconds(medianMs)} ms  ${`${runs}`.padStart(4)} samples`,
    ]),
  );
  const deltas = new Map(differences.map(({ engine, difference }) => [engine, `differs by ${part(difference)}`]));
  const engines = new Set([...speeds.keys(), ...deltas.keys()]);
  const lines = [...engines].map((engine) =>
    [`  ${engine.padEnd(32)}`, speeds.get(engine), deltas.get(engine)].filter((text) => text !== undefined).join('  '),
  );
  return [`${model}  ${count(parameters)} parameters  ${millions(macs)} MMAC`, ...lines].join('\n');
}

/** A line for each model. Times are those of the fastest runs; ratios are of onnxruntime-web's. */
export function formatOnnxTable(results: readonly OnnxResult[]): string {
  const engines = results[0]?.timings.map(({ engine }) => engine) ?? [];
  const ours = engines.filter((engine) => engine.startsWith('cnnc '));
  const lines = results.map((result) => {
    const largest = result.differences.reduce((most, { difference }) => Math.max(most, difference), 0);
    const times = engines.map((engine) => milliseconds(timeOf(result, engine)));
    const ratios = ours.map((engine) => ratioOf(result, engine).toFixed(2));
    const { model, parameters, macs } = result;
    return [model, count(parameters), millions(macs), part(largest), ...times, ...ratios];
  });
  const means = ours.map((engine) => geometricMean(results.map((result) => ratioOf(result, engine))).toFixed(2));
  const blank = ['', '', '', ...engines.map(() => '')];
  const head = ['model', 'parameters', 'MMAC', 'difference', ...engines, ...ours.map((engine) => `${engine} of web`)];
  const rows = [head, ...lines, ...(ours.length > 0 ? [['geometric mean', ...blank, ...means]] : [])];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]!.trim().length)));
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[0]!) : text.trim().padStart(widths[column]!);
  return rows.map((row) => row.map(cell).join('  ')).join('\n');
}

const timeOf = ({ timings }: OnnxResult, engine: string): number =>
  timings.find((timing) => timing.engine === engine)!.minimumMs;

const ratioOf = (result: OnnxResult, engine: string): number => timeOf(result, engine) / timeOf(result, 'ort web');

const part = (value: number): string => value.toExponential(1);

const count = (value: number): string => value.toLocaleString('en-US');

const millions = (value: number): string => (value / 1e6).toFixed(1);

const milliseconds = (value: number): string => value.toFixed(value < 10 ? 3 : 1).padStart(8);
