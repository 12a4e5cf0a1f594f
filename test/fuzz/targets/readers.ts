// The readers of files: a valid small file is mutated, and what is read is right in size or refused with an `InputError`.

import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { operators } from '../../../compiler/ops/index.ts';
import { readCsv } from '../../../src/data/csv.ts';
import { gunzip } from '../../../src/data/gzip.ts';
import { readIdx } from '../../../src/data/idx.ts';
import { InputError } from '../../../src/data/input-error.ts';
import { readJsonArray } from '../../../src/data/json.ts';
import { readJpeg } from '../../../src/data/jpeg.ts';
import { readLabels } from '../../../src/data/labels.ts';
import { readNpy, writeNpy } from '../../../src/data/npy.ts';
import { readPng } from '../../../src/data/png.ts';
import { pickleIn, readPyTorch } from '../../../src/data/pytorch/index.ts';
import { openZip } from '../../../src/data/zip.ts';
import { buildNetworks } from '../../../src/network/networks.ts';
import { readTuning } from '../../../src/tune/tuning-file.ts';
import { matchWeights } from '../../../src/weights/match.ts';
import { readSafetensors, writeSafetensors } from '../../../src/data/safetensors.ts';
import { readWeightsFile } from '../../../src/data/weights-file.ts';
import { wantedBy } from '../../../src/weights/specs.ts';
import { mutateBytes } from '../mutate.ts';
import { bytesOf, expectThat, type Target } from '../target.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const file = (path: string): Uint8Array => readFileSync(new URL(path, import.meta.url));
const weightsFile = (name: string): Uint8Array => file(`../../fixtures/weights/${name}`);

function reader(name: string, seeds: readonly Uint8Array[], read: (bytes: Uint8Array) => unknown): Target {
  return {
    name,
    generate: (random) => mutateBytes(random.pick(seeds), random),
    async run(input) {
      try {
        await read(bytesOf(input));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        expectThat(error.message.length < 1000, `a sentence of ${error.message.length} characters`);
      }
    },
  };
}

const data = Float32Array.from({ length: 24 }, (_, index) => index / 4 - 3);
const npy = writeNpy({ shape: [2, 3, 4], data });
const idx = Uint8Array.from([
  0,
  0,
  8,
  3,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  3,
  ...Array.from({ length: 12 }, (_, i) => i),
]);
const csv = text(`${[...data].slice(0, 12).join(',')}\n${[...data].slice(12).join(', ')}\n`);
const json = text(JSON.stringify([[...data.slice(0, 12)], [...data.slice(12)]]));
const tuning = text(
  JSON.stringify({
    schemaVersion: 1,
    network: 'A',
    math: 'default',
    choices: [{ convolution: 'conv 3x3', algorithm: 'direct', default: 'direct', ms: { direct: 1.5 } }],
  }),
);
const weights = writeSafetensors([
  { name: 'conv1.weight', shape: [2, 3, 2, 2], data },
  { name: 'conv1.bias', shape: [2], data: data.subarray(0, 2) },
]);

const map = text('# a line each\nconv1.weight -> first.weight\nconv1.bias -> "first.bias"\n');
const net = buildNetworks({
  path: 'a.cnn',
  text: 'network A {\n  input x: [3, 4, 4]\n  first = conv(2, kernel: 2)\n}\n',
}).networks[0]!;

export const readerTargets: readonly Target[] = [
  reader('safetensors', [weights], readSafetensors),
  // The shard of an index may be any other file of weights.
  reader('weights', weightsFiles(), (bytes) =>
    readWeightsFile(bytes, () => readSafetensors(weights)).tensors.map(({ data: values }) => values.length),
  ),
  reader('pickle', ['state.pt', 'protocol4.pt', 'checkpoint.pt', 'views.pt', 'module.pt'].map(pickleOf), withPickle),
  reader('npy', [npy], readNpy),
  reader('idx', [idx], (bytes) => readIdx(bytes)),
  reader('gzip', [gzipSync(idx), gzipSync(text('x'.repeat(5000)))], (bytes) =>
    gunzip(bytes, 1 << 24, 'that the fuzzer allows'),
  ),
  reader('csv', [csv], (bytes) => readCsv(utf8(bytes))),
  reader('json', [json], (bytes) => readJsonArray(utf8(bytes))),
  reader('png', pictures('png'), (bytes) => readPng(bytes, bytes.length % 2 === 0 ? 'picture' : 'numbers')),
  reader('jpeg', pictures('jpg'), readJpeg),
  reader('labels', [text('cat\ndog\r\nbird\n')], readLabels),
  reader('map', [map], (bytes) =>
    matchWeights(readSafetensors(weights), wantedBy(net.graph), {
      fileName: 'a.safetensors',
      operators,
      map: utf8(bytes),
    }),
  ),
  reader('tuning', [tuning], (bytes) => readTuning(utf8(bytes))),
];

function weightsFiles(): readonly Uint8Array[] {
  const names = ['state.pt', 'checkpoint.pt', 'views.pt', 'kinds.pt', 'arrays.npz', 'compressed.npz'];
  const index = JSON.stringify({ weight_map: { 'conv1.weight': 'a.safetensors', 'conv1.bias': 'a.safetensors' } });
  return [...names.map(weightsFile), text(index)];
}

/** Another pickle in the file of PyTorch whose storages are the most. */
function withPickle(pickle: Uint8Array): number[] {
  const archive = openZip(weightsFile('checkpoint.pt'));
  const read: typeof archive.read = (entry, ...rest) =>
    entry.name === pickleIn(archive) ? pickle : archive.read(entry, ...rest);
  return readPyTorch({ ...archive, read }, pickleIn(archive)!).tensors.map(({ data: values }) => values.length);
}

function pickleOf(name: string): Uint8Array {
  const archive = openZip(weightsFile(name));
  return archive.read(archive.entries.get(pickleIn(archive)!)!, 1 << 20, 'ignored');
}

function pictures(extension: string): readonly Uint8Array[] {
  return ['a', 'b'].map((name) => file(`../seeds/${name}.${extension}`));
}
