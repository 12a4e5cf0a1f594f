// `npm run bench -- --ide`: how long an editor waits while somebody types: for diagnostics after each keystroke, and for
// completion at the caret and hover over a step once they are there; and how much memory is in use after many edits.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { languageService } from '../../src/ide/service.ts';
import { keystrokes } from '../support/keystrokes.ts';
import { longFile } from '../support/long-file.ts';

/** Of the keystrokes measured, in milliseconds. */
export interface Waiting {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface TextResult {
  readonly text: string;
  readonly lines: number;
  readonly diagnostics: Waiting;
  readonly completion: Waiting;
  readonly hover: Waiting;
}

export interface IdeResult {
  readonly texts: readonly TextResult[];
  /** Bytes that are in use on the heap after so many edits of LeNet, once garbage is collected. */
  readonly heap: readonly { readonly edits: number; readonly bytes: number }[];
}

/** Keystrokes before the measured ones: what runs for the first time is compiled first. */
const WARM_UP = 150;
const MEASURED = 300;
const EDITS = [1000, 5000, 10_000] as const;

/** `say` gets a line for each text, and for each count of edits. */
export function measureIde(say: (line: string) => void): IdeResult {
  say(`${'milliseconds'.padEnd(22)} ${['diagnostics', 'completion', 'hover'].map((name) => name.padEnd(24)).join('')}`);
  say(`${' '.repeat(23)}${'p50    p95    max     '.repeat(3)}`);
  const texts = [
    measureText('60 blocks', longFile(), say),
    measureText('GoogLeNet', example('googlenet'), say),
    measureText('LeNet', example('lenet'), say),
  ];
  return { texts, heap: measureHeap(example('lenet'), say) };
}

function example(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../examples/${name}/${name}.cnn`, import.meta.url)), 'utf8');
}

function measureText(name: string, text: string, say: (line: string) => void): TextResult {
  const service = languageService();
  const path = 'net.cnn';
  service.open(path, text);
  const waits: { readonly diagnostics: number; readonly completion: number; readonly hover: number }[] = [];
  for (const { text: now, caret, step } of keystrokes(text, WARM_UP + MEASURED)) {
    service.change(path, now);
    const diagnostics = timed(() => service.diagnostics(path));
    const completion = timed(() => service.completion(path, caret));
    const hover = timed(() => service.hover(path, step));
    waits.push({ diagnostics, completion, hover });
  }
  const of = (feature: 'diagnostics' | 'completion' | 'hover'): Waiting =>
    waiting(waits.slice(WARM_UP).map((wait) => wait[feature]));
  const lines = text.split('\n').length - 1;
  const result = {
    text: name,
    lines,
    diagnostics: of('diagnostics'),
    completion: of('completion'),
    hover: of('hover'),
  };
  const columns = [result.diagnostics, result.completion, result.hover].map(({ p50, p95, max }) =>
    [p50, p95, max]
      .map((wait) => wait.toFixed(1).padEnd(7))
      .join('')
      .padEnd(24),
  );
  say(`${`${name}, ${lines} lines`.padEnd(22)} ${columns.join('')}`);
  return result;
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function waiting(times: readonly number[]): Waiting {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

function measureHeap(text: string, say: (line: string) => void): IdeResult['heap'] {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const service = languageService();
  service.open('net.cnn', text);
  const heap: { readonly edits: number; readonly bytes: number }[] = [];
  let edits = 0;
  for (const { text: now, caret, step } of keystrokes(text, EDITS.at(-1)!)) {
    service.change('net.cnn', now);
    service.diagnostics('net.cnn');
    service.completion('net.cnn', caret);
    service.hover('net.cnn', step);
    edits += 1;
    if (!EDITS.some((count) => count === edits)) continue;
    collect();
    const bytes = process.memoryUsage().heapUsed;
    heap.push({ edits, bytes });
    say(`heap after ${String(edits).padStart(6)} edits  ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  }
  return heap;
}
