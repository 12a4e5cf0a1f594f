// Stories of repeated blocks are told once: records are grouped by what they say inside their block, and by the set of
// blocks that say it.

import type { Scope } from '../../compiler/ir/graph.ts';
import type { Miss, Rewrite } from '../../compiler/ir/record.ts';
import { lineOf } from '../../grammar/source.ts';

/** What one or several blocks of a kind, or the network outside all blocks, have in common. */
export interface Chapter<T> {
  /** Empty for the network outside of blocks. */
  readonly blocks: readonly Scope[];
  readonly stories: readonly Story<T>[];
}

export interface Story<T> {
  readonly pass: string;
  readonly rule: string;
  /** Names inside the block. */
  readonly nodes: readonly string[];
  readonly reason?: string;
  readonly line?: number;
  /** One for each block, in the order of `Chapter.blocks`. */
  readonly records: readonly T[];
}

/** A story while records are read, with its blocks by their names. */
interface Told<T> {
  readonly told: Story<T>;
  readonly blocks: Map<string, Scope>;
  readonly records: T[];
}

/** In the order of first appearance in the source, where places are known. */
export function foldStories<T extends Rewrite | Miss>(records: readonly T[]): readonly Chapter<T>[] {
  const stories = new Map<string, Told<T>>();
  for (const record of records) {
    const block = blockOf(record);
    const story = tell(record, block);
    const seen: Told<T> = stories.get(keyOf(story, block)) ?? { told: story, blocks: new Map(), records: [] };
    stories.set(keyOf(story, block), seen);
    if (block && !seen.blocks.has(block.name)) seen.blocks.set(block.name, block);
    seen.records.push(record);
  }
  const chapters = new Map<string, { blocks: readonly Scope[]; stories: Story<T>[] }>();
  for (const { told, blocks, records: all } of stories.values()) {
    const key = JSON.stringify([...blocks.keys()]);
    const chapter = chapters.get(key) ?? { blocks: [...blocks.values()], stories: [] };
    chapters.set(key, chapter);
    chapter.stories.push({ ...told, records: all });
  }
  return [...chapters.values()].toSorted((a, b) => startOf(a) - startOf(b));
}

/** The innermost block that all nodes of the record are in. */
function blockOf({ origin, nodes }: Rewrite | Miss): Scope | undefined {
  return origin?.scopes.findLast(
    ({ kind, name }) => kind === 'block' && nodes.every((node) => node.startsWith(`${name}.`)),
  );
}

function tell<T extends Rewrite | Miss>(record: T, block: Scope | undefined): Story<T> {
  const prefix = block ? `${block.name}.` : '';
  const local = (text: string): string => (prefix === '' ? text : text.replaceAll(prefix, ''));
  const { pass, rule, nodes, origin } = record;
  return {
    pass,
    rule,
    nodes: nodes.map(local),
    records: [],
    ...('reason' in record && { reason: local(record.reason) }),
    ...(origin && { line: lineOf(origin.span) }),
  };
}

/** Outside of blocks, nothing is the same story but itself. */
function keyOf({ pass, rule, nodes, reason }: Story<unknown>, block: Scope | undefined): string {
  return JSON.stringify([block?.of ?? null, pass, rule, nodes, reason ?? null]);
}

/** Where the network calls the first of the blocks, or says the first of the stories. */
function startOf({ blocks, stories }: Chapter<unknown>): number {
  const [block] = blocks;
  return block ? lineOf(block.span) : (stories[0]?.line ?? 0);
}
