// `cnnc import`: a model of another kind as a readable text, its weights, and a map of its names.

import { Command } from 'commander';
import { operators } from '../../../compiler/ops/index.ts';
import { escapeControls } from '../../../grammar/terminal.ts';
import type { Imported } from '../../onnx/index.ts';
import { importOnnx } from '../../onnx/index.ts';
import { Unrecoverable } from '../../recover/index.ts';
import { ownModel } from '../../recover/model.ts';
import type { OwnModel } from '../../recover/model.ts';
import { bytesText } from '../../text/format.ts';
import { networkFile } from '../../weights/network-file.ts';
import { withImportOptions } from '../import-options.ts';
import { MAX_MODEL_BYTES } from '../model-file.ts';
import { modelOptions } from '../model-options.ts';
import type { ImportFlags } from '../import-options.ts';
import type { Io, WrittenFile } from '../io.ts';
import { nameOf, within } from '../paths.ts';
import { refuse, refuseTaken } from '../refused.ts';
import { withSparingHeap } from '../sparing-heap.ts';

interface ImportCommandOptions extends ImportFlags {
  readonly output: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function importCommand(io: Io): Command {
  return withImportOptions(new Command('import'))
    .description('write a model from an .onnx file as a .cnn text with blocks and loops, with its weights')
    .argument('<model>', 'an .onnx file, or - for the standard input')
    .option('-o, --output <folder>', 'where to write; made when missing', '.')
    .option('--force', 'overwrite existing files')
    .option('--json', 'print what was written, or what is not supported, as JSON')
    .addHelpText(
      'after',
      `
Writes net.cnn, net.safetensors for --weights, and net.names.json, which says what the values and weights of the file are
called in the text. The text's network is compared with the model, operator by operator, before anything is written.
Everything that is not supported is listed at once.

Examples:
  cnnc import squeezenet.onnx -o squeezenet --dim height=224 --dim width=224
  cnnc import detector.onnx --dim height=240 --dim width=320 --json

JSON: { schemaVersion: 1, network, files: [{ path }], lines, tensors, notes }, or, if something is not supported,
{ schemaVersion: 1, problems: [{ node, operator, scope, what, mend }] }.`,
    )
    .action((path: string, options: ImportCommandOptions) =>
      withSparingHeap((observe) => write(path, options, observe, io)),
    );
}

function write(path: string, options: ImportCommandOptions, observe: (fields: number) => void, io: Io): void {
  const { output, force = false, json = false } = options;
  const { files, stdout, stderr } = io;
  const given = modelOptions(options, path, io);
  const imported = importOnnx(files.read(path, MAX_MODEL_BYTES), { ...given, observe });
  if ('problems' in imported) return refuse(path, imported.problems, json, io);
  const model = recovered(path, imported, json, io);
  if (!model) return;
  const written = filesOf(path, model, imported);
  if (!force)
    refuseTaken(
      output,
      written.map((file) => file.path),
      files,
    );
  files.write(output, written);
  for (const note of imported.notes) stderr.write(`note: ${escapeControls(note)}\n`);
  const lines = model.text.trimEnd().split('\n').length;
  if (json) {
    const paths = written.map((file) => ({ path: within(output, file.path) }));
    const { name: network } = model.graph;
    const said = { network, files: paths, lines, tensors: model.tensors.length, notes: imported.notes };
    return stdout.write(`${JSON.stringify({ schemaVersion: 1, ...said }, null, 2)}\n`);
  }
  const [text, weights, names] = written.map((file) => escapeControls(within(output, file.path))) as [
    string,
    string,
    string,
  ];
  const width = Math.max(weights.length, names.length);
  stdout.write(
    [
      `${text.padEnd(width)}  ${lines} lines`,
      `${weights.padEnd(width)}  ${model.tensors.length} tensors, ${bytesText(written[1]!.data.length)}`,
      `${names.padEnd(width)}  ${model.names.size} names`,
      '',
      `Next:\n  npx cnnc report ${text}\n  npx cnnc compile ${text} --weights ${weights} -o out --target wasm\n`,
    ].join('\n'),
  );
}

/** The model in the language; undefined, and said, where that has no words for it. */
function recovered(path: string, imported: Imported, json: boolean, io: Io): OwnModel | undefined {
  try {
    return ownModel(imported, operators);
  } catch (error) {
    if (!(error instanceof Unrecoverable)) throw error;
    const mend = 'a command that takes the .onnx file itself may run it';
    refuse(
      path,
      error.problems.map((what) => ({ what, mend })),
      json,
      io,
    );
    return undefined;
  }
}

function filesOf(
  path: string,
  { text, graph, tensors, names }: OwnModel,
  { network }: Imported,
): readonly WrittenFile[] {
  const map = {
    schemaVersion: 1,
    model: nameOf(path),
    network: network.name,
    names: Object.fromEntries(names),
  };
  return [
    { path: 'net.cnn', data: text },
    {
      path: 'net.safetensors',
      data: networkFile(graph, new Map(tensors.map(({ name, data }) => [name, data]))),
    },
    { path: 'net.names.json', data: `${JSON.stringify(map, null, 2)}\n` },
  ];
}
