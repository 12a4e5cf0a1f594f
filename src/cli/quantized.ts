// `--quantize`: the network that computes in whole numbers in the place of the one in f32, with its tensors from a file that was
// quantised, or quantised here on the images of `--calibrate`.

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Network } from '../../compiler/frontend/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { Miss, Rewrite } from '../../compiler/ir/record.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { passedGraph } from '../../compiler/pipeline.ts';
import { namesWithoutBounds } from '../../compiler/quantize/plan.ts';
import type { Quantized } from '../../compiler/quantize/rewrite.ts';
import { quantizedGraph } from '../../compiler/quantize/rewrite.ts';
import { InputError } from '../data/input-error.ts';
import { madeUpImages } from '../data/made-up.ts';
import { intervalsText } from '../quantize/calibrate.ts';
import { isQuantized, quantizedFile, readQuantizedFile, readScales } from '../quantize/file.ts';
import { quantizeNetwork } from '../quantize/quantize.ts';
import type { CalibrationMethod } from '../quantize/range-of.ts';
import type { ImageInputs } from '../quantize/tapped.ts';
import type { Scale } from '../quantize/scale.ts';
import type { QuantizedTensors } from '../quantize/tensors.ts';
import { openCalibration } from './calibration.ts';
import type { CalibrationImages } from './calibration.ts';
import { UsageError, inFile } from './errors.ts';
import type { Io } from './io.ts';
import { pipelineOptions } from './pass-options.ts';
import type { PassOptions } from './pass-options.ts';
import type { PictureOptions } from './picture-options.ts';
import { progress } from './progress.ts';
import { quantizationReport } from './quantization-report.ts';
import type { QuantizationReport } from './quantization-report.ts';
import type { OpenedNetwork } from './source.ts';
import { networkWeights, randomSeed } from './weights.ts';
import type { WeightsOptions } from './weights.ts';
import { readWeights } from './weights-files.ts';

export interface QuantizeOptions {
  readonly quantize?: boolean;
  readonly calibrate?: string;
  readonly calibrateMethod?: 'min-max' | 'percentile' | 'mse';
}

type Options = QuantizeOptions & WeightsOptions & PassOptions & PictureOptions;

/** Adds `--quantize`, `--calibrate`, `--calibrate-method`. */
export function withQuantizeOptions(command: Command): Command {
  return command
    .option(
      '--quantize',
      'compute in whole numbers (int8); needs a quantised file as --weights, or --calibrate, unless the network itself bounds all values',
    )
    .option(
      '--calibrate <path>',
      'quantise --weights with these images: a folder of pictures, a data set, or a file of images',
    )
    .addOption(
      new Option('--calibrate-method <how>', 'how the interval of a value is chosen (default: mse)').choices([
        'min-max',
        'percentile',
        'mse',
      ]),
    );
}

/** Throws `UsageError` for options without those that they belong to. */
export function checkQuantizeOptions(options: QuantizeOptions & WeightsOptions): void {
  const { quantize, calibrate, calibrateMethod, weights, match, map } = options;
  if (calibrate !== undefined && !quantize)
    throw new UsageError('--calibrate says how to quantise, and needs --quantize');
  if (calibrateMethod !== undefined && calibrate === undefined)
    throw new UsageError('--calibrate-method needs --calibrate: a folder of pictures, a data set, or a file of images');
  if (quantize && calibrate === undefined && weights !== undefined && (match ?? map) !== undefined)
    throw new UsageError(
      '--match and --map are for weights in f32, which --calibrate quantises; a quantised file has its own names',
    );
}

interface Structure {
  /** With the quantised graph; without taps, whose values are codes now. */
  readonly network: Network;
  readonly rewrites: readonly Rewrite[];
  /** Why some of it stays f32. */
  readonly misses: readonly Miss[];
  /** What values are called whose intervals only images can tell. */
  readonly unknown: readonly string[];
  /** The network in f32 after the passes, its values in the quantised one, and the groups of scales that these have. */
  readonly passed: Graph;
  readonly values: Quantized['values'];
  readonly groups: number;
}

export interface OpenedQuantized extends Structure {
  /** Undefined where there are no weights. */
  readonly tensors?: QuantizedTensors;
  /** Of the groups. Throws `InputError` for a file that does not tell them. */
  readonly scales?: () => readonly Scale[];
  /** What they are in a file. */
  readonly file?: Uint8Array;
  /** Where it was quantised now. */
  readonly report?: QuantizationReport;
}

