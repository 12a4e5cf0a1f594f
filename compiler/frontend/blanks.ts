// Shapes that a worksheet leaves open: `: [_, _, _]` checks nothing but the number of axes.

import type { File } from '../../grammar/ast.ts';
import { chainsOf } from '../../grammar/visit.ts';
import { problem } from './report.ts';
import type { Reporter } from './report.ts';

/** Notes how many shapes of the file are still to fill in. */
export function noteBlanks(file: File, reporter: Reporter): void {
  const blanks = chainsOf(file).flatMap(({ shape }) =>
    shape && shape.items.every((extent) => extent === undefined) ? [shape.span] : [],
  );
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
