// What the grammar allows at the caret, the likelier the larger its number: from the innermost open bracket and what has been
// written of the statement or item in it. grammar/parser.ts is the grammar; here it is read from the left.

import type { Frame } from './frame.ts';
import { isTypeDue } from './frames.ts';
import { endsOperand } from './sibling.ts';
import type { Sibling } from './sibling.ts';

export type FreshKind =
  | 'network'
  | 'block'
  | 'constant'
  | 'input'
  | 'parameter'
  | 'label'
  | 'variable'
  | 'index'
  | 'collect'
  | 'share'
  | 'learned'
  | 'path'
  | 'alias';

/** What one of the places of a text may hold. */
export type Place =
  | { readonly is: 'definition' | 'statement' | 'step' | 'join' | 'type' | 'property' }
  | { readonly is: 'network-name' | 'output-name' | 'import-name' | 'import-path' }
  | { readonly is: 'setting' | 'quantity' | 'argument' | 'member' }
  /** A value: of an argument, a setting, a parameter, or the head of a chain. */
  | { readonly is: 'value'; readonly chain?: true }
  | { readonly is: 'fresh'; readonly of: FreshKind }
  /** Keywords and signs. */
  | { readonly is: 'words'; readonly words: Readonly<Record<string, number>> };

/** A place with its share of the probability. */
export type Expected = Place & { readonly weight: number };

const words = (of: Readonly<Record<string, number>>, weight = 1): Expected => ({ is: 'words', words: of, weight });
const one = (place: Place, weight = 1): Expected => ({ ...place, weight });
const fresh = (of: FreshKind, weight = 1): Expected => ({ is: 'fresh', of, weight });
const value: readonly Expected[] = [one({ is: 'value' })];
const operators: Readonly<Record<string, number>> = { '*': 0.05, '/': 0.04, '+': 0.04, '-': 0.03 };
const binary: ReadonlySet<string> = new Set([
  ...['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', '..', 'and', 'or', 'not', 'if', 'else', 'in', '='],
]);

/** All that may stand at the caret. `isNewLine`: nothing stands before it on its line. */
export function expectedIn(frame: Frame, isNewLine: boolean): readonly Expected[] {
  const { kind, siblings } = frame;
  const last = siblings.at(-1);
  if (isTypeDue(frame) && kind !== 'type') return [one({ is: 'type' })];
  if (last?.is === '.') return [one({ is: 'property' })];
  switch (kind) {
    case 'file':
      return definition(siblings);
    case 'body':
      return statement(siblings, isNewLine);
    case 'parallel':
      return path(siblings, isNewLine);
    case 'settings':
      return setting(frame, isNewLine);
    case 'budgets':
      return budget(siblings);
    case 'import':
      return importName(siblings);
    case 'parameters':
      return parameter(siblings);
    case 'arguments':
      return argument(siblings);
    case 'group':
      if (!last) return [one({ is: 'value', chain: true })];
      return chain(siblings, { ',': 0.45, ')': 0.45, if: 0.03, else: 0.02 });
    case 'list':
      return last
        ? plainValue(siblings, { ',': 0.6, ']': 0.3, if: 0.01 })
        : [one({ is: 'value' }), words({ ']': 0.05, '(': 0.4 })];
    case 'index':
      return last ? plainValue(siblings, { ']': 0.8 }) : value;
    case 'shape':
      return last ? plainValue(siblings, { ',': 0.6, ']': 0.4 }) : [one({ is: 'value' }), words({ _: 0.2 })];
    case 'inputs':
      return [words({ ']': 1 })];
    case 'type':
      if (!last) return [one({ is: 'type' })];
      return [words(frame.owner === '(' ? { ',': 0.5, ')': 0.5 } : { ']': 1 })];
    case 'pattern':
      return last ? [words({ ',': 0.5, ')': 0.5 })] : [fresh('variable')];
    default:
      return kind satisfies never;
  }
}

