// All words of other frameworks, found by their spelling.

import { caffe, darknet, informal } from './caffe.ts';
import { keras } from './keras.ts';
import type { ForeignArgument, ForeignLayer, Framework, FrameworkTable } from './layer.ts';
import { onnx } from './onnx.ts';
import { pytorch } from './pytorch.ts';

export const frameworks: readonly FrameworkTable[] = [pytorch, keras, onnx, caffe, darknet];

export interface NamedLayer {
  readonly framework: Framework;
  readonly name: string;
  readonly layer: ForeignLayer;
}

const all: readonly NamedLayer[] = frameworks.flatMap(({ framework, layers }) =>
  Object.entries(layers).map(([name, layer]) => ({ framework, name, layer })),
);

const byName = Map.groupBy(all, ({ name }) => name);
const byFolded = Map.groupBy(all, ({ name }) => folded(name));

interface MissingLayer {
  readonly framework: Framework;
  readonly name: string;
  readonly instead: string;
}

const missingByFolded = Map.groupBy(
  frameworks.flatMap(({ framework, missing }) =>
    Object.entries(missing).map(([name, instead]): MissingLayer => ({ framework, name, instead })),
  ),
  ({ name }) => folded(name),
);

/** The layers that are spelt so; `Conv2d` and `Conv2D` are two words. */
export function layersNamed(name: string): readonly NamedLayer[] {
  return byName.get(name) ?? [];
}

/** The layers whose name differs in case or underlines only. */
export function layersLike(name: string): readonly NamedLayer[] {
  return byFolded.get(folded(name)) ?? [];
}

/** Our operator for a word that no single documentation explains. */
export function informally(name: string): string | undefined {
  return Object.hasOwn(informal, name) ? informal[name] : undefined;
}

/** Whose layer it is that has no counterpart here, and what can be written instead. */
export function missingLayer(name: string): MissingLayer | undefined {
  const found = missingByFolded.get(folded(name)) ?? [];
  return found.find((layer) => layer.name === name) ?? found[0];
}

/** The names of an operator elsewhere, each with the frameworks that use it: `Conv2d (PyTorch)`. */
export function elsewhere(operator: string): readonly { readonly name: string; readonly whose: string }[] {
  const names = new Map<string, string>();
  for (const { framework, name, layer } of all) {
    if (layer.operator === operator) names.set(name, [names.get(name), framework].filter(Boolean).join(', '));
  }
  return [...names].map(([name, whose]) => ({ name, whose }));
}

/** Every meaning that an argument's name has in layers that fit the operator. */
export function argumentsNamed(
  operator: string,
  name: string,
): readonly { readonly of: NamedLayer; readonly argument: ForeignArgument }[] {
  return all.flatMap((of) => {
    const given = of.layer.arguments;
    const fits = of.layer.operator === operator && given && Object.hasOwn(given, name);
    return fits ? [{ of, argument: given[name]! }] : [];
  });
}

function folded(word: string): string {
  return word.toLowerCase().replaceAll('_', '');
}
