// Files that are in another language as a whole: one error instead of one for every line.

import type { Diagnostic } from './diagnostic.ts';
import type { Source } from './source.ts';

interface Language {
  readonly name: string;
  /** What its files begin with, comments left out. */
  readonly begins: RegExp;
  readonly advice: string;
}

const describe = 'describe the network as input image: [3, 32, 32] and steps such as conv(6, kernel: 5) -> relu';

const languages: readonly Language[] = [
  {
    name: 'Python',
    begins:
      /^(import [A-Za-z_][\w.]*( as \w+)?[ \t]*(#.*)?\r?$|from [\w.]+ import |class \w+(\([\w., ]*\))?:|def \w+\([^)\n]*\):|\w+ = ((tf|torch|keras|nn|layers|models)\.\w|(Sequential|Input|Model)\())/m,
    advice: `${describe}; layers such as nn.Conv2d(3, 6, 5) may stand in its braces as they are, and \`cnnc check --fix\` rewrites them`,
  },
  {
    name: 'TOML',
    begins: /^\[+[\w.]+\]+[ \t]*\r?\n+[a-z_]+ = ["'[]/,
    advice: describe,
  },
  {
    name: 'MATLAB',
    begins: /^(?:layers|net|lgraph) *= *(?:\[|layerGraph|dlnetwork|sequenceInputLayer)|^function\b.*=|^%/,
    advice: describe,
  },
  { name: 'Julia', begins: /^(?:using \w|\w+ = Chain\()/, advice: describe },
  { name: 'XML', begins: /^<[?!A-Za-z]/, advice: describe },
  {
    name: 'YAML',
    begins: /^(?:---\s|(?!input\b)[a-z_]+:[\w"'[.,\] \t]*\r?\n(?:\s*- |[ \t]*[a-z_]+:[ \t\r\n]))/,
    advice: describe,
  },
  {
    name: 'a darknet configuration',
    begins: /^\[(net|network|convolutional)\][ \t]*(#.*)?\r?$/m,
    advice: 'describe the network as input image: [3, 416, 416] and steps such as conv(16, kernel: 3, padding: 1)',
  },
  { name: "Caffe's prototxt", begins: /^(name: ?"|layers? ?\{|input: ?"|input_dim:)/, advice: describe },
  {
    name: 'Markdown',
    // Nothing but prose stands before the fence.
    begins: /^[^{}]{0,150}?^```/m,
    advice: 'keep only what stands between ``` and ```',
  },
  { name: 'JSON', begins: /^\{\s*("|\})/, advice: describe },
];

/** Longest beginning of comments that is skipped, in characters. */
const BEGINNING = 4000;

export function foreignFile(source: Source): Diagnostic | undefined {
  const start = beginning(source.text);
  const text = source.text.slice(start, start + 200);
  // Only the first line counts.
  const language = languages.find(({ begins }) => text.search(begins) === 0);
  if (!language) return undefined;
  const line = text.split(/\r?\n/, 1)[0]!;
  return {
    code: 'syntax/foreign-file',
    severity: 'error',
    message: `this is ${language.name}, not the .cnn language`,
    span: { source, start, end: start + line.length },
    found: line.trim(),
    expected: 'network NAME { … }',
    fixes: [{ message: `${language.advice}; \`cnnc new FOLDER\` writes an example` }],
  };
}

/** The first character that belongs to no comment and is no space. */
function beginning(text: string): number {
  let at = 0;
  while (at < Math.min(text.length, BEGINNING)) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : Math.min(end, at + BEGINNING)).trimStart();
    if (line !== '' && !line.startsWith('#') && !line.startsWith('//')) break;
    if (end < 0) break;
    at = end + 1;
  }
  return at;
}
