// Opens an `.onnx` file as a network: that of the text which `cnnc import` would write, with the weights of the file.

import type { Network } from '../../compiler/frontend/index.ts';
import { valueNames } from '../../compiler/ir/names.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { importOnnx } from '../onnx/index.ts';
import type { Imported, Problem } from '../onnx/index.ts';
import { Unrecoverable } from '../recover/index.ts';
import { ownModel } from '../recover/model.ts';
import { DiagnosticsError } from './errors.ts';
import type { ImportFlags } from './import-options.ts';
import type { Io } from './io.ts';
import type { ModelContents } from './model-file.ts';
import { modelOptions } from './model-options.ts';
import { status } from './progress.ts';
import { scopeOf, titleOf } from './refused.ts';
import { withSparingHeap } from './sparing-heap.ts';

/** Reading larger ones is said. */
const LARGE_BYTES = 16 << 20;

export interface OpenedModel {
  readonly network: Network;
  readonly contents: ModelContents;
}

/** Notes are printed. Throws `DiagnosticsError` with everything that is not supported, `InputError`, `UsageError`. */
export function openModel(path: string, bytes: Uint8Array, flags: ImportFlags, io: Io): OpenedModel {
  const line = status(io.stderr);
  if (bytes.length > LARGE_BYTES) line.show(`reading ${path}`);
  try {
    return withSparingHeap((observe) => {
      const imported = importOnnx(bytes, { ...modelOptions(flags, path, io), observe });
      if ('problems' in imported) throw new DiagnosticsError(problemDiagnostics(path, imported.problems));
      line.end();
      for (const note of imported.notes) io.stderr.write(`note: ${path}: ${note}\n`);
      return inLanguage(imported) ?? asImported(imported);
    });
  } finally {
    line.end();
  }
}

/** Every problem with what can be done, in the order of the file. */
export function problemDiagnostics(path: string, problems: readonly Problem[]): readonly Diagnostic[] {
  return problems.map((problem) => ({
    code: 'onnx/unsupported',
    severity: 'error',
    message: [path, ...titleOf(problem), problem.what].join(': '),
    ...(problem.scope && { notes: scopeOf(problem) }),
    fixes: [{ message: problem.mend }],
  }));
}

/** The network of the recovered text; undefined where the language has no words for the graph. */
function inLanguage(imported: Imported): OpenedModel | undefined {
  try {
    const { network, tensors, names } = ownModel(imported, operators);
    const weights = () => new Map(tensors.map(({ name, data }) => [name, data]));
    return { network, contents: { weights, names, inputs: imported.inputs, batched: imported.batched } };
  } catch (error) {
    if (!(error instanceof Unrecoverable)) throw error;
    return undefined;
  }
}

function asImported({ network, weights, names, inputs, batched }: Imported): OpenedModel {
  const taps = new Map([...valueNames(network.graph)].map(([value, name]) => [name, value]));
  for (const { name } of network.graph.parameters) taps.delete(name);
  return {
    network: { ...network, taps, expect: [], bindings: new Map(), chains: [] },
    contents: {
      weights: () => new Map([...weights].map(([name, { data }]) => [name, data])),
      names,
      inputs,
      batched,
    },
  };
}
