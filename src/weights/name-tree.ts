// Dotted names as the tree of modules they describe; children whose order is known from their words stand in one group.

/** A child of a module: a tensor, or a submodule. */
export interface Slot {
  /** The component of the name. */
  readonly word: string;
  /** Index in the module's `groups`, and index in that group. */
  readonly group: number;
  readonly place: number;
  /** Index of the first name below it. */
  readonly first: number;
  /** Absent for a tensor. */
  readonly scope?: Scope;
}

export interface Scope {
  /** The path with its numbers replaced: modules of one class differ in numbers only. */
  readonly pattern: string;
  /** The children of a group come in the order of the group; nothing is known between groups. */
  readonly groups: readonly (readonly Slot[])[];
}

export interface NameTree {
  readonly root: Scope;
  /** For each name the slots on the way to it, outermost first. */
  readonly paths: readonly (readonly Slot[])[];
}

/** Place among `weight`, `bias`, `running_mean`, `running_var`; undefined for other words. */
export function partRank(word: string): number | undefined {
  const rank = ['weight', 'bias', 'running_mean', 'running_var'].indexOf(word);
  return rank < 0 ? undefined : rank;
}

const MAX_DEPTH = 64;
const MAX_LENGTH = 1024;

/** The names must differ. Very long or deep ones are taken as a single word. */
export function nameTree(names: readonly string[]): NameTree {
  const paths: Slot[][] = names.map(() => []);
  const entries = names.map((name, index) => {
    const words = name.length > MAX_LENGTH ? [name] : name.split('.');
    return { index, words: words.length > MAX_DEPTH ? [name] : words };
  });
  return { root: scopeOf(entries, 0, '', paths), paths };
}

interface Entry {
  readonly index: number;
  readonly words: readonly string[];
}

function scopeOf(entries: readonly Entry[], depth: number, pattern: string, paths: Slot[][]): Scope {
  const isTensor = ({ words }: Entry): boolean => words.length === depth + 1;
  const children = [...Map.groupBy(entries, (entry) => `${isTensor(entry)} ${entry.words[depth]!}`).values()].map(
    (inside) => {
      const word = inside[0]!.words[depth]!;
      return { inside, word, tensor: isTensor(inside[0]!), ...orderOf(word, isTensor(inside[0]!)) };
    },
  );
  const groups = [...Map.groupBy(children, (child) => `${child.tensor} ${child.stem}`).values()].map((members, group) =>
    members
      .toSorted((a, b) => compare(a.numbers, b.numbers))
      .map(({ inside, word, tensor, stem }, place): Slot => {
        const first = inside[0]!.index;
        const scope = tensor ? {} : { scope: scopeOf(inside, depth + 1, `${pattern}.${stem}`, paths) };
        const slot: Slot = { word, group, place, first, ...scope };
        for (const { index } of inside) paths[index]!.unshift(slot);
        return slot;
      }),
  );
  return { pattern, groups };
}

/** `conv12` → `conv#` and [12]; `inception3a` → `inception#@` and [3, 0]; the usual parts of a layer share one stem. */
function orderOf(word: string, tensor: boolean): { stem: string; numbers: readonly number[] } {
  const rank = tensor ? partRank(word) : undefined;
  if (rank !== undefined) return { stem: '#part', numbers: [rank] };
  // Words with the signs of a stem, and numbers that would tie (`01`, `1`) or lose digits, stand for themselves.
  if (/[#@]|(?:^|\D)0\d|\d{16}/.test(word)) return { stem: `@${word}`, numbers: [] };
  const numbers: number[] = [];
  const stem = word.replace(/(\d+)([a-z]$)?/g, (_, digits: string, letter: string | undefined) => {
    numbers.push(Number(digits), ...(letter === undefined ? [] : [letter.charCodeAt(0)]));
    return letter === undefined ? '#' : '#@';
  });
  return { stem, numbers };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, i) => number !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
