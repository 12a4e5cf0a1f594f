// The published graphs and trained models that lie beside the checkout, and whether importing what is exported of one gives it again.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operators } from '../../compiler/ops/index.ts';
import { exportOnnx } from '../../src/export/onnx/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { ownModel } from '../../src/recover/model.ts';
import type { OwnModel } from '../../src/recover/model.ts';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** None where ../shared/data is absent. */
export function models(): readonly { readonly name: string; readonly path: string }[] {
  const inFolder = (folder: string, choose: (name: string) => string | undefined) => {
    const place = join(data, folder);
    if (!existsSync(place)) return [];
    return readdirSync(place).flatMap((name) => {
      const file = choose(name);
      return file !== undefined && existsSync(join(place, file)) ? [{ name, path: join(place, file) }] : [];
    });
  };
  return [
    ...inFolder('onnx-light', (name) => (name.endsWith('.onnx') ? name : undefined)),
    ...inFolder('models', (name) => join(name, 'model.onnx')),
  ];
}

/** How the text or the weights of the second import differ from those of the first; undefined where they do not. */
export function reimportDifference(path: string): string | undefined {
  const first = importedModel(readFileSync(path));
  const tensors = new Map(first.tensors.map((tensor) => [tensor.name, tensor.data]));
  const exported = exportOnnx(first.graph, tensors, first.doc === undefined ? {} : { doc: first.doc });
  if ('problems' in exported) return JSON.stringify(exported.problems);
  const second = importedModel(exported.bytes);
  if (second.text !== first.text) return firstDifference(first.text, second.text);
  const other = first.tensors.find(({ name, data: numbers }, at) => {
    const again = second.tensors[at]!;
    return again.name !== name || numbers.some((number, place) => !Object.is(number, again.data[place]));
  });
  return other && `the weights of ${other.name} are others`;
}

function importedModel(bytes: Uint8Array): OwnModel & { readonly doc?: string } {
  const imported = importOnnx(bytes);
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems.slice(0, 3)));
  const { doc } = imported.network;
  return { ...ownModel(imported, operators), ...(doc !== undefined && { doc }) };
}

function firstDifference(before: string, after: string): string {
  const [a, b] = [before, after].map((text) => text.split('\n')) as [string[], string[]];
  const at = a.findIndex((line, place) => line !== b[place]);
  return `line ${at + 1} was ${JSON.stringify(a[at])} and is ${JSON.stringify(b[at])}`;
}
