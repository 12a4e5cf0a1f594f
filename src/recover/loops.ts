// Repetitions that follow one another become `repeat`, and `for … in [...]` where numbers differ. Short periods come first, so
// that loops nest as they are written: VGG's convolutions, then its stages.

import { abstracted } from './abstract.ts';
import type { Abstraction } from './abstract.ts';
import { isMovable, valueKey, withSlots } from './encode.ts';
import type { Code, Encoder } from './encode.ts';
import { isLayer, partsOf } from './tree.ts';
import type { Body, Item, Slot } from './tree.ts';

/** Items of the longest repetition that is looked for. */
const LONGEST = 48;
/** Kinds of repetitions in a sequence whose stages may be alike. */
const MOST_BODIES = 8;
/** What `repeat` must save, in operators and numbers. */
const LEAST_REPEAT = 1;

/**
 * Finds the loops in a sequence and in all sequences inside it, and changes them. `least` is what `for` must save, in operators
 * and numbers; `encoderOf` makes an encoder for items that changed.
 */
export function findLoops(items: Item[], least: number, encoderOf: () => Encoder): void {
  for (const item of items) {
    if (item.kind === 'region') bodyLoops(item.body, least, encoderOf);
    else for (const part of partsOf(item)) findLoops(part, least, encoderOf);
  }
  const plain = looped(items, least, encoderOf);
  const promoted = withSingles(plain, encoderOf());
  const other = promoted ? withoutSingles(looped(promoted, least, encoderOf)) : plain;
  const encoder = encoderOf();
  const best = encoder.ofAll(other).size < encoder.ofAll(plain).size ? other : plain;
  items.splice(0, items.length, ...best);
}

/** Finds the loops in the lines of a body. What gets a name must be a step: it stays outside. */
export function bodyLoops({ lines }: Body, least: number, encoderOf: () => Encoder): void {
  for (const { items, names } of lines) {
    const last = names.length > 0 ? items.splice(-1) : [];
    findLoops(items, least, encoderOf);
    items.push(...last);
  }
}

function looped(items: readonly Item[], least: number, encoderOf: () => Encoder): readonly Item[] {
  const encoder = encoderOf();
  let at: readonly Item[] = items;
  for (let changed = true; changed;) {
    changed = false;
    for (let period = 1; period <= Math.min(LONGEST, at.length / 2); period += 1) {
      for (let run = runOf(at, period, least, encoder); run; run = runOf(at, period, least, encoder)) {
        at = [...at.slice(0, run.start), run.loop, ...at.slice(run.start + run.count * run.period)];
        changed = true;
      }
    }
  }
  return at;
}

interface Run {
  readonly start: number;
  readonly period: number;
  readonly count: number;
  readonly saving: number;
  readonly loop: Item;
}

/** The best loop of a period. What repeats with it repeats with its multiples, too: MobileNet's pairs of convolutions. */
function runOf(items: readonly Item[], period: number, least: number, encoder: Encoder): Run | undefined {
  const codes = items.map(encoder.of);
  const keys = numbered(items, codes);
  const best = bestRun(items, codes, keys, period, least);
  if (best?.loop.kind !== 'for') return best;
  const longer = [2, 3, 4].flatMap((times) => bestRun(items, codes, keys, period * times, least) ?? []);
  return longer.find(({ saving, loop }) => loop.kind === 'for' && saving > best.saving) ?? best;
}

/** Equal numbers for items with equal keys; −1 for what must stay where it is. */
function numbered(items: readonly Item[], codes: readonly Code[]): readonly number[] {
  const numbers = new Map<string, number>();
  return codes.map(({ key }, at) => {
    if (!isMovable([items[at]!])) return -1 - at;
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  });
}

function bestRun(
  items: readonly Item[],
  codes: readonly Code[],
  keys: readonly number[],
  period: number,
  least: number,
): Run | undefined {
  const repeats: Run[] = [];
  const lists: Run[] = [];
  for (let start = 0; start + 2 * period <= items.length; start += 1) {
    if (keys[start] !== keys[start + period]) continue;
    let length = period;
    while (start + length < items.length && keys[start + length] === keys[start + length - period]) length += 1;
    const count = Math.floor(length / period);
    if (count < 2) continue;
    const [repeat, list] = runsAt(items, codes, start, period, count, least);
    if (repeat) repeats.push(repeat);
    if (list) lists.push(list);
  }
  // What is equal comes first, unless it is a part of more that is alike.
  const own = repeats.filter((repeat) => !lists.some((list) => list.saving > repeat.saving && overlap(list, repeat)));
  return (own.length > 0 ? own : lists).reduce<Run | undefined>(
    (best, run) => (best && !isBetter(run, best) ? best : run),
    undefined,
  );
}

