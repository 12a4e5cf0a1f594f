// The ONNX files that lie beside the checkout, made by others: nine published graphs, whose weights are filled by a formula, and seven
// trained models.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filledModel, withConstantWeights } from './filled-model.ts';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

export interface OnnxCase {
  /** `light/resnet50`, `trained/mnist-8` */
  readonly name: string;
  readonly path: string;
  /** What both sides read. */
  model(): Uint8Array;
}

/** All that are there, those without weights first. */
export function onnxCases(): readonly OnnxCase[] {
  const light = namesIn('onnx-light')
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => {
      const path = join(data, 'onnx-light', file);
      const name = `light/${basename(file, '.onnx').replace(/^light_(bvlc_)?/, '')}`;
      return { name, path, model: () => filledModel(readFileSync(path)) };
    });
  const trained = namesIn('models').map((folder) => {
    const path = join(data, 'models', folder, 'model.onnx');
    return { name: `trained/${folder}`, path, model: () => withConstantWeights(readFileSync(path)) };
  });
  return [...light, ...trained];
}

/** Those in whose names or paths below `../shared/data` one of the words occurs; throws on a word that occurs in none. */
export function onnxCasesOf(words: readonly string[] | undefined): readonly OnnxCase[] {
  const all = onnxCases();
  if (all.length === 0) throw new RangeError('no models: they are read from ../shared/data beside the checkout');
  const has = ({ name, path }: OnnxCase, word: string): boolean =>
    name.includes(word) || relative(data, path).includes(word);
  const unknown = words?.find((word) => !all.some((one) => has(one, word)));
  if (unknown !== undefined)
    throw new RangeError(`there is no ${unknown} among ${all.map(({ name }) => name).join(', ')}`);
  return words ? all.filter((one) => words.some((word) => has(one, word))) : all;
}

function namesIn(folder: string): readonly string[] {
  const place = join(data, folder);
  return existsSync(place) ? readdirSync(place).toSorted() : [];
}