function definition(siblings: readonly Sibling[]): readonly Expected[] {
  const [first] = siblings;
  const last = siblings.at(-1);
  if (!first || last!.is === '{}') return first?.is === 'import' ? [words({ from: 1 })] : [one({ is: 'definition' })];
  switch (first.is) {
    case 'import':
      if (last!.is === 'string') return [one({ is: 'definition' })];
      return last!.is === 'from' ? [one({ is: 'import-path' })] : [words({ '{': 1 })];
    case 'const':
      return constant(siblings, one({ is: 'definition' }, 0.5));
    case 'train':
    case 'expect':
      return siblings.length === 1 ? [one({ is: 'network-name' })] : [words({ '{': 1 })];
    case 'block':
      if (siblings.length === 1) return [fresh('block')];
      return [words(last!.is === '()' ? { '{': 1 } : { '(': 0.8, '{': 0.2 })];
    case 'network':
      break;
    default:
      return [one({ is: 'definition' })];
  }
  if (siblings.length === 1) return [fresh('network')];
  if (last!.is === '=') return [one({ is: 'network-name' })];
  const isAlias = siblings.some(({ is }) => is === '=');
  if (last!.is === '()') return isAlias ? [one({ is: 'definition' })] : [words({ '{': 1 })];
  return isAlias ? [words({ '(': 0.9 }), one({ is: 'definition' }, 0.1)] : [words({ '(': 0.6, '=': 0.25, '{': 0.15 })];
}

function constant(siblings: readonly Sibling[], next: Expected): readonly Expected[] {
  if (siblings.length === 1) return [fresh('constant')];
  if (!siblings.some(({ is }) => is === '='))
    return [words(siblings.length === 2 ? { '=': 0.9, ':': 0.1 } : { '=': 1 })];
  if (!endsOperand(siblings.at(-1))) return [...value, words({ '[': 0.5, '(': 0.1 })];
  return [next, ...afterOperand(siblings, {})];
}

function statement(siblings: readonly Sibling[], isNewLine: boolean): readonly Expected[] {
  const [first] = siblings;
  const last = siblings.at(-1);
  const next = one({ is: 'statement' });
  if (!first) return [next];
  if (last!.is === '{}')
    return first.is === 'if' && siblings.at(-2)!.is !== 'else' ? [next, words({ else: 0.3 })] : [next];
  switch (first.is) {
    case 'input':
      return input(siblings, next);
    case 'output':
      if (last!.is !== 'name') return [one({ is: 'output-name' })];
      return [words({ '}': 0.8, ',': 0.2, '{': 0.15, output: 0.1 })];
    case 'const':
      return constant(siblings, next);
    case 'repeat':
      if (last!.is === 'as') return [fresh('index')];
      if (last!.is === 'collect') return [fresh('collect')];
      return endsOperand(last) ? afterOperand(siblings, { '{': 0.7, as: 0.1, collect: 0.02 }) : value;
    case 'for':
      return loop(siblings);
    case 'if':
      if (last!.is === 'else') return [words({ '{': 0.8, if: 0.2 })];
      return endsOperand(last) ? afterOperand(siblings, { '{': 0.6, ...comparisons }) : value;
    case 'share':
    case 'learned':
      return declaration(siblings, next);
    default:
      return flow(siblings, isNewLine);
  }
}

const comparisons: Readonly<Record<string, number>> = {
  ...{ '==': 0.15, '!=': 0.15, '>': 0.1, '<': 0.04, '>=': 0.02, '<=': 0.02, and: 0.04, or: 0.05 },
};

const rareComparisons: Readonly<Record<string, number>> = {
  '==': 0.01,
  '!=': 0.004,
  '>': 0.004,
  '<': 0.004,
  '..': 0.002,
};

function input(siblings: readonly Sibling[], next: Expected): readonly Expected[] {
  if (siblings.length === 1) return [fresh('input')];
  const last = siblings.at(-1)!;
  if (last.is === ':') return [words({ '[': 1 })];
  if (last.is === 'name') return [words({ ':': 0.6, '[': 0.05, '{': 0.02 }), { ...next, weight: 0.3 }];
  const isShaped = siblings.some(({ is }) => is === ':');
  return [words(isShaped ? { '{': 0.6 } : { ':': 0.2 }), { ...next, weight: 0.5 }];
}