function overlap(a: Run, b: Run): boolean {
  return a.start < b.start + b.count * b.period && b.start < a.start + a.count * a.period;
}

/** Whether it saves more and covers more, or as much and begins with a layer. */
function isBetter(one: Run, other: Run): boolean {
  const score = ({ saving, count }: Run): number => saving + 2 * count;
  if (score(one) !== score(other)) return score(one) > score(other);
  return beginsWithLayer(one.loop) && !beginsWithLayer(other.loop);
}

function beginsWithLayer(loop: Item): boolean {
  const [first] = loop.kind === 'for' || loop.kind === 'repeat' ? loop.body : [];
  return first === undefined || isLayer(first);
}

function runsAt(
  items: readonly Item[],
  codes: readonly Code[],
  start: number,
  period: number,
  count: number,
  least: number,
): readonly [repeat: Run | undefined, differing: Run | undefined] {
  const rounds = Array.from({ length: count }, (_, round) => start + round * period);
  const slots = rounds.map((at) => codes.slice(at, at + period).flatMap((code) => code.slots));
  const sizeOf = (from: number, to: number): number => codes.slice(from, to).reduce((sum, code) => sum + code.size, 0);
  const size = sizeOf(start, start + period);
  const keyed = slots.map((round) => round.map(({ value }) => valueKey(value)).join(';'));
  let equal = 1;
  while (equal < count && keyed[equal] === keyed[0]) equal += 1;
  const body = items.slice(start, start + period);
  let repeat: Run | undefined;
  if (equal > 1 && (equal - 1) * size - 1 >= LEAST_REPEAT) {
    const counted: Slot = { value: equal, about: 'count', type: 'int' };
    const { result } = items[start + equal * period - 1]!;
    const loop: Item = { kind: 'repeat', count: counted, body: [...body], result };
    repeat = { start, period, count: equal, saving: (equal - 1) * size - 1, loop };
  }
  const common = equal < count ? abstracted(slots, true) : undefined;
  // Calls with several numbers are read more easily one below the other.
  const isList = period === 1 && body[0]!.kind === 'call' && (common?.variables.length ?? 0) > 1;
  if (!common || isList) return [repeat, undefined];
  const all = sizeOf(start, start + count * period);
  const saving = all - all / count - count * common.variables.length - 2;
  // More columns than rows are read more easily in the steps themselves.
  if (saving < least || common.variables.length > count) return [repeat, undefined];
  const { result } = items[start + count * period - 1]!;
  return [repeat, { start, period, count, saving, loop: forOf(body, common, result) }];
}

function forOf(body: readonly Item[], { variables, values, rows }: Abstraction, result: number): Item {
  return { kind: 'for', variables, rows, body: withSlots(body, values[Symbol.iterator]()), result };
}

/** What is repeated elsewhere in the sequence is a `repeat 1` where it stands alone, so that stages are alike. */
function withSingles(items: readonly Item[], encoder: Encoder): readonly Item[] | undefined {
  const bodies = new Map<string, number>();
  for (const item of items) if (item.kind === 'repeat') bodies.set(encoder.ofAll(item.body).key, item.body.length);
  if (bodies.size > MOST_BODIES) return undefined;
  const found: Item[] = [];
  let changed = false;
  for (let at = 0; at < items.length;) {
    const length = [...bodies].find(([key, size]) => encoder.ofAll(items.slice(at, at + size)).key === key)?.[1];
    const body = length === undefined ? undefined : items.slice(at, at + length);
    changed ||= body !== undefined;
    found.push(
      body
        ? { kind: 'repeat', count: { value: 1, about: 'count', type: 'int' }, body, result: body.at(-1)!.result }
        : items[at]!,
    );
    at += length ?? 1;
  }
  return changed ? found : undefined;
}

function withoutSingles(items: readonly Item[]): readonly Item[] {
  return items.flatMap((item) => (item.kind === 'repeat' && item.count.value === 1 ? item.body : [item]));
}
