// Pairing by position. A weights file records no order of the layers except that of its data, and writers that sort by name
// destroy that one (Python's safetensors sorts by data type, then name). So the order is trusted only where nothing speaks
// against it; otherwise the names must allow exactly one order that agrees with the network.
//
// What a name says (as PyTorch builds and saves modules): the tensors of a module are together, its own before its
// submodules'; `weight`, `bias`, `running_mean`, `running_var` come in this order; siblings that differ in their number only
// (`3` and `10`, `conv1` and `conv2`, `inception3a` and `inception3b`) come in the order of the numbers; and modules whose
// paths differ in numbers only (`layer1.0`, `layer2.1`) have their equally named parts in the same order. The order of
// siblings with different words (`conv1`, `bn1`) is not known: every one is tried, and shapes decide.

import { type Shape, sameShape } from '../../compiler/ir/tensor-type.ts';
import { printable } from '../data/input-error.ts';
import { type Scope, type Slot, nameTree, partRank } from './name-tree.ts';

/** A tensor's name and shape, of the file or of the network. */
export interface Named {
  readonly name: string;
  readonly shape: Shape;
}

/** A tensor of the network. A fresh one begins by chance: its place in a file is known, but neither shape nor numbers matter. */
export interface Wanted extends Named {
  readonly fresh?: boolean;
}

/** Equal shapes, and no `bias` for a `weight`. */
export function fits(wanted: Wanted, found: Named): boolean {
  const [a, b] = [partOf(wanted), partOf(found)];
  const alike = wanted.fresh ? wanted.shape.length === found.shape.length : sameShape(wanted.shape, found.shape);
  return alike && (a === undefined || b === undefined || a === b);
}

function partOf({ name }: Named): number | undefined {
  return partRank(name.slice(name.lastIndexOf('.') + 1));
}

/** Why the order of these tensors cannot be taken for that of the layers; undefined when nothing speaks against it. */
export function distrust(tensors: readonly (Named & { readonly dtype: string })[]): string | undefined {
  const names = tensors.map((tensor) => tensor.name);
  const wrong = contradiction(names);
  if (wrong !== undefined) return wrong;
  const kinds = new Set(tensors.map((tensor) => tensor.dtype));
  const sorted = [...kinds].every((dtype) => isSorted(tensors.filter((t) => t.dtype === dtype).map((t) => t.name)));
  return sorted ? 'its tensors are sorted by name' : undefined;
}

/** By code units, or as people sort. One tensor of a type proves nothing, so it counts as sorted. */
function isSorted(names: readonly string[]): boolean {
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  const isOrdered = (inOrder: (a: string, b: string) => boolean): boolean =>
    names.every((name, i) => i === 0 || inOrder(names[i - 1]!, name));
  return isOrdered((a, b) => a < b) || isOrdered((a, b) => collator.compare(a, b) <= 0);
}

/** The first place where the order disagrees with what names say. */
function contradiction(names: readonly string[]): string | undefined {
  const { root, paths } = nameTree(names);
  /** The modules around the last tensor, and the last child seen of each of their groups. */
  const open: { readonly scope: Scope; readonly last: Map<number, Slot> }[] = [{ scope: root, last: new Map() }];
  const closed = new Set<Scope>();
  for (const [index, path] of paths.entries()) {
    let depth = 0;
    while (path[depth]?.scope && open[depth + 1]?.scope === path[depth]!.scope) depth++;
    for (const { scope } of open.splice(depth + 1)) closed.add(scope);
    for (const slot of path.slice(depth)) {
      const { last } = open.at(-1)!;
      const previous = last.get(slot.group);
      if (slot.scope && closed.has(slot.scope)) {
        return `it has other tensors between ${printable(names[slot.first]!)} and ${printable(names[index]!)}`;
      }
      if (previous && previous.place > slot.place) {
        return `it has ${printable(names[previous.first]!)} before ${printable(names[index]!)}`;
      }
      last.set(slot.group, slot);
      if (slot.scope) open.push({ scope: slot.scope, last: new Map() });
    }
  }
  return undefined;
}

export interface Pairing {
  /** Up to two: for each wanted tensor the index of the found one. */
  readonly solutions: readonly (readonly number[])[];
  /** The most wanted tensors that some order agreed with, and the index of a found one that came next there. */
  readonly reached: number;
  readonly next: number | undefined;
  /** True when the search was given up: there are too many orders to try. */
  readonly exhausted: boolean;
}

