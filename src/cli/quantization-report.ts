// What quantising cost: the error of every layer, and how many labels of the calibration's images are right before and after.

import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { WeightData } from '../../runtime/weights.ts';
import { escapeControls } from '../../grammar/terminal.ts';
import type { Miss } from '../../compiler/ir/record.ts';
import type { LayerError } from '../quantize/errors.ts';
import { layerErrors } from '../quantize/errors.ts';
import type { QuantizedNetwork } from '../quantize/quantize.ts';
import { tapped } from '../quantize/tapped.ts';
import { finePercent, grouped, percent } from '../text/format.ts';
import type { CalibrationImages } from './calibration.ts';
import type { Io } from './io.ts';
import { progress } from './progress.ts';

export interface QuantizationReport {
  readonly images: number;
  readonly of: number;
  /** `known`: the network itself bounds all values, and no image was needed, nor layer measured. */
  readonly method: string;
  readonly layers: readonly LayerError[];
  readonly misses: readonly Miss[];
  /** Right answers on the images of the calibration, where their labels are known. */
  readonly correct?: { readonly f32: number; readonly int8: number };
}

/** Of the calibration's images, for the errors. */
const COMPARED_IMAGES = 32;

/** Runs the network in f32 and in whole numbers on the images. Throws as both do. */
export async function quantizationReport(
  quantized: QuantizedNetwork,
  weights: ReadonlyMap<string, Float32Array>,
  images: CalibrationImages,
  method: string,
  io: Io,
): Promise<QuantizationReport> {
  const { source, graph, tensors, misses } = quantized;
  const { labels, count } = images;
  if (count === 0) return { images: 0, of: 0, method, layers: [], misses };
  const layers = await layerErrors(quantized, weights, [...first(images, COMPARED_IMAGES)]);
  const [output, ...others] = source.outputs;
  const classes = sizeOf(typeOf(source, output!.value).shape);
  // Folders that are not as many as the classes mean something else.
  const isClassifier = others.length === 0 && labels !== undefined && (images.folders ?? classes) === classes;
  const bar = progress(io.stderr, 'comparing', 2 * count);
  try {
    const correct = isClassifier && {
      f32: await countCorrect(source, weights, images, labels, bar.update),
      int8: await countCorrect(graph, tensors, images, labels, (done) => bar.update(count + done)),
    };
    return { images: count, of: images.of, method, layers, misses, ...(correct && { correct }) };
  } finally {
    bar.end();
  }
}

function* first<T>(all: Iterable<T>, count: number): Iterable<T> {
  let left = count;
  for (const one of all) {
    if (left === 0) return;
    left -= 1;
    yield one;
  }
}

async function countCorrect(
  graph: QuantizedNetwork['graph'],
  weights: ReadonlyMap<string, WeightData>,
  images: CalibrationImages,
  labels: readonly number[],
  update: (done: number) => void,
): Promise<number> {
  const [output] = graph.outputs;
  const net = await tapped(graph, weights, [output!.value]);
  let [correct, at] = [0, 0];
  try {
    for (const image of images) {
      const scores = Array.from(net.run(image).get(output!.value)!);
      if (scores.indexOf(Math.max(...scores)) === labels[at]) correct += 1;
      at += 1;
      update(at);
    }
  } finally {
    net.close();
  }
  return correct;
}

/** Lines for the terminal. */
export function reportText({ images, of, method, layers, misses, correct }: QuantizationReport): string {
  const names = layers.map(({ name, kind }) => (kind === 'output' ? `output ${name}` : name)).map(escapeControls);
  const width = Math.max(...names.map((name) => name.length), 5);
  const rows = layers.map(({ sqnr, largest, magnitude }, at) => {
    const noise = sqnr === Infinity ? 'exact' : `${sqnr.toFixed(1)} dB`;
    return `  ${names[at]!.padEnd(width)}  ${noise.padStart(8)}  ${magnitude === 0 ? '' : finePercent(largest / magnitude)}`.trimEnd();
  });
  const source =
    of > images ? `${grouped(images)} of ${grouped(of)} images` : `${grouped(images)} image${images === 1 ? '' : 's'}`;
  return [
    images === 0
      ? 'quantised without images: the network itself says in which intervals its values lie'
      : `quantised on ${source} (${method}); signal to noise, and the largest deviation as a part of the largest value:`,
    ...rows,
    ...misses.map(({ nodes, reason }) => `  ${escapeControls(nodes.join(', '))} stays f32: ${escapeControls(reason)}`),
    ...(correct
      ? [`accuracy on these images: f32 ${percent(correct.f32, images)}, int8 ${percent(correct.int8, images)}`]
      : []),
    '',
  ].join('\n');
}

/** As `--json` prints it. */
export function reportJson({ images, of, method, layers, misses, correct }: QuantizationReport): object {
  return {
    images,
    of,
    method,
    layers: layers.map(({ sqnr, ...layer }) => ({ ...layer, sqnr: sqnr === Infinity ? null : sqnr })),
    misses: misses.map(({ nodes, reason }) => ({ nodes, reason })),
    ...(correct && { accuracy: { f32: correct.f32 / images, int8: correct.int8 / images } }),
  };
}