function loop(siblings: readonly Sibling[]): readonly Expected[] {
  const last = siblings.at(-1)!;
  if (siblings.length === 1) return [fresh('variable', 0.6), words({ '(': 0.4 })];
  if (siblings.length === 2) return [words({ in: 1 })];
  if (last.is === 'collect') return [fresh('collect')];
  if (!endsOperand(last)) return last.is === 'in' ? [...value, words({ '[': 0.4 })] : value;
  return afterOperand(siblings, { '{': 0.7, '..': 0.1, collect: 0.1 });
}

function declaration(siblings: readonly Sibling[], next: Expected): readonly Expected[] {
  const isShare = siblings[0]!.is === 'share';
  const last = siblings.at(-1)!;
  if (siblings.length === 1) return [fresh(isShare ? 'share' : 'learned')];
  if (siblings.length === 2) return [words(isShare ? { '=': 1 } : { ':': 1 })];
  if (last.is === ':') return [words({ '[': 1 })];
  if (last.is === '=') return isShare ? [one({ is: 'step' })] : value;
  if (isShare) return [...chain(siblings, {}, false), next];
  return [words({ '=': 0.6 }), next];
}

/** A chain, with the names before its `=`. */
function flow(siblings: readonly Sibling[], isNewLine: boolean): readonly Expected[] {
  const [first] = siblings;
  const last = siblings.at(-1)!;
  // `share` and `learned` are names until what follows makes them keywords.
  if (!isNewLine && siblings.length === 1 && (first!.text === 'share' || first!.text === 'learned'))
    return [fresh(first!.text), ...chain(siblings, { '=': 0.1 }, false)];
  if (!isNewLine && siblings.length === 2 && (first!.text === 'share' || first!.text === 'learned'))
    return [words(first!.text === 'share' ? { '=': 1 } : { ':': 1 })];
  if (last.is === ',') return [fresh('label')];
  const onlyNames = siblings.every(({ is }) => is === 'name' || is === ',');
  const isOpen = !siblings.some(({ is }) => is === '=') && onlyNames;
  const continued = chain(siblings, isOpen && !isNewLine ? { '=': 0.12, ',': 0.02 } : {}, false);
  const isHeader =
    siblings.findLastIndex(({ is }) => is === 'parallel') >= siblings.length - 3 &&
    siblings.some(({ is }) => is === 'parallel');
  return endsOperand(last) && !isHeader ? [one({ is: 'statement' }, isNewLine ? 4 : 0.3), ...continued] : continued;
}

function path(siblings: readonly Sibling[], isNewLine: boolean): readonly Expected[] {
  const [, second] = siblings;
  const last = siblings.at(-1);
  const next = words({ path: 0.5, '}': 0.5 }, isNewLine ? 4 : 0.5);
  if (siblings.length === 0) return [words({ path: 0.9, '}': 0.1 })];
  if (last!.is === '{}') return [words({ path: 0.5, '}': 0.5 })];
  if (siblings.length === 1) return [one({ is: 'step' }, 0.7), fresh('path', 0.3), words({ '{': 0.2 })];
  const opens = siblings.length === 2 && second!.is === 'name' ? { '{': 0.4, '=': 0.1 } : {};
  const rest = chain(siblings.slice(1), opens, false);
  return endsOperand(last) ? [...rest, next] : rest;
}

/** Inside a chain, behind at least one part of it. `more`: what may also follow an operand, by the brackets around it. */
function chain(
  siblings: readonly Sibling[],
  more: Readonly<Record<string, number>>,
  compares = true,
): readonly Expected[] {
  const last = siblings.at(-1)!;
  if (last.is === '->') return [one({ is: 'step' })];
  if (last.is === 'parallel') return [one({ is: 'join' })];
  if (siblings.at(-2)?.is === 'parallel') return [words({ '{': 0.9, '(': 0.1 })];
  if (last.is === '()' && siblings.at(-3)?.is === 'parallel') return [words({ '{': 1 })];
  if (last.is === ':') return [words({ '[': 1 })];
  if (!endsOperand(last)) return binary.has(last.is) ? [one({ is: 'value', chain: true })] : value;
  // Nothing flows out of numbers.
  const flows = !siblings.every(({ is }) => is === 'number' || is === 'size' || is === 'string' || binary.has(is));
  return afterOperand(siblings, { ...(flows && { '->': 0.3, ':': 0.01 }), ...more }, compares);
}

