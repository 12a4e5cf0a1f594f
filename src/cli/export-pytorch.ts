// `cnnc export --pytorch`: a network as a folder of Python: its module, its weights, and its training.

import { trainedGraph } from '../../compiler/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { escapeControls } from '../../grammar/terminal.ts';
import { pytorchPackage } from '../export/pytorch/index.ts';
import { bytesText } from '../text/format.ts';
import { UsageError } from './errors.ts';
import { isStdout } from './guard.ts';
import type { Io } from './io.ts';
import { withoutSlashes, within } from './paths.ts';
import { refuseTaken } from './refused.ts';
import type { OpenedNetwork } from './source.ts';
import { paceOf } from './starting-weights.ts';
import type { StartOptions } from './starting-weights.ts';
import { networkWeights } from './weights.ts';

export interface PytorchOptions extends StartOptions {
  readonly output?: string;
  readonly batch?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Writes the folder. Throws `UsageError`, `InputError` and `DiagnosticsError`, and then there is nothing new. */
export function writePytorch(opened: OpenedNetwork, options: PytorchOptions, io: Io): void {
  const { files, stdout, stderr } = io;
  const { output = '', batch, force = false, json = false } = options;
  if (output === '' || isStdout(output)) throw new UsageError('say where to write: -o FOLDER');
  if (batch !== undefined) throw new UsageError('--batch is for --onnx; modules of PyTorch take any number of images');
  const { network, model } = opened;
  const pace = paceOf(options, trainedGraph(network));
  const weights = options.weights === undefined && !model ? undefined : networkWeights(options, opened, io);
  const { files: texts, className, untrainable } = pytorchPackage(network, operators, weights, pace);
  const folder = withoutSlashes(output);
  const written = texts.map(({ path, data }) => ({ path: within(folder, path), data }));
  if (!force)
    refuseTaken(
      folder,
      texts.map(({ path }) => path),
      files,
    );
  files.write(folder, texts);
  if (untrainable !== undefined) stderr.write(`note: there is no train.py: ${untrainable}\n`);
  const sizes = written.map(({ path, data }) => ({ path, bytes: Buffer.byteLength(data) }));
  if (json) {
    const said = { network: network.name, class: className, files: sizes, tensors: network.graph.parameters.length };
    return stdout.write(`${JSON.stringify({ schemaVersion: 1, ...said }, null, 2)}\n`);
  }
  const width = Math.max(...sizes.map(({ path }) => path.length));
  for (const { path, bytes } of sizes) stdout.write(`${escapeControls(path.padEnd(width))}  ${bytesText(bytes)}\n`);
}
