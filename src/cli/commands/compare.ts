// `cnnc compare`: how much the values of two networks, modules or targets differ on one input.

import { Command, Option } from 'commander';
import { formatShape, sameShape } from '../../../compiler/ir/tensor-type.ts';
import { compareValues } from '../../compare/compare.ts';
import type { Comparison, RunValue } from '../../compare/compare.ts';
import { printDifferences } from '../../compare/print.ts';
import { InputError } from '../../data/input-error.ts';
import { madeUpImages } from '../../data/made-up.ts';
import { openSide, SIDE_TARGETS } from '../compare-side.ts';
import type { Side, SideOptions } from '../compare-side.ts';
import { exitCodes, Quit, UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { isModel, MAX_MODEL_BYTES } from '../model-file.ts';
import { usesColor } from '../output.ts';
import { withPictureOptions } from '../picture-options.ts';
import type { PictureOptions } from '../picture-options.ts';
import { collectInput, INPUT_FILES, readInputs } from '../read-inputs.ts';
import type { Images } from '../read-inputs.ts';
import { withOpenOptions } from '../source.ts';
import { withWeightsOptions } from '../weights.ts';

interface CompareOptions extends SideOptions, PictureOptions {
  readonly input?: readonly string[];
  readonly otherWeights?: string;
  readonly against?: 'onnxruntime';
  readonly tolerance?: number;
  readonly json?: boolean;
}

const DEFAULT_TOLERANCE = 1e-4;

export function compareCommand(io: Io): Command {
  const command = withOpenOptions(new Command('compare'))
    .description('run two networks on one input, and print how much each of their values differs')
    .argument('<file>', `a .cnn file, FILE:NETWORK, an .onnx file, or a compiled module; FILE@TARGET: ${SIDE_TARGETS}`)
    .argument('[other]', 'what it is compared with, given in the same way');
  return withPictureOptions(withWeightsOptions(command))
    .option('--other-weights <file>', 'weights of the other network, if not those of --weights')
    .addOption(
      new Option(
        '--against <program>',
        'compare with onnxruntime-node, installed in this folder, on the same .onnx file, instead of with another network',
      ).choices(['onnxruntime']),
    )
    .option('--input <file>', `${INPUT_FILES} (default: made-up numbers)`, collectInput)
    .option(
      '--tolerance <part>',
      `the largest difference that is allowed, as a part of max |y| (default: ${DEFAULT_TOLERANCE})`,
      tolerance,
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Every value that both have is compared. Values are matched by their names in the ONNX file that both come from (\`cnnc import\` writes these names
beside the text), otherwise by their own names, and outputs also by their order. max |y| is the largest magnitude of a value on either
side. Every value is made an output, so steps are not fused as they usually are; modules have only their outputs.
Targets are js (default), wasm, and reference: the operators' definitions in f64, which are slow. An .onnx file has its own
weights; --weights is for the others. The exit code is 1 if a difference is beyond the tolerance.

Examples:
  cnnc compare lenet.cnn@reference lenet.cnn@wasm --weights random:1
  cnnc compare mobilenet.onnx mobilenet.onnx@wasm --input cat.png --preset imagenet
  cnnc compare lenet.cnn out/net.js --weights random:1 --other-weights out/weights.safetensors --input sneaker.png
  cnnc compare lenet.cnn lenet.cnn@wasm --weights random:1 --tolerance 1e-5 --json

JSON: { schemaVersion: 1, sides: [title, title], images, tolerance, values: [{ name, other, shape, isOutput, largest,
difference, relative }], first, beyond, unmatched: [[name], [name]] }; values are in the order in which the first side
computes them, other is there where the names differ, first is the first value beyond the tolerance, where there is one, and
null stands for what is infinite.`,
    )
    .action((file: string, other: string | undefined, options: CompareOptions) => compare(file, other, options, io));
}

async function compare(file: string, other: string | undefined, options: CompareOptions, io: Io): Promise<void> {
  if ((other === undefined) === (options.against === undefined))
    throw new UsageError('give two files to compare, or one .onnx file and --against onnxruntime');
  if (options.against !== undefined && options.otherWeights !== undefined)
    throw new UsageError('--other-weights is for a second file; onnxruntime takes those of the model');
  const a = await openSide(file, options, io);
  const b = other === undefined ? undefined : await openSide(other, weightsOfOther(options), io);
  const images = imagesFor(a, options, io);
  const [ours, theirs] = b
    ? [await a.run(images), await b.run(forOther(images, a, b))]
    : [await a.run(images), await byOnnxruntime(file, a, images, options, io)];
  const limit = options.tolerance ?? DEFAULT_TOLERANCE;
  const comparison = compareValues(ours, theirs, limit);
  const sides = [a.title, b?.title ?? 'onnxruntime'] as const;
  if (comparison.values.length === 0)
    throw new InputError(
      `${sides[0]} and ${sides[1]} have no value of the same name and size, and not as many outputs`,
    );
  print(comparison, sides, images.count, limit, options, io);
  if (comparison.first !== undefined) throw new Quit(exitCodes.input);
}

function print(
  comparison: Comparison,
  sides: readonly [string, string],
  images: number,
  limit: number,
  { json }: CompareOptions,
  io: Io,
): void {
  const { stdout, env } = io;
  if (json) {
    const said = { sides, images, tolerance: limit, ...comparison };
    return stdout.write(`${JSON.stringify({ schemaVersion: 1, ...said }, null, 2)}\n`);
  }
  const style = { color: usesColor(stdout, env), width: stdout.columns };
  stdout.write(printDifferences(comparison, { sides, tolerance: limit, ...style }));
}

const weightsOfOther = ({ otherWeights, ...options }: CompareOptions): SideOptions =>
  otherWeights === undefined ? options : { ...options, weights: otherWeights };

/** By the names of the first side's inputs. */
function imagesFor(side: Side, options: CompareOptions, io: Io): Images {
  const { input } = options;
  if (input) return readInputs(side, { ...options, input }, io);
  const shapes = side.inputs.map(({ shape }) => formatShape(shape)).join(', ');
  io.stderr.write(`note: without --input, both get the same made-up numbers, ${shapes}\n`);
  return {
    values: new Map(side.inputs.map(({ name, shape, settings }) => [name, madeUpImages(shape, 1, settings)])),
    count: 1,
  };
}

/** The same images by the names of the second side's inputs, which stand in the same order where they are others. */
function forOther({ values, count }: Images, a: Side, b: Side): Images {
  const isNamedAlike = b.inputs.every(({ name }) => values.has(name));
  const pairs = b.inputs.map((input, at) => {
    const theirs = isNamedAlike ? a.inputs.find(({ name }) => name === input.name) : a.inputs[at];
    if (!theirs || a.inputs.length !== b.inputs.length || !sameShape(theirs.shape, input.shape))
      throw new InputError(`the inputs differ: ${a.title} takes ${inputsText(a)}, ${b.title} ${inputsText(b)}`);
    return [input.name, values.get(theirs.name)!] as const;
  });
  return { values: new Map(pairs), count };
}

const inputsText = ({ inputs }: Side): string =>
  inputs.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(' and ');

async function byOnnxruntime(
  file: string,
  side: Side,
  images: Images,
  flags: CompareOptions,
  io: Io,
): Promise<readonly RunValue[]> {
  const path = file.replace(/@[\w-]*$/, '');
  const bytes = io.files.read(path, MAX_MODEL_BYTES);
  if (!side.model || !isModel(path, bytes))
    throw new UsageError(`--against onnxruntime takes an .onnx file; found ${path}`);
  const { onnxruntimeValues } = await import('../onnxruntime.ts');
  const { inputs, batched, names } = side.model;
  return onnxruntimeValues({ bytes, path, flags, wanted: new Set(names.keys()), inputs, batched }, images, io);
}

function tolerance(text: string): number {
  const value = /^[\d.]+(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (value >= 0) return value;
  throw new UsageError(`--tolerance takes a number from 0 on, such as 1e-4; found ${text}`);
}
