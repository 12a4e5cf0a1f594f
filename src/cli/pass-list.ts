// The passes, as `cnnc help passes` and `cnnc explain --list` show them.

import type { Level } from '../../compiler/pipeline.ts';
import { passTexts } from '../../compiler/passes/texts.ts';
import { passes } from '../../compiler/pipeline.ts';

/** All passes, in their order, each with what it does. */
export const describedPasses = passes.map(({ name, ...rest }) => ({
  name,
  summary: passTexts.get(name) ?? '',
  ...rest,
}));

/** Ends with a line break. */
export function passesText(json: boolean): string {
  if (json) return `${JSON.stringify({ schemaVersion: 1, passes: describedPasses }, null, 2)}\n`;
  const width = Math.max(...passes.map(({ name }) => name.length));
  const lines = ([0, 1, 2] as const).flatMap((level) => [
    `${level === 0 ? '' : '\n'}${titles[level]}`,
    ...describedPasses
      .filter((pass) => pass.level === level)
      .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ]);
  return `${lines.join('\n')}\n`;
}

const titles: Readonly<Record<Level, string>> = {
  0: 'always, so that every step has a kernel',
  1: 'from -O1: the results keep every bit',
  2: 'at -O2: sums are reordered, products regrouped',
};
