// All words of other frameworks, found by their spelling: those of the frameworks' tables and those that operators bring along. A word that a table calls missing leads to the operator of that name as soon
// as there is one, if it takes no attributes.

import type { OperatorTable } from '../../../ir/operator.ts';
import { operators } from '../../../ops/index.ts';
import { caffe, darknet, informal } from './caffe.ts';
import { keras } from './keras.ts';
import type { ForeignArgument, ForeignLayer, Framework, FrameworkTable } from '../../../ir/foreign.ts';
import { onnx } from './onnx.ts';
import { pytorch } from './pytorch.ts';

export const frameworks: readonly FrameworkTable[] = [pytorch, keras, onnx, caffe, darknet];

export interface NamedLayer {
  readonly framework: Framework;
  readonly name: string;
  readonly layer: ForeignLayer;
}

/** The layers of a framework: those of its table and of operators, and words that it calls missing although an operator has their name. */
export function layersOf({ framework, layers, missing }: FrameworkTable, known: OperatorTable): readonly NamedLayer[] {
  const plain = [...known.values()].filter(
    ({ internal, attributes }) => !internal && Object.keys(attributes).length === 0,
  );
  const added = Object.keys(missing).flatMap((name): NamedLayer[] => {
    const operator = plain.find((candidate) => folded(candidate.name) === folded(name));
    return operator ? [{ framework, name, layer: { operator: operator.name, arguments: {} } }] : [];
  });
  const brought = [...known.values()].flatMap(({ name: operator, elsewhere: names = {} }) =>
    Object.entries(names[framework] ?? {}).map(([name, layer]) => ({ framework, name, layer: { operator, ...layer } })),
  );
  return [...Object.entries(layers).map(([name, layer]) => ({ framework, name, layer })), ...brought, ...added];
}

const all = frameworks.flatMap((table) => layersOf(table, operators));

const byName = Map.groupBy(all, ({ name }) => name);
const byFolded = Map.groupBy(all, ({ name }) => folded(name));

interface MissingLayer {
  readonly framework: Framework;
  readonly name: string;
  readonly instead: string;
}

const missingByFolded = Map.groupBy(
  frameworks.flatMap(({ framework, missing }) =>
    Object.entries(missing).flatMap(([name, instead]): MissingLayer[] =>
      byName.get(name)?.some((layer) => layer.framework === framework) ? [] : [{ framework, name, instead }],
    ),
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
  // `BN`, `FC`
  const known = [name, name.toLowerCase()].find((one) => Object.hasOwn(informal, one));
  return known && informal[known];
}

/** Whose layer it is that has no counterpart here, and what can be written instead. */
export function missingLayer(name: string): MissingLayer | undefined {
  const found = missingByFolded.get(folded(name)) ?? [];
  return found.find((layer) => layer.name === name) ?? found[0];
}

export interface Elsewhere {
  /** Names that mean the operator, each with the frameworks that use it: `Conv2d` of PyTorch. */
  readonly same: readonly { readonly name: string; readonly whose: string }[];
  /** Names of what does nearly the same, and what is different there. */
  readonly similar: readonly { readonly name: string; readonly whose: string; readonly differs: string }[];
}

/** What an operator is called elsewhere. */
export function elsewhere(operator: string): Elsewhere {
  const [same, similar] = [new Map<string, string>(), [] as Elsewhere['similar'][number][]];
  for (const { framework, name, layer } of all) {
    if (layer.operator !== operator) continue;
    if (layer.differs !== undefined) similar.push({ name, whose: framework, differs: layer.differs });
    else same.set(name, [same.get(name), framework].filter(Boolean).join(', '));
  }
  return { same: [...same].map(([name, whose]) => ({ name, whose })), similar };
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
