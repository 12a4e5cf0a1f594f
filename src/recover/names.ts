// Names for what is printed: identifiers of the language that are free, from the names that the graph has where they say something.

import { operators } from '../../compiler/ops/index.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { splitNumber, withoutEnd, withoutUnderscores } from '../text/ends.ts';
import { isUneven } from './same.ts';
import { nodesOf } from './tree.ts';
import type { Block, Item } from './tree.ts';

/** Keywords, words that are some elsewhere, functions, properties: no name may be one. */
const RESERVED = [
  ...['import', 'from', 'as', 'block', 'network', 'const', 'train', 'expect', 'input', 'output', 'parallel', 'path'],
  ...['repeat', 'for', 'in', 'if', 'else', 'true', 'false', 'and', 'or', 'not', 'share', 'learned', 'collect'],
  ...['len', 'min', 'max', 'size', 'floor', 'ceil', 'int', 'float', 'bool', 'string'],
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
  const same = nodes.some(isUneven) ? ['same'] : [];
  return scopeOf([...RESERVED, ...operators.keys(), ...words, ...same], [...operators.keys(), 'path']);
}

/** `steps`: what is called with a number behind its name. */
function scopeOf(taken: Iterable<string>, called: Iterable<string>): NameScope {
  const names = new Set(taken);
  const steps = new Set(called);
  const next = new Map<string, number>();
  const numbered = (wish: string, from: number): string => {
    let number = next.get(wish) ?? from;
    while (names.has(`${wish}${number}`)) number += 1;
    next.set(wish, number + 1);
    names.add(`${wish}${number}`);
    return `${wish}${number}`;
  };
  return {
    claim(given) {
      // Steps are called by their operator or block and a number.
      const wish = /\d$/.test(given) && steps.has(splitNumber(given)[0]) ? `${given}_` : given;
      if (names.has(wish)) return numbered(/\d$/.test(wish) ? `${wish}_` : wish, 2);
      names.add(wish);
      return wish;
    },
    lettered(given) {
      const wish = /\d$/.test(given) ? `${given}_unit` : given;
      let name = wish;
      for (let count = 1; names.has(name); count += 1) name = `${wish}_${letters(count)}`;
      names.add(name);
      steps.add(name);
      return name;
    },
    numbered: (wish) => numbered(wish, 1),
    inner: () => scopeOf(names, steps),
  };
}

/** 1 → b, 25 → z, 26 → ba */
function letters(count: number): string {
  const last = String.fromCharCode(97 + (count % 26));
  return count < 26 ? last : letters(Math.floor(count / 26)) + last;
}

/** An identifier out of any text: letters, digits and `_`; undefined where nothing of it is left. */
export function identifier(text: string): string | undefined {
  const word = withoutUnderscores(text.normalize('NFKD').replace(/[^A-Za-z0-9]+/g, '_')).slice(0, LONGEST);
  if (!/[A-Za-z]/.test(word)) return undefined;
  return /^[A-Za-z]/.test(word) ? word : word.replace(/^[^A-Za-z]+/, '');
}

/** What a block is called: as the scopes that it was found in, or by what it does where these only say that it is a part. */
export function blockWish({ instances, items }: Block): string {
  const scope =
    byScopes(instances, ({ origin }) => origin?.scopes.filter(({ kind }) => kind === 'block').map(scopePair) ?? []) ??
    byScopes(instances, dottedPairs);
  const content = byContent(items);
  return scope === undefined || (generic.has(scope) && content !== 'unit') ? content : scope;
}

const generic: ReadonlySet<string> = new Set([
  'layer',
  'layers',
  'block',
  'blocks',
  'stage',
  'features',
  'module',
  'group',
]);

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
  const [start, number] = splitNumber(/\d[a-z]$/.test(word) ? word.slice(0, -1) : word);
  return (number === '' ? word : withoutEnd(start, '_-')).toLowerCase();
}

/** The innermost scope around the nodes of an instance, if most have one, each instance has its own, and all are called alike. */
function byScopes(
  instances: readonly (readonly Node[])[],
  scopesOf: (node: Node) => readonly Pair[],
): string | undefined {
  const scopes = instances.map((nodes) => {
    const scoped = nodes.map(scopesOf).filter((of) => of.length > 0);
    const [first, ...others] = 2 * scoped.length < nodes.length ? [] : scoped;
    return first?.findLast(([name]) => others.every((other) => other.some(([known]) => known === name)));
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
