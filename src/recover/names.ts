// Names for what is printed: identifiers of the language that are free, from the names that the graph has where they say something.

import { operators } from '../../compiler/ops/index.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { nodesOf } from './tree.ts';
import type { Block, Item } from './tree.ts';

/** Keywords, words that are some elsewhere, functions, properties: no name may be one. */
const RESERVED = [
  ...['import', 'from', 'as', 'block', 'network', 'const', 'train', 'expect', 'input', 'output', 'parallel', 'path'],
  ...['repeat', 'for', 'in', 'if', 'else', 'true', 'false', 'and', 'or', 'not', 'share', 'learned', 'collect'],
  ...['len', 'min', 'max', 'size', 'int', 'float', 'bool', 'string', 'same'],
];
const LONGEST = 40;

/** Names that are taken in one definition, and around it. */
export interface NameScope {
  /** The name itself, or with a number where it is taken. */
  claim(wish: string): string;
  /** The name of a block, with a letter where it is taken: a digit would be taken for the number of a call. */
  lettered(wish: string): string;
  /** `width1`, `width2`, … */
  numbered(wish: string): string;
  inner(): NameScope;
}

/** A scope in which no word of the language is free, and none that is written for an attribute in the graph. */
export function nameScope({ nodes }: Graph): NameScope {
  const words = nodes.flatMap(({ op, attributes }) =>
    Object.entries(attributes).flatMap(([name, value]) => {
      const isWritten = typeof value === 'string' && value !== operators.get(op)?.attributes[name]?.default;
      return isWritten ? [value] : [];
    }),
  );
  return scopeOf([...RESERVED, ...operators.keys(), ...words]);
}

function scopeOf(taken: Iterable<string>): NameScope {
  const names = new Set(taken);
  const numbered = (wish: string, from: number): string => {
    for (let number = from; ; number += 1) {
      const name = `${wish}${number}`;
      if (names.has(name)) continue;
      names.add(name);
      return name;
    }
  };
  return {
    claim(given) {
      // Steps are called by their operator or block and a number.
      const wish = /\d$/.test(given) && names.has(given.replace(/\d+$/, '')) ? `${given}_` : given;
      if (names.has(wish)) return numbered(/\d$/.test(wish) ? `${wish}_` : wish, 2);
      names.add(wish);
      return wish;
    },
    lettered(given) {
      const wish = given.replace(/\d+$/, (digits) => `${digits}_unit`);
      let name = wish;
      for (let count = 1; names.has(name); count += 1) name = `${wish}_${letters(count)}`;
      names.add(name);
      return name;
    },
    numbered: (wish) => numbered(wish, 1),
    inner: () => scopeOf(names),
  };
}

/** 1 → b, 25 → z, 26 → ba */
function letters(count: number): string {
  const last = String.fromCharCode(97 + (count % 26));
  return count < 26 ? last : letters(Math.floor(count / 26)) + last;
}

/** An identifier out of any text: letters, digits and `_`; undefined where nothing of it is left. */
export function identifier(text: string): string | undefined {
  const word = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, LONGEST);
  if (!/[A-Za-z]/.test(word)) return undefined;
  return /^[A-Za-z]/.test(word) ? word : word.replace(/^[^A-Za-z]+/, '');
}

/** What a block is called: as the scopes that it was found in, or by what it does. */
export function blockWish({ instances, items }: Block): string {
  return (
    byScopes(instances, ({ origin }) => origin?.scopes.filter(({ kind }) => kind === 'block').map(scopePair) ?? []) ??
    byScopes(instances, dottedPairs) ??
    byContent(items)
  );
}

/** The name of a scope, and what such scopes are called. */
type Pair = readonly [name: string, of: string];

const scopePair = ({ name, of }: { readonly name: string; readonly of: string }): Pair => [name, of];

/** `layer1.0.conv1` lies in `layer1` and in `layer1.0`: stems are `layer`, twice. */
function dottedPairs({ name }: Node): readonly Pair[] {
  const parts = name.split('.');
  return parts.slice(0, -1).map((_, at): Pair => {
    const word = parts.slice(0, at + 1).findLast((part) => /[A-Za-z]{2}/.test(part)) ?? '';
    return [parts.slice(0, at + 1).join('.'), stem(word)];
  });
}

/** `inception_3a` → `inception`, `fire2` → `fire`. */
function stem(word: string): string {
  return word.replace(/[_-]*\d+[a-z]?$/, '').toLowerCase();
}

/** The innermost scope around all nodes of an instance, if each instance has one of its own and all have one name. */
function byScopes(
  instances: readonly (readonly Node[])[],
  scopesOf: (node: Node) => readonly Pair[],
): string | undefined {
  const scopes = instances.map((nodes) => {
    const [first, ...others] = nodes.map(scopesOf);
    return first!.findLast(([name]) => others.every((other) => other.some(([known]) => known === name)));
  });
  const [first] = scopes;
  if (!first || scopes.some((scope) => scope?.[1] !== first[1])) return undefined;
  if (new Set(scopes.map((scope) => scope![0])).size < instances.length) return undefined;
  return identifier(first[1]);
}

/** SqueezeNet's module: a convolution, then two beside each other, each with its activation. */
function isSqueezed([first]: readonly Item[], paths: readonly (readonly Item[])[]): boolean {
  const isConvolution = (item: Item | undefined): boolean => item?.kind === 'step' && item.op === 'conv';
  return isConvolution(first) && paths.every((path) => path.length === 2 && isConvolution(path[0]));
}

function byContent(items: readonly Item[]): string {
  for (const item of items) {
    if (item.kind !== 'parallel') continue;
    const { op } = item.join;
    const isOpen = item.paths.some((path) => path.length === 0);
    if (op === 'add') return isOpen ? 'residual' : 'projection';
    if (op === 'mul') return 'gate';
    if (op === 'concat' && isOpen) return 'dense_layer';
    if (op === 'concat' && item.paths.length > 2) return 'inception';
    if (op === 'concat' && isSqueezed(items, item.paths)) return 'fire';
    return 'branches';
  }
  // Learned factors and shifts belong to the layer before them.
  const words = nodesOf(items).flatMap(({ op }) => (op === 'mul' || op === 'add' ? [] : [shortWords.get(op) ?? op]));
  if (words.length === 0) return 'affine';
  return words.length <= 4 ? words.join('_') : 'unit';
}

const shortWords: ReadonlyMap<string, string> = new Map([
  ['batch_norm', 'norm'],
  ['depthwise_conv', 'depthwise'],
  ['max_pool', 'pool'],
  ['avg_pool', 'pool'],
  ['global_avg_pool', 'pool'],
]);
