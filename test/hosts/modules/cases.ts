// Modules of small networks for every target, as files, and what a host does with each.

import { readFileSync } from 'node:fs';
import { writeNpy } from '../../../src/data/npy.ts';
import { cnnc } from '../../cli/harness.ts';

const here = (name: string): Uint8Array => readFileSync(new URL(name, import.meta.url));
const lenet = new URL('../../../examples/lenet/', import.meta.url);

/** A module, and what it needs. */
export interface Case {
  /** `LeNet js` */
  readonly name: string;
  readonly module: string;
  /** Files; the weights are absent where they are in the module, or by chance. */
  readonly weights?: string;
  readonly wasm?: readonly string[];
  readonly threads?: number;
}

export interface Modules {
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly cases: readonly Case[];
}

/** How a network is compiled; threads where it may have some. */
interface Way {
  readonly way: string;
  readonly argv: readonly string[];
  readonly threads?: number;
}

const ways: readonly Way[] = [
  { way: 'js', argv: ['--target', 'js'] },
  { way: 'wasm', argv: ['--target', 'wasm'] },
  { way: 'wasm on 3 threads', argv: ['--target', 'wasm'], threads: 3 },
  { way: 'file', argv: ['--target', 'wasm', '--wasm-file'] },
  { way: 'file on 3 threads', argv: ['--target', 'wasm', '--wasm-file'], threads: 3 },
  { way: 'embedded', argv: ['--target', 'wasm', '--embed'] },
  { way: 'file, embedded', argv: ['--target', 'wasm', '--wasm-file', '--embed'] },
];

const quantized = ['--quantize', '--calibrate', 'images.npy'];

/** In whole numbers. */
const int8: readonly Way[] = [
  { way: 'int8 js', argv: ['--target', 'js', ...quantized] },
  { way: 'int8 wasm', argv: ['--target', 'wasm', ...quantized] },
  { way: 'int8 wasm on 3 threads', argv: ['--target', 'wasm', ...quantized], threads: 3 },
  { way: 'int8 file', argv: ['--target', 'wasm', '--wasm-file', ...quantized] },
  { way: 'int8 file on 3 threads', argv: ['--target', 'wasm', '--wasm-file', ...quantized], threads: 3 },
];

/** What hosts with relaxed SIMD compute with other bits than hosts without. */
const fast: readonly Way[] = [
  { way: 'fast', argv: ['--target', 'wasm', '--math', 'fast'] },
  { way: 'fast file', argv: ['--target', 'wasm', '--math', 'fast', '--wasm-file'] },
  { way: 'fast file on 3 threads', argv: ['--target', 'wasm', '--math', 'fast', '--wasm-file'], threads: 3 },
];

const training: readonly Way[] = [
  { way: 'training js', argv: ['--training', '--target', 'js'] },
  { way: 'training', argv: ['--training'] },
  { way: 'training on 2 threads', argv: ['--training'], threads: 2 },
  { way: 'training file', argv: ['--training', '--wasm-file'] },
  { way: 'training file on 2 threads', argv: ['--training', '--wasm-file'], threads: 2 },
];

/** Images on which intervals are seen, as a file of NumPy. */
function calibration(shape: readonly number[]): Uint8Array {
  const count = 8;
  const length = shape.reduce((product, extent) => product * extent, count);
  const data = Float32Array.from({ length }, (_, at) => ((at * 53) % 127) / 127);
  return writeNpy({ shape: [count, ...shape], data });
}

/** Compiles all of them. */
export async function compiledModules(): Promise<Modules> {
  const files = new Map<string, string | Uint8Array>(
    ['use.js', 'run.mjs', 'page.js'].map((name) => [name, here(name)]),
  );
  files.set('index.html', '<!doctype html><title>modules</title><script type="module" src="page.js"></script>');
  const cases: Case[] = [];
  const add = async (network: string, source: string, weights: string, list: readonly Way[]): Promise<void> => {
    for (const { way, argv, threads } of list) {
      const name = `${network} ${way}`;
      const stem = `${name.replace(/\W+/g, '-')}.mjs`;
      const world = {
        files: {
          'networks.cnn': here('networks.cnn'),
          'images.npy': calibration(network === 'LeNet' ? [1, 28, 28] : [3, 32, 32]),
          'lenet.cnn': readFileSync(new URL('lenet.cnn', lenet)),
          'lenet.safetensors': readFileSync(new URL('lenet-fashion-mnist.safetensors', lenet)),
        },
      };
      const given = ['compile', source, '--network', network, ...argv, '-o', `out/${stem}`];
      const isTraining = argv.includes('--training');
      const {
        code,
        stderr,
        files: written,
      } = await cnnc([...given, ...(isTraining ? [] : ['--weights', weights])], world);
      if (code !== 0) throw new Error(stderr);
      const paths = [...written.keys()].filter((path) => path.startsWith('/project/out/'));
      for (const path of paths) files.set(path.slice('/project/out/'.length), written.get(path)!);
      const ending = (extension: string): readonly string[] =>
        paths.filter((path) => path.endsWith(extension)).map((path) => path.slice('/project/out/'.length));
      const [weightsFile] = ending('.safetensors');
      const wasm = ending('.wasm');
      cases.push({
        name,
        module: stem,
        ...(weightsFile !== undefined && { weights: weightsFile }),
        ...(wasm.length > 0 && { wasm }),
        ...(threads !== undefined && { threads }),
      });
    }
  };
  await add('LeNet', 'lenet.cnn', 'lenet.safetensors', [...ways, ...fast, ...int8]);
  await add('Inception', 'networks.cnn', 'random:1', ways);
  await add('Residual', 'networks.cnn', 'random:2', [...ways, ...int8]);
  await add('Small', 'networks.cnn', '', training);
  files.set('cases.json', JSON.stringify(cases));
  return { files, cases };
}
