// Files cut before each of their tokens: is the token that stands there among what completion offers?

import { dirname, join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { tokenizer } from '../../grammar/tokens.ts';
import { analyse } from '../../src/ide/analysis.ts';
import type { Analysis } from '../../src/ide/analysis.ts';
import { completion } from '../../src/ide/completion.ts';
import type { CompletionItem } from '../../src/ide/types.ts';

export interface Cut {
  readonly path: string;
  readonly offset: number;
  readonly token: string;
  /** `number`, `string`, `name`, `new name`, `keyword`, `sign`. */
  readonly kind: string;
  /** Its place among the proposals from 0 on; -1 where it is not offered. */
  readonly rank: number;
}

/** What a proposal writes first: its first token, placeholders filled with what they hold. */
export function firstToken({ insert, snippet }: CompletionItem): string | undefined {
  const text = snippet ? insert.replace(/\$\{\d+:((?:[^\\}]|\\.)*)\}|\$\d+/g, '$1').replace(/\\(.)/g, '$1') : insert;
  return tokenizer.tokenize(text).tokens[0]?.image;
}

/**
 * All cuts of a file, or every `step`th. The analysis is that of the text before the definition that is cut: what an editor has that
 * is one definition behind. The text that is completed ends at the cut.
 */
export function cutsOf(path: string, step = 1, first = 0): readonly Cut[] {
  const text = readFileSync(path, 'utf8');
  const read = (other: string): string | undefined => {
    const file = join(dirname(path), other);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const { tokens } = tokenizer.tokenize(text);
  const defined = new Set<string>();
  let before: Analysis | undefined;
  let depth = 0;
  const cuts: Cut[] = [];
  tokens.forEach((token, at) => {
    const { image, startOffset } = token;
    const kind = kindOf(image, token.tokenType.name, defined);
    if (depth === 0 && definitions.has(image))
      before = analyse({ path: 'file.cnn', text: text.slice(0, startOffset) }, { read });
    if (/^[{([]$/.test(image)) depth += 1;
    if (/^[})\]]$/.test(image)) depth -= 1;
    if (at % step !== first) return;
    const source = { path, text: text.slice(0, startOffset) };
    const items = completion({ ...before!, source }, startOffset);
    const rank = items.findIndex((item) => item.label === image || firstToken(item) === image);
    cuts.push({ path, offset: startOffset, token: image, kind, rank });
  });
  return cuts;
}

const definitions: ReadonlySet<string> = new Set(['import', 'const', 'block', 'network', 'train', 'expect']);

function kindOf(image: string, type: string, defined: Set<string>): string {
  if (type === 'Number' || type === 'Size' || type === 'TupleIndex') return 'number';
  if (type === 'String') return 'string';
  if (type !== 'Identifier') return /^\w/.test(image) ? 'keyword' : 'sign';
  if (defined.has(image)) return 'name';
  defined.add(image);
  return 'name, first time';
}
