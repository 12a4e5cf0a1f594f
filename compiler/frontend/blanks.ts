// Shapes that a worksheet leaves open: `: [_, _, _]` checks nothing but the number of axes.

import type { ShapePattern } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { problem } from './report.ts';
import type { Reporter } from './report.ts';

/** Whether the pattern names the number of axes only, every extent being left to fill in. */
export function isBlank({ items }: ShapePattern): boolean {
  return items.every((extent) => extent === undefined);
}

/** Notes how many shapes of a file are still to fill in. */
export function noteBlanks(blanks: readonly Span[], reporter: Reporter): void {
  const [first] = blanks;
  if (!first) return;
  const message = blanks.length === 1 ? '1 shape is still to fill in' : `${blanks.length} shapes are still to fill in`;
  reporter.report(
    problem('shape/blank', first, message, {
      severity: 'note',
      expected: 'the numbers of [channels, height, width] or [features]; `cnnc fmt --shapes` writes them',
    }),
  );
}
