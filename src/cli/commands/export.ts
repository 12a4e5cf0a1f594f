// `cnnc export`: a network for other programs, as an ONNX model or a module of PyTorch.

import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { OnnxOptions } from '../export-onnx.ts';
import { wholeNumber } from '../quantities.ts';
import { NETWORK_ARGUMENT, openNetwork, withOpenOptions } from '../source.ts';
import type { OpenOptions } from '../source.ts';
import { withPaceOptions } from '../starting-weights.ts';
import type { StartOptions } from '../starting-weights.ts';
import { withWeightsOptions } from '../weights.ts';

interface ExportOptions extends OpenOptions, OnnxOptions, Pick<StartOptions, 'learn' | 'rate'> {
  readonly onnx?: boolean;
  readonly pytorch?: boolean;
}

export function exportCommand(io: Io): Command {
  const command = withOpenOptions(new Command('export'))
    .description('write a network for other programs, as an ONNX model or a module of PyTorch')
    .argument('<file>', NETWORK_ARGUMENT)
    .option('--onnx', 'write one .onnx file, with the weights inside')
    .option('--pytorch', 'write a folder with model.py, its weights, and train.py where the file says how to train')
    .option('-o, --output <path>', 'the file, or the folder, to write')
    .option('--batch <images>', 'fix the number of images (default: any number)', wholeNumber('--batch', 1, 65536));
  return withPaceOptions(withWeightsOptions(command), 'of --pytorch, for train.py: ')
    .option('--force', 'overwrite existing files')
    .option('--json', 'print what was written, or what cannot be written, as JSON')
    .addHelpText(
      'after',
      `
Writes the network as it stands in the text, not optimised, for operator set 21 of ONNX. Steps, values and weights keep their
names. Strict convolutions are written with turned weights. Steps for which ONNX has no operator become several nodes.
Everything that ONNX cannot express is listed at once.

With --pytorch, blocks become classes, and the module's state_dict has the names of the weights. train.py does what the \`train\`
section says, on several processes under torchrun; the file that it writes can be given as --weights. Auxiliary outputs, which
only a training has, and scores in place of a last softmax are in training_model.py. With --learn and --rate, its layers learn as those of
\`cnnc train\` do with these options.

Examples:
  cnnc export lenet.cnn --onnx --weights lenet.safetensors --match order -o lenet.onnx
  cnnc export lenet.cnn --onnx --weights random:1 --batch 1 -o lenet.onnx --json
  cnnc export lenet.cnn --pytorch --weights lenet.safetensors --match order -o lenet-pytorch

JSON: { schemaVersion: 1, network, files: [{ path, bytes }], nodes, tensors }, or, if something cannot be written,
{ schemaVersion: 1, problems: [{ node, operator, what, mend }] }. With --pytorch: { schemaVersion: 1, network, class,
files: [{ path, bytes }], tensors }.`,
    )
    .action(async (path: string, options: ExportOptions) => {
      if (options.onnx === options.pytorch) throw new UsageError('say what to write: --onnx or --pytorch');
      if (options.onnx && (options.learn ?? options.rate) !== undefined)
        throw new UsageError('--learn and --rate are for --pytorch, whose train.py learns');
      const opened = await openNetwork(path, options, io);
      if (options.pytorch) {
        const { writePytorch } = await import('../export-pytorch.ts');
        return writePytorch(opened, options, io);
      }
      const { writeOnnx } = await import('../export-onnx.ts');
      writeOnnx(opened, path, options, io);
    });
}
