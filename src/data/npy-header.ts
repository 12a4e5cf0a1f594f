// The header of an npy file: a Python literal of one dictionary, `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), read token by token.

import { InputError, printable } from './input-error.ts';

export interface NpyHeader {
  /** Undefined for structured types, whose descr is a list. */
  readonly descr: string | undefined;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Token = { readonly kind: 'mark' | 'string' | 'number' | 'word'; readonly text: string };

const TOKEN = /\s*(?:([{}()[\]:,])|'([^'\\\n]*)'|"([^"\\\n]*)"|(\d{1,20})L?(?![\w.])|([A-Za-z_]+)(?!\w))/y;
const KEYS = ['descr', 'fortran_order', 'shape'] as const;
/** NumPy's own limit. */
const MAX_RANK = 64;

/** Exactly the three keys, in any order. Throws `InputError`. */
export function parseNpyHeader(text: string): NpyHeader {
  const tokens = tokensOf(text);
  let at = 0;
  const take = (expected: string): void => {
    const token = tokens[at++];
    if (token?.kind !== 'mark' || token.text !== expected) throw expectedInstead(expected, token);
  };
  const isNext = (mark: string): boolean => tokens[at]?.kind === 'mark' && tokens[at]!.text === mark;

  let descr: { readonly text: string | undefined } | undefined;
  let fortranOrder: boolean | undefined;
  let shape: readonly number[] | undefined;

  const extents = (): readonly number[] => {
    const found: number[] = [];
    take('(');
    while (!isNext(')')) {
      const token = tokens[at++];
      if (token?.kind !== 'number') throw expectedInstead('a whole number in shape', token);
      found.push(Number(token.text));
      if (found.length > MAX_RANK) throw damaged(`its shape has more than ${MAX_RANK} axes`);
      // `(3)` is a number in Python; a tuple of one has a comma.
      if (isNext(',') || found.length === 1) take(',');
      else break;
    }
    take(')');
    return found;
  };

  take('{');
  while (!isNext('}')) {
    const key = tokens[at++];
    const known = key?.kind === 'string' ? KEYS.find((name) => name === key.text) : undefined;
    if (known === undefined) throw expectedInstead(`one of ${KEYS.map((name) => `'${name}'`).join(', ')}`, key);
    take(':');
    if (known === 'descr') {
      if (descr) throw damaged(`its header has 'descr' twice`);
      const value = tokens[at++];
      if (value?.kind === 'mark' && value.text === '[') return { descr: undefined, fortranOrder: false, shape: [] };
      if (value?.kind !== 'string') throw expectedInstead('the element type as a string', value);
      descr = { text: value.text };
    } else if (known === 'fortran_order') {
      if (fortranOrder !== undefined) throw damaged(`its header has 'fortran_order' twice`);
      const value = tokens[at++];
      if (value?.kind !== 'word' || (value.text !== 'True' && value.text !== 'False'))
        throw expectedInstead('True or False', value);
      fortranOrder = value.text === 'True';
    } else {
      if (shape) throw damaged(`its header has 'shape' twice`);
      shape = extents();
    }
    if (isNext(',')) take(',');
    else break;
  }
  take('}');
  if (at < tokens.length) throw expectedInstead('nothing behind the dictionary', tokens[at]);
  if (!descr || fortranOrder === undefined || !shape) throw damaged('its header lacks descr, fortran_order or shape');
  return { descr: descr.text, fortranOrder, shape };
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (let at = 0; at < end;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match)
      throw damaged(
        `its header has ${printable(text.slice(at).trimStart().slice(0, 20))}, which is no part of a dictionary`,
      );
    const [, mark, single, double, number, word] = match;
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'string', text: (single ?? double)! });
    at = TOKEN.lastIndex;
  }
  return tokens;
}

function expectedInstead(expected: string, token: Token | undefined): InputError {
  return damaged(`its header has ${token ? printable(token.text) : 'an end'} where ${expected} was expected`);
}

function damaged(what: string): InputError {
  return new InputError(`damaged npy file: ${what}`);
}
