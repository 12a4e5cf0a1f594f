// What the tests of the language service share: texts with the caret in them, and the shapes that an analysis saw.

import { analyse } from '../../src/ide/analysis.ts';
import type { Analysis } from '../../src/ide/analysis.ts';
import { textOf } from '../../grammar/source.ts';

/** The analysis of a text in which `|` is the caret, and its offset. */
export function atCaret(marked: string): { readonly analysis: Analysis; readonly offset: number } {
  const offset = marked.indexOf('|');
  return { analysis: analysisOf(marked.slice(0, offset) + marked.slice(offset + 1)), offset };
}

export function analysisOf(text: string): Analysis {
  return analyse({ path: 'net.cnn', text });
}

/** `conv(6, kernel: 5) 6×28×28` for every step that was seen, in the order of expansion; `?` where no shape is known. */
export function seenSteps({ seen }: Analysis): readonly string[] {
  return seen.flatMap(({ nodes }) =>
    nodes.map(({ step, results }) => `${textOf(step.span)} ${results[0]?.shape.join('×') ?? '?'}`),
  );
}

/** A network of the first layers of LeNet in Dive into Deep Learning (section 7.6), with the lines behind them. */
export const lenet = (...lines: string[]): string => `network Net {
  input image: [1, 28, 28]
  conv(6, kernel: 5, padding: 2) -> sigmoid -> avg_pool(2)
  ${lines.join('\n  ')}
}
`;