/** The structure alone, for which no weights are needed. */
export function quantizedNetwork(network: Network, options: PassOptions): Structure {
  const { graph: passed } = passedGraph(network.graph, operators, passesOf(options));
  const { graph, plan, ...quantized } = quantizedGraph(passed, operators);
  return {
    ...quantized,
    network: { ...network, graph, taps: new Map() },
    unknown: namesWithoutBounds(plan),
    passed,
    groups: plan.groups.length,
  };
}

/**
 * `madeUp`: without `--calibrate`, weights in f32 are quantised on made-up images, unless the network bounds all values. Throws
 * `InputError`, `UsageError`.
 */
export async function openQuantized(
  opened: OpenedNetwork,
  options: Options,
  io: Io,
  { madeUp = false }: { readonly madeUp?: boolean } = {},
): Promise<OpenedQuantized> {
  checkQuantizeOptions(options);
  const structure = quantizedNetwork(opened.network, options);
  const { graph } = structure.network;
  const { weights: path, calibrate } = options;
  const isFile = path !== undefined && randomSeed(path) === undefined;
  if (isFile) {
    const { file, bytes } = readWeights(path, io);
    if (bytes && isQuantized(file.metadata)) {
      if (calibrate !== undefined)
        throw new UsageError(`${path} is quantised already; --calibrate is for weights in f32`);
      const scales = () => inFile(path, () => readScales(bytes, structure.groups));
      return { ...structure, tensors: inFile(path, () => readQuantizedFile(bytes, graph)), scales, file: bytes };
    }
  }
  const hasWeights = path !== undefined || opened.model !== undefined;
  const { unknown } = structure;
  if (calibrate !== undefined || madeUp || (hasWeights && unknown.length === 0))
    return quantizedNow(opened, structure, options, io);
  if (!hasWeights) return structure;
  throw new UsageError(
    `${path ?? opened.sourceName} has weights in f32, and nothing says ${intervalsText(unknown)}; --calibrate DIR says on which pictures they are quantised, and a file that was quantised needs none`,
  );
}

async function quantizedNow(
  opened: OpenedNetwork,
  structure: Structure,
  options: Options,
  io: Io,
): Promise<OpenedQuantized> {
  const { network, model } = opened;
  const weights = networkWeights(options, opened, io, options.calibrate === undefined ? 'random:1' : undefined);
  const { calibrate, calibrateMethod = 'mse' } = options;
  const isKnown = calibrate === undefined && structure.unknown.length === 0;
  const images =
    calibrate === undefined
      ? madeUp(network.graph, isKnown ? 0 : MADE_UP_IMAGES)
      : openCalibration(
          calibrate,
          { ...network, inputs: inputsOf(network.graph), isModel: model !== undefined },
          options,
          io,
        );
  const method = calibrateMethod.replace('-', '') as CalibrationMethod;
  const bar = progress(io.stderr, 'calibrating', images.count);
  try {
    const quantized = await quantizeNetwork(network, weights, pausing(images), {
      method,
      passes: passesOf(options),
      onImage: bar.update,
    });
    const { graph, tensors, scales } = quantized;
    bar.end();
    const report = await quantizationReport(quantized, weights, images, isKnown ? 'known' : calibrateMethod, io);
    return {
      ...structure,
      network: { ...structure.network, graph },
      tensors,
      scales: () => scales,
      file: quantizedFile(graph, tensors, scales),
      report,
    };
  } finally {
    bar.end();
  }
}

/** What of the options decides what a network is after the passes. */
export const passesOf = (options: PassOptions) => {
  const { level, disable, only } = pipelineOptions(options);
  return { ...(level !== undefined && { level }), ...(disable && { disable }), ...(only && { only }) };
};

const inputsOf = (graph: Graph) =>
  graph.inputs.map(({ name, value, settings }) => ({
    name,
    shape: typeOf(graph, value).shape,
    ...(settings && { settings }),
  }));

const MADE_UP_IMAGES = 4;

function madeUp(graph: Graph, count: number): CalibrationImages {
  const images = Array.from({ length: count }, (_, at) => {
    const parts = inputsOf(graph).map(({ name, shape, settings }) => {
      const all = madeUpImages(shape, count, settings);
      const size = all.length / count;
      return [name, all.subarray(at * size, (at + 1) * size)] as const;
    });
    return new Map(parts);
  });
  return { count, of: count, [Symbol.iterator]: () => images[Symbol.iterator]() };
}

/** Lets streams and signals have their turn. */
async function* pausing(images: Iterable<ImageInputs>): AsyncIterable<ImageInputs> {
  for (const image of images) {
    yield image;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/** Throws `InputError` for a quantised network without weights, which cannot run. */
export function neededTensors({ network, tensors }: OpenedQuantized): QuantizedTensors {
  if (!tensors)
    throw new InputError(`${network.name} needs --weights: a file that was quantised, or one in f32 with --calibrate`);
  return tensors;
}
