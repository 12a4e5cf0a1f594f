// What `npm run bench` measures, and against what.

import { InvalidArgumentError } from 'commander';
import { listed, tool } from '../support/tool.ts';

const command = tool(
  'npm run bench --',
  "Measures compiled networks against tfjs's `cpu` backend, batch 1, one thread, in one process, or what one of these says:",
)
  .optionsGroup('What is measured:')
  .option(
    '--peers',
    'onnxruntime-web, tfjs on WebAssembly, LiteRT.js and onnxruntime-node, each in a process of its own',
  )
  .option('--quantize', 'with --peers: whole numbers of 8 bits against f32, ours and of LiteRT.js')
  .option('--onnx', 'the ONNX files beside the checkout, against onnxruntime-web; --only resnet,models')
  .option('--training', 'steps of SGD against PyTorch, and of LeNet against jax-js and tfjs; batch 256')
  .option('--startup', 'from import to the first result, against onnxruntime and LiteRT.js')
  .option('--serve', 'requests a second of `cnnc serve`, and of onnxruntime-node in Fastify')
  .option('--ide', 'how long an editor waits while somebody types, and its memory')
  .option('--levels', '-O2 against -O0 on every example')
  .option('--without <passes>', '-O2 without each of these passes, or all, against -O2', listed)
  .optionsGroup('How:')
  .option('--only <names>', 'these networks, such as LeNet,NiN', listed)
  .option('--target <targets>', 'ours, one or several', listed, ['wasm', 'wasm:fast'])
  .option('--rounds <count>', 'turns that engines take', counted, 5)
  .option('--seconds <seconds>', 'how long each network is measured', positive, 3)
  .option('--threads <count>', 'of each engine that has them', counted, 1)
  .option('--batch <images>', 'images in a run', counted, 1)
  .option('--cpu', "with --peers: tfjs's `cpu` backend, too, where it is not too slow")
  .option('--wide', "with --peers: our module of --wide, and the peers with V8's switch, too")
  .option('--no-vnni', 'with --quantize: as on a processor without AVX-VNNI')
  .option('--check', 'with --onnx: outputs only, of all targets and mathematics, on one and two threads')
  .option('--geometries', 'with --training: what each convolution takes backward, of what it takes forward')
  .option('--full', 'with --levels and --without: the large examples at 224×224, too')
  .option('--json', 'print it as JSON');

/** Of the command line; it is refused in one sentence, with exit code 2. */
export interface Options {
  readonly peers?: true;
  readonly quantize?: true;
  readonly onnx?: true;
  readonly training?: true;
  readonly startup?: true;
  readonly serve?: true;
  readonly ide?: true;
  readonly levels?: true;
  readonly without?: readonly string[];
  readonly only?: readonly string[];
  readonly target: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly threads: number;
  readonly batch: number;
  readonly cpu?: true;
  readonly wide?: true;
  /** False on a processor without AVX-VNNI. */
  readonly vnni: boolean;
  readonly check?: true;
  readonly geometries?: true;
  readonly full?: true;
  readonly json?: true;
}

export const options: Options = command.parse().opts<Options>();

function counted(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It takes a whole number from 1 on.');
  return Number(text);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1e6)) throw new InvalidArgumentError('It takes seconds, such as 0.5.');
  return value;
}
