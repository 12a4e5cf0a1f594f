// Streams that a terminal may show. Names of files, comments and labels come from others, and must not reach it as control
// sequences; the only ones let through are the colours of this program, where colours are on.

import type { Io, Output } from './io.ts';

export interface Sink {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** Writes to a stream: control sequences in what is written are shown harmlessly, and colours are left out where they are not wanted. */
export function printer(sink: Sink, env: Io['env']): Output {
  const write = (text: string): void =>
    sink.write(usesColor(sink, env) ? text.split(COLOR).map(keepColor).join('') : escapeForTerminal(text));
  return {
    write,
    writeData: (text) => (sink.isTerminal ? write(text) : sink.write(text)),
    writeControl: (text) => sink.write(text),
    get isTerminal() {
      return sink.isTerminal;
    },
    get columns() {
      return sink.columns;
    },
  };
}

/** https://no-color.org and https://force-color.org; the latter wins, as in Node. */
export function usesColor({ isTerminal }: Pick<Output, 'isTerminal'>, env: Io['env']): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** Sequences that `grammar/render.ts` and `src/text/table.ts` write. */
// oxlint-disable-next-line no-control-regex
const COLOR = /(\u001b\[(?:[012]|3[1-6]|1;3[1-6])m)/;

const keepColor = (part: string, at: number): string => (at % 2 === 1 ? part : escapeForTerminal(part));

/** In the form that JSON strings have, so that JSON stays what it is. Line breaks and tabs stay, too. */
function escapeForTerminal(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Control characters, lone surrogates, and what turns the writing direction or breaks lines. */
const CONTROLS = /(?![\n\t])[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
