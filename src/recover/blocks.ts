// Pieces that occur several times become blocks: first those with parallel paths, which grow along the order as long as all of them
// agree; then any sequence that makes the text shorter (Larsson & Moffat, "Off-line dictionary-based compression", 2000).

import { abstracted } from './abstract.ts';
import type { Abstraction } from './abstract.ts';
import { createEncoder, givenSize, isMovable, withSlots } from './encode.ts';
import type { Encoder, IsDefault } from './encode.ts';
import { hasWeights, isLayer, nodesOf, partsOf } from './tree.ts';
import type { Block, Body, CallItem, Item } from './tree.ts';

/** Items of the longest sequence that becomes a block, but for those around parallel paths. */
const LONGEST = 24;
/** What a block must save, in operators and numbers; and how many parameters it may have. */
const LEAST_SAVING = 8;
const MOST_VARIABLES = { branches: 8, sequence: 4 } as const;
/** What a block costs that begins with an activation or a normalisation. */
const ODD_BEGINNING = 8;
const MOST_ROUNDS = 60;

/** The blocks of a network, in the order in which they were found; bodies are changed. */
export interface Program {
  readonly body: Body;
  readonly blocks: Block[];
}

interface Place {
  readonly items: Item[];
  readonly at: number;
}

/** Blocks around what splits and meets. */
export function findBranches(program: Program, isDefault: IsDefault): void {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const encoder = createEncoder(isDefault);
    const groups = [...branches(program, encoder).values()].toSorted((a, b) => b.size - a.size);
    if (!groups.some(({ places }) => made(program, grown(places, encoder), encoder, 1))) break;
  }
}

/** Blocks of any sequence. */
export function findSequences(program: Program, isDefault: IsDefault): void {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const encoder = createEncoder(isDefault);
    const best = bestSequence(program, encoder);
    if (!best || !made(program, best, encoder, LEAST_SAVING)) return;
  }
}

/** All sequences, outer ones first. */
export function sequencesOf({ body, blocks }: Program): readonly Item[][] {
  const found = [...body.lines.map(({ items }) => items), ...blocks.map(({ items }) => items)];
  for (let at = 0; at < found.length; at += 1) for (const item of found[at]!) found.push(...partsOf(item));
  return found;
}

interface Group {
  readonly size: number;
  readonly places: Place[];
}

/** Places with a split, by their codes. */
function branches(program: Program, encoder: Encoder): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const items of sequencesOf(program)) {
    for (const [at, item] of items.entries()) {
      if ((item.kind !== 'parallel' && item.kind !== 'region') || !isMovable([item])) continue;
      const { key, size } = encoder.of(item);
      const known = groups.get(key);
      if (known) known.places.push({ items, at });
      else groups.set(key, { size, places: [{ items, at }] });
    }
  }
  return groups;
}

interface Found {
  readonly places: readonly Place[];
  readonly length: number;
}

/** As far over steps to the right, then to the left, as all places agree. */
function grown(places: readonly Place[], encoder: Encoder): Found {
  if (places.length < 2) return { places, length: 1 };
  const claimed = new Map<Item[], Set<number>>();
  for (const { items, at } of places) claimed.set(items, (claimed.get(items) ?? new Set()).add(at));
  const agree = (offset: number): boolean => {
    const found = places.map(({ items, at }) => ({ items, at: at + offset, item: items[at + offset] }));
    const [first] = found;
    const key = first?.item && encoder.of(first.item).key;
    const fits = found.every(
      ({ items, at, item }) =>
        item?.kind === 'step' && !claimed.get(items)!.has(at) && encoder.of(item).key === key && isMovable([item]),
    );
    if (fits) for (const { items, at } of found) claimed.get(items)!.add(at);
    return fits;
  };
  let [before, after] = [0, 0];
  while (agree(after + 1)) after += 1;
  while (agree(-before - 1)) before += 1;
  // Activations at the beginning belong to what comes before.
  const [{ items, at }] = places as readonly [Place];
  while (before > 0 && !hasWeights(items[at - before]!)) before -= 1;
  return { places: places.map((place) => ({ ...place, at: place.at - before })), length: before + 1 + after };
}

