// Hashes of what the compiler emits for every example network, over the matrix of targets, mathematics and levels. A change
// that should not touch emitted code leaves `test/fixtures/emitted.json` as it is; one that should writes it anew with
// `node scripts/manifest.ts`, and its commit says what differs and why.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { compileNetwork } from '../compiler/index.ts';
import type { CompileOptions } from '../compiler/index.ts';
import { buildNetworks } from '../src/network/networks.ts';

type Language = 'js' | 'ts';
type Cell = readonly [language: Language, options: CompileOptions];

/** Name of a column → what it compiles with. */
const matrix: Readonly<Record<string, Cell>> = {
  'js -O0': ['js', { level: 0 }],
  'js -O1': ['js', { level: 1 }],
  js: ['js', {}],
  ts: ['ts', {}],
  'js strict': ['js', { math: 'strict' }],
  'wasm -O0': ['js', { target: 'wasm', level: 0 }],
  'wasm -O1': ['js', { target: 'wasm', level: 1 }],
  wasm: ['js', { target: 'wasm' }],
  'wasm strict': ['js', { target: 'wasm', math: 'strict' }],
  'wasm fast': ['js', { target: 'wasm', math: 'fast' }],
  'wasm bf16': ['js', { target: 'wasm', weightsType: 'bf16' }],
};

/** Network → column → the first 16 hexadecimal digits of the SHA-256 of the emitted files. */
export type Manifest = Readonly<Record<string, Readonly<Record<string, string>>>>;

const examples = new URL('../examples/', import.meta.url);
export const manifestFile = new URL('../test/fixtures/emitted.json', import.meta.url);

/** Large networks of layers that the others have, too: to compile one in every way takes many seconds. */
const unrecorded: ReadonlySet<string> = new Set([
  'convnext',
  'darknet',
  'deeplab',
  'densenet121',
  'efficientnet',
  'fcn',
  'inception',
  'mnasnet',
  'mobilenet-v2',
  'mobilenet-v3',
  'regnet',
  'resnet50',
  'shufflenet',
  'siamese',
  'ssd',
  'unet',
  'xception',
]);

/** The folders of `examples/` that hold a network of their name, and are recorded. */
export const exampleFolders: readonly string[] = readdirSync(examples)
  .filter((name) => existsSync(new URL(`${name}/${name}.cnn`, examples)) && !unrecorded.has(name))
  .toSorted();

/** What the networks of one example are compiled to. */
export function manifestOf(example: string): Manifest {
  const folder = new URL(`${example}/`, examples);
  const path = `${example}.cnn`;
  const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
  const { networks } = buildNetworks({ path, text: read(path) }, { read });
  return Object.fromEntries(
    networks.map((network) => [
      network.name,
      Object.fromEntries(
        Object.entries(matrix).map(([column, [language, options]]) => {
          const hash = createHash('sha256');
          for (const file of compileNetwork(network, options).emit(language, { sourceName: path })) {
            hash.update(file.path).update('\0').update(file.text).update('\0');
          }
          return [column, hash.digest('hex').slice(0, 16)];
        }),
      ),
    ]),
  );
}

if (import.meta.main) {
  const manifest = Object.fromEntries(exampleFolders.flatMap((example) => Object.entries(manifestOf(example))));
  writeFileSync(manifestFile, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
