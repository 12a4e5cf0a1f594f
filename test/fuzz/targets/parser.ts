// The parser: every text gives a tree and diagnostics whose places lie inside the text and whose sentences are short.

import { hasErrors, type Diagnostic } from '../../../grammar/diagnostic.ts';
import { parse } from '../../../grammar/parse.ts';
import { printAst } from '../../../grammar/print-ast.ts';
import { renderDiagnostic } from '../../../grammar/render.ts';
import { corpus } from '../corpus.ts';
import { mutateText } from '../mutate.ts';
import { randomProgram } from '../program.ts';
import type { Random } from '../random.ts';
import { expectThat, textOf, type Target } from '../target.ts';

/** A text of the corpus or a made-up one, whole or a piece, mutated. */
export function hostileText(random: Random): string {
  const text = random.oneIn(3) ? randomProgram(random) : random.pick(corpus);
  const start = random.oneIn(3) ? random.below(text.length) : 0;
  const piece = text.slice(start, random.oneIn(3) ? start + random.below(200) : undefined).toWellFormed();
  return mutateText(piece, random, corpus);
}

export function checkDiagnostics(diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) {
    const { span, message, found = '', expected = '', notes = [] } = diagnostic;
    if (span) {
      const { start, end, source } = span;
      expectThat(start >= 0 && start <= end && end <= source.text.length, `span ${start}…${end} outside of the text`);
    }
    for (const sentence of [message, found, expected, ...notes])
      expectThat(sentence.length <= 1000, `a sentence of ${sentence.length} characters: ${sentence.slice(0, 60)}`);
    const text = renderDiagnostic(diagnostic);
    expectThat(!/[^\P{Cc}\n]/u.test(text), 'control characters in a rendered diagnostic');
  }
}

export const parserTarget: Target = {
  name: 'parser',
  share: 3,
  generate: hostileText,
  run(input) {
    const { file, diagnostics } = parse({ path: 'a.cnn', text: textOf(input) });
    checkDiagnostics(diagnostics);
    if (/^ *incomplete$/m.test(printAst(file))) expectThat(hasErrors(diagnostics), 'something was left out in silence');
  },
};
