// `cnnc tune`: which algorithm computes each convolution fastest on this machine, into a file that the compiler reads.

import { Command } from 'commander';
import type { Mathematics } from '../../../compiler/pipeline.ts';
import { InputError } from '../../data/input-error.ts';
import { printTuned } from '../../tune/print.ts';
import { finePercent } from '../../text/format.ts';
import { largestDifference, tune, tuningOf } from '../../tune/tune.ts';
import type { Tuned } from '../../tune/tune.ts';
import { tuningText } from '../../tune/tuning-file.ts';
import { UsageError } from '../errors.ts';
import { isStdout } from '../guard.ts';
import type { Io } from '../io.ts';

import { status } from '../progress.ts';
import { seconds } from '../seconds.ts';
import { usesColor } from '../output.ts';
import { NETWORK_ARGUMENT, namedNetwork, openNetwork, withOpenOptions } from '../source.ts';
import type { OpenOptions } from '../source.ts';
import { mathOption } from '../target-options.ts';
import { networkWeights, randomSeed, withWeightsOptions } from '../weights.ts';
import type { WeightsOptions } from '../weights.ts';
import { writeFile } from '../write-file.ts';

interface TuneOptions extends OpenOptions, WeightsOptions {
  readonly output: string;
  readonly math?: Mathematics;
  readonly seconds?: number;
  readonly json?: boolean;
}

const DEFAULT_SECONDS = 2;

export function tuneCommand(io: Io): Command {
  const command = withOpenOptions(new Command('tune'))
    .description('find the fastest algorithm for each convolution on this machine, for --target wasm')
    .argument('<file>', NETWORK_ARGUMENT)
    .requiredOption('-o, --output <file>', 'where to write the choices; `--tuning FILE` of other commands reads them');
  return withWeightsOptions(command)
    .addOption(
      mathOption(
        "default: Winograd's algorithm may be chosen; strict: not; fast: also leave out the rounding of products",
      ),
    )
    .option('--seconds <seconds>', `how long each algorithm is timed (default: ${DEFAULT_SECONDS})`, seconds)
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
A convolution is a matrix product of gathered windows (gather), or of windows read where they lie (direct), or Winograd's
algorithm on tiles of 2, 4 or 5 results a side (winograd2 to 5). Which is fastest depends on its geometry and on the machine: the
compiler has a model of that. \`tune\` instead lets each algorithm compute every convolution that it can, in the network itself. Times are of one image
on one thread, the fastest of many runs; --threads is not offered, because kernels are timed one by one. Outputs are compared
with those in f64 on made-up inputs, and an algorithm that changes them by more than ${finePercent(largestDifference.default)} of the largest (with
--math fast, ${finePercent(largestDifference.fast)}) is left out. Weights are random:1 unless --weights gives others; a model has its own.

The file does not depend on the weights. It also applies to convolutions of the same geometry in other networks:
cnnc compile lenet.cnn -o out --target wasm --tuning tuning.json

Examples:
  cnnc tune lenet.cnn -o tuning.json --seconds 0.2
  cnnc tune lenet.cnn -o tuning.json --seconds 0.2 --math fast --json

JSON: { schemaVersion: 1, network, math, choices: [{ convolution, algorithm, default, ms: { gather, direct, winograd2,
winograd4, winograd5 } }] }, the same as in the file; ms has those that compute the convolution, and counts all of this geometry.`,
    )
    .action((path: string, options: TuneOptions) => tuneFile(path, options, io));
}

async function tuneFile(path: string, options: TuneOptions, io: Io): Promise<void> {
  const { output, math = 'default', match, map, weights: source = 'random:1' } = options;
  if (randomSeed(source) !== undefined && (match ?? map) !== undefined)
    throw new UsageError('--match and --map say how to read a file of --weights');
  const place = io.files.identity(namedNetwork(path).path);
  if (io.files.identity(output) === place) throw new UsageError(`-o ${output} would take the place of the network`);
  if (!isStdout(output)) io.files.checkPlace(output);
  const opened = await openNetwork(path, options, io);
  const { network } = opened;
  const weights = networkWeights(options, opened, io, 'random:1');
  const line = status(io.stderr);
  let tuned: Tuned;
  try {
    tuned = await tune(network, weights, {
      math,
      seconds: options.seconds ?? DEFAULT_SECONDS,
      clock: io.process.now,
      say: (step) => line.show(`${network.name}: ${step}`),
    });
  } catch (cause) {
    // What takes more memory than there can be.
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(`${network.name}: ${cause.message}`, { limit: true, cause });
  } finally {
    line.end();
  }
  for (const { algorithm, difference } of tuned.inexact) {
    io.stderr.write(
      `note: ${algorithm} changes the outputs by ${finePercent(difference)} of the largest, more than ${finePercent(largestDifference[math])}, and is left out\n`,
    );
  }
  const text = tuningText(tuningOf(network.name, math, tuned));
  const style = { color: usesColor(io.stdout, io.env), width: io.stdout.columns };
  writeFile(output, text, io);
  if (!isStdout(output)) io.stdout.write(options.json ? text : printTuned(network.name, tuned, style));
}
