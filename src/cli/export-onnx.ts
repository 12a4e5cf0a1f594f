// `cnnc export --onnx`: a network with its weights as one .onnx file.

import { escapeControls } from '../../grammar/terminal.ts';
import { exportOnnx } from '../export/onnx/index.ts';
import { bytesText } from '../text/format.ts';
import { UsageError } from './errors.ts';
import { isStdout } from './guard.ts';
import type { Io } from './io.ts';
import { folderOf, nameOf } from './paths.ts';
import { refuse, refuseTaken } from './refused.ts';
import type { OpenedNetwork } from './source.ts';
import { networkWeights } from './weights.ts';
import type { WeightsOptions } from './weights.ts';

export interface OnnxOptions extends WeightsOptions {
  readonly output?: string;
  readonly batch?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Writes the file. Throws `UsageError`, `InputError`, `DiagnosticsError`, and `Quit` where ONNX cannot say the network. */
export function writeOnnx(opened: OpenedNetwork, shownPath: string, options: OnnxOptions, io: Io): void {
  const { output = '', batch, force = false, json = false } = options;
  if (output === '') throw new UsageError('say where to write: -o NAME.onnx');
  if (isStdout(output)) throw new UsageError('an .onnx file is not written to the standard output: -o NAME.onnx');
  if (!output.endsWith('.onnx')) throw new UsageError(`-o takes a file whose name ends in .onnx; found ${output}`);
  const { network } = opened;
  const weights = networkWeights(options, opened, io);
  const exported = exportOnnx(network.graph, weights, {
    ...(batch !== undefined && { batch }),
    ...(network.doc !== undefined && { doc: network.doc }),
  });
  if ('problems' in exported) return refuse(shownPath, exported.problems, json, io);
  const { bytes, nodes, tensors } = exported;
  if (!force) refuseTaken(folderOf(output), [nameOf(output)], io.files);
  io.files.write('.', [{ path: output, data: bytes }]);
  if (json) {
    const said = { network: network.name, files: [{ path: output, bytes: bytes.length }], nodes, tensors };
    return io.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...said }, null, 2)}\n`);
  }
  io.stdout.write(`${escapeControls(output)}  ${nodes} nodes, ${tensors} tensors, ${bytesText(bytes.length)}\n`);
}