/** A value in brackets that hold no chains. */
function plainValue(siblings: readonly Sibling[], more: Readonly<Record<string, number>>): readonly Expected[] {
  return endsOperand(siblings.at(-1)) ? afterOperand(siblings, more) : value;
}

/** Behind a whole operand. `more`: what may follow a whole value. `compares`: it may be a number that is known when compiling. */
function afterOperand(
  siblings: readonly Sibling[],
  more: Readonly<Record<string, number>>,
  compares = true,
): readonly Expected[] {
  const last = siblings.at(-1)?.is;
  const isMember = last === 'name' || last === '[]' || last === 'member';
  const isChained = siblings.some(({ is }) => is === '->' || is === ':');
  // `a if b` goes on with `else`; the statement `if` is none of these.
  const isConditional =
    siblings[0]?.is !== 'if' && siblings.findLast(({ is }) => is === 'if' || is === 'else')?.is === 'if';
  return [
    ...(isMember ? [one({ is: 'member' })] : []),
    words({
      ...(compares && rareComparisons),
      ...(isChained ? {} : operators),
      ...(last === 'name' && { '(': 0.4, '[': 0.05, '.': 0.04 }),
      ...(last === '[]' && { '.': 0.03, '[': 0.02 }),
      ...(isConditional ? { ...comparisons, else: 0.5 } : more),
    }),
  ];
}

function setting({ siblings, owner }: Frame, isNewLine: boolean): readonly Expected[] {
  const last = siblings.at(-1);
  const next = one({ is: 'setting' }, isNewLine ? 3 : 1);
  if (!last) return [next];
  if (siblings.length === 1) return [words({ ':': 1 })];
  if (!endsOperand(last)) return last.is === '->' ? [one({ is: 'step' })] : value;
  return [next, ...afterOperand(siblings.slice(2), owner === 'train' ? { '->': 0.05, ',': 0.01 } : { ',': 0.01 })];
}

function budget(siblings: readonly Sibling[]): readonly Expected[] {
  const last = siblings.at(-1);
  if (!last) return [one({ is: 'quantity' })];
  if (siblings.length === 1) return [words({ '==': 0.6, '<=': 0.3, '<': 0.03, '>=': 0.03, '>': 0.02, '!=': 0.01 })];
  if (!endsOperand(last)) return value;
  return [one({ is: 'quantity' }), words({ ',': 0.02, '*': 0.01, '/': 0.01 })];
}

function importName(siblings: readonly Sibling[]): readonly Expected[] {
  if (siblings.length === 0) return [one({ is: 'import-name' })];
  if (siblings.length === 1) return [words({ ',': 0.5, '}': 0.5, as: 0.05 })];
  return siblings.length === 2 ? [fresh('alias')] : [words({ ',': 0.5, '}': 0.5 })];
}

function parameter(siblings: readonly Sibling[]): readonly Expected[] {
  const last = siblings.at(-1);
  if (!last) return [fresh('parameter'), words({ ')': 0.05 })];
  if (siblings.length === 1) return [words({ ':': 1 })];
  if (last.is === '=') return value;
  if (siblings.length === 3) return [words({ '=': 0.6, ',': 0.2, ')': 0.2 })];
  return endsOperand(last) ? afterOperand(siblings.slice(4), { ',': 0.5, ')': 0.5 }) : value;
}

function argument(siblings: readonly Sibling[]): readonly Expected[] {
  const last = siblings.at(-1);
  if (!last) return [one({ is: 'argument' }), words({ ')': 0.1 })];
  if (last.is === ':' && siblings.length === 2) return [one({ is: 'value', chain: true })];
  const more = { ',': 0.45, ')': 0.5, if: 0.02 };
  const isNamed = siblings[1]?.is === ':';
  return chain(
    isNamed ? siblings.slice(2) : siblings,
    siblings.length === 1 && last.is === 'name' ? { ...more, ':': 0.3 } : more,
  );
}
