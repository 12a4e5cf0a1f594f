// The models of `cnnc serve`, and which of its options each has.

import type { ModelLimits, ModelStart } from '../../serve/options.ts';
import { printable } from '../../data/input-error.ts';
import { UsageError } from '../errors.ts';
import { MOST } from '../quantities.ts';
import { nameOf } from '../paths.ts';
import type { RunnableOptions } from '../runnable.ts';
import { forMany } from '../target-options.ts';

/** Options of all models, and those that name a model. */
interface Given extends Omit<RunnableOptions, 'weights' | 'labels'> {
  readonly weights?: readonly string[];
  readonly labels?: readonly string[];
}

interface Named {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** Throws `UsageError` for two models of one name and version, and for weights or labels of none. */
export function namedModels(texts: readonly string[], given: Given, limits: ModelLimits): readonly ModelStart[] {
  const models = texts.map(namedModel);
  const keys = models.map(keyOf);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined)
    throw new UsageError(`two models are ${twice}; give one another name or version: NAME@VERSION=FILE`);
  const weights = assigned('--weights', given.weights ?? [], models);
  const labels = assigned('--labels', given.labels ?? [], models);
  const { weights: _weights, labels: _labels, ...options } = given;
  return models.map((model) => {
    const [ownWeights, ownLabels] = [weights.get(model), labels.get(model)];
    return {
      ...model,
      ...limits,
      options: {
        ...forMany(model.path, options),
        ...(ownWeights !== undefined && { weights: ownWeights }),
        ...(ownLabels !== undefined && { labels: ownLabels }),
      },
    };
  });
}

const keyOf = ({ name, version }: Named): string => `${name}@${version}`;

/** `NAME@VERSION=FILE`, `NAME=FILE`, or `FILE`, whose name without its ending is the model's. */
function namedModel(text: string): Named {
  const [, name, version = '1', path] = /^([\w.-]+)(?:@(\d{1,9}))?=(.+)$/s.exec(text) ?? [];
  if (name !== undefined && path !== undefined) return { name, version: String(Number(version)), path };
  if (/^[\w.-]+@\d{10,}=/.test(text))
    throw new UsageError(`versions of models are whole numbers from 0 to ${MOST}; found ${printable(text)}`);
  const own = nameOf(text.replace(/(\.cnn):\w+$/, '$1')).replace(/\.[^.]+$/, '');
  if (!/^[\w.-]{1,100}$/.test(own))
    throw new UsageError(
      `${printable(text)} gives no name that fits into an address; write NAME=FILE, with letters, digits, ., _ and -`,
    );
  return { name: own, version: '1', path: text };
}

/** From models to the files that `option` gives them: all of them the one without a name. */
function assigned(option: string, texts: readonly string[], models: readonly Named[]): ReadonlyMap<Named, string> {
  const all = new Map<Named, string>();
  for (const text of texts) {
    const [, key, path] = /^([\w.-]+(?:@\d{1,9})?)=(.+)$/s.exec(text) ?? [];
    const wanted = key === undefined ? models : models.filter((one) => one.name === key || keyOf(one) === key);
    if (wanted.length === 0)
      throw new UsageError(`${option} is for ${printable(key!)}, but the models are ${models.map(keyOf).join(', ')}`);
    if (key === undefined && models.length > 1)
      throw new UsageError(
        `${option} needs the model's name where there are several: ${option} NAME=${printable(text)}`,
      );
    for (const model of wanted) {
      if (all.has(model)) throw new UsageError(`${option} gives ${keyOf(model)} two files`);
      all.set(model, path ?? text);
    }
  }
  return all;
}