/** A state of the traversal: persistent lists, so that going back costs nothing. */
interface State {
  readonly frame: Frame | undefined;
  readonly taken: Taken | undefined;
  readonly count: number;
  readonly decisions: Decision | undefined;
}
interface Frame {
  readonly scope: Scope;
  /** Children taken of each group. */
  readonly used: readonly number[];
  readonly parent: Frame | undefined;
}
interface Taken {
  readonly index: number;
  readonly before: Taken | undefined;
}
/** In modules of this class, `chosen` came before `others`. */
interface Decision {
  readonly of: string;
  readonly chosen: string;
  readonly others: ReadonlySet<string>;
  readonly before: Decision | undefined;
}

const BUDGET = 1_000_000;

/** All orders that the names allow and whose tensors fit the wanted ones in turn, until there are two. */
export function pairByNames(wanted: readonly Wanted[], found: readonly Named[]): Pairing {
  const { root } = nameTree(found.map((tensor) => tensor.name));
  const pending: State[] = [{ frame: frameOf(root, undefined), taken: undefined, count: 0, decisions: undefined }];
  const solutions: number[][] = [];
  let reached = 0;
  let next: number | undefined;
  let work = 0;
  for (let state = pending.pop(); state && solutions.length < 2; state = pending.pop()) {
    let frame = state.frame;
    while (frame && frame.used.every((used, group) => used === frame!.scope.groups[group]!.length))
      frame = frame.parent;
    if (!frame) {
      if (state.count === wanted.length) solutions.push(indices(state.taken));
      continue;
    }
    for (const { slot, group } of candidates(frame).toReversed()) {
      const decided = decide(state.decisions, frame, slot, group);
      work += 1 + decided.work;
      if (work > BUDGET) return { solutions, reached, next, exhausted: true };
      if (decided.conflict) continue;
      const after = { ...frame, used: frame.used.with(group, frame.used[group]! + 1) };
      if (slot.scope) {
        pending.push({ ...state, frame: frameOf(slot.scope, after), decisions: decided.decisions });
        continue;
      }
      const want = wanted[state.count];
      const tensor = found[slot.first]!;
      if (!want || !fits(want, tensor)) {
        const nearer = next === undefined || (want && partOf(want) === partOf(tensor));
        if (state.count === reached && nearer) next = slot.first;
        continue;
      }
      if (state.count === reached) [reached, next] = [reached + 1, undefined];
      const taken = { index: slot.first, before: state.taken };
      pending.push({ frame: after, taken, count: state.count + 1, decisions: decided.decisions });
    }
  }
  return { solutions, reached, next, exhausted: false };
}

function frameOf(scope: Scope, parent: Frame | undefined): Frame {
  return { scope, used: scope.groups.map(() => 0), parent };
}

/** The next child of each group; a module's own tensors before its submodules. */
function candidates({ scope, used }: Frame): { slot: Slot; group: number }[] {
  const heads = scope.groups.flatMap((slots, group) =>
    used[group]! < slots.length ? [{ slot: slots[used[group]!]!, group }] : [],
  );
  const own = heads.filter(({ slot }) => !slot.scope);
  return own.length > 0 ? own : heads;
}

/** Records that `slot` comes before what remains of the other groups, unless another module of the class says otherwise. */
function decide(decisions: Decision | undefined, frame: Frame, slot: Slot, group: number) {
  const others = new Set<string>();
  frame.scope.groups.forEach((slots, other) => {
    if (other !== group) for (const { word } of slots.slice(frame.used[other]!)) others.add(word);
  });
  if (others.size === 0) return { conflict: false, decisions, work: 0 };
  const of = frame.scope.pattern;
  let work = others.size;
  for (let known = decisions; known; known = known.before) {
    work++;
    if (known.of !== of) continue;
    if (others.has(known.chosen) && known.others.has(slot.word)) return { conflict: true, decisions, work };
    if (known.chosen === slot.word && isSubset(others, known.others)) return { conflict: false, decisions, work };
  }
  return { conflict: false, decisions: { of, chosen: slot.word, others, before: decisions }, work };
}

function isSubset(inner: ReadonlySet<string>, outer: ReadonlySet<string>): boolean {
  return [...inner].every((word) => outer.has(word));
}

function indices(taken: Taken | undefined): number[] {
  const result: number[] = [];
  for (let at = taken; at; at = at.before) result.push(at.index);
  return result.toReversed();
}