/** Puts a block in their places; false where that would make the text longer. */
function made(program: Program, { places, length }: Found, encoder: Encoder, least: number): boolean {
  if (places.length < 2) return false;
  const pieces = places.map(({ items, at }) => items.slice(at, at + length));
  const codes = pieces.map((piece) => encoder.ofAll(piece));
  const common = abstracted(
    codes.map(({ slots }) => slots),
    false,
  );
  if (!common || common.variables.length > MOST_VARIABLES.branches) return false;
  const { size } = codes[0]!;
  if (savingOf(places.length, size, common) < least) return false;
  const { variables, values, rows } = common;
  const block: Block = {
    id: program.blocks.length,
    variables,
    items: withSlots(pieces[0]!, values[Symbol.iterator]()),
    instances: pieces.map(nodesOf),
  };
  // From the end, so that places before stay where they are.
  for (const [row, { items, at }] of [...places.entries()].toReversed()) {
    const piece = pieces[row]!;
    const call: Item = {
      kind: 'call',
      block,
      given: rows[row]!,
      nodes: nodesOf(piece),
      result: piece.at(-1)!.result,
    };
    items.splice(at, length, call);
  }
  program.blocks.push(block);
  return true;
}

/** A region needs a name for what flows into it, which only networks and blocks can give: elsewhere it becomes a block. */
export function nameRegions(program: Program, isDefault: IsDefault): void {
  const outer = new Set<Item[]>([...program.body.lines, ...program.blocks].map(({ items }) => items));
  const open = [...outer];
  for (let items = open.pop(); items; items = open.pop()) {
    for (const [at, item] of items.entries()) {
      const before = items[at - 1]?.kind;
      const hasName = outer.has(items) && before !== 'repeat' && before !== 'for';
      if (item.kind !== 'region' || hasName) {
        open.push(...partsOf(item));
        continue;
      }
      const call = blockAround(program, item, isDefault);
      items[at] = call;
      outer.add(call.block.items);
      open.push(call.block.items);
    }
  }
}

/** The call of a new block with this body alone. Variables of the block around it are given; numbers stay. */
function blockAround(program: Program, item: Item, isDefault: IsDefault): CallItem {
  const nodes = nodesOf([item]);
  const { slots } = createEncoder(isDefault).of(item);
  const { variables, values, rows } = abstracted([slots, slots], false)!;
  const block: Block = {
    id: program.blocks.length,
    variables,
    items: withSlots([item], values[Symbol.iterator]()),
    instances: [nodes],
  };
  program.blocks.push(block);
  return { kind: 'call', block, given: rows[0]!, nodes, result: item.result };
}

/** How much shorter the text gets by a block. */
function savingOf(count: number, size: number, { variables, rows }: Abstraction): number {
  return count * (size - 1) - givenSize(rows.flat()) - size - 2 - variables.length;
}

function bestSequence(program: Program, encoder: Encoder): Found | undefined {
  const groups = new Map<string, { places: Place[]; length: number; size: number }>();
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  };
  for (const items of sequencesOf(program)) {
    const codes = items.map((item) => ({ ...encoder.of(item), number: numberOf(encoder.of(item).key) }));
    for (let at = 0; at < items.length; at += 1) {
      let [key, size] = ['', 0];
      for (let length = 1; length <= Math.min(LONGEST, items.length - at); length += 1) {
        const item = items[at + length - 1]!;
        if (!isMovable([item])) break;
        key += `${codes[at + length - 1]!.number} `;
        size += codes[at + length - 1]!.size;
        if (length < 2) continue;
        const known = groups.get(key);
        const before = known?.places.at(-1);
        if (!known) groups.set(key, { places: [{ items, at }], length, size });
        else if (before!.items !== items || before!.at + length <= at) known.places.push({ items, at });
      }
    }
  }
  let best: { saving: number; found: Found } | undefined;
  for (const { places, length, size } of groups.values()) {
    if (places.length < 2 || (best && (places.length - 1) * size < best.saving)) continue;
    const slots = places.map(({ items, at }) => encoder.ofAll(items.slice(at, at + length)).slots);
    const common = abstracted(slots, false);
    if (!common || common.variables.length > MOST_VARIABLES.sequence) continue;
    const [{ items, at }] = places as [Place];
    const saving = savingOf(places.length, size, common) - (isLayer(items[at]!) ? 0 : ODD_BEGINNING);
    if (saving >= LEAST_SAVING && saving > (best?.saving ?? 0)) best = { saving, found: { places, length } };
  }
  return best?.found;
}
