// Blocks of the library as `cnnc help` shows them.

import { blockReferences } from '../../compiler/blocks/reference.ts';
import type { BlockReference } from '../../compiler/blocks/reference.ts';
import { wrap } from '../text/format.ts';

/** The first sentence of what the library says of a block. */
export const summaryOf = ({ doc }: BlockReference): string => /^.*?(?:[.:](?= )|$)/.exec(doc)![0].replace(/:$/, '.');

/** One line for each block; ends with a line break. */
export function blocksText(): string {
  const blocks = blockReferences();
  const width = Math.max(...blocks.map(({ name }) => name.length));
  return blocks.map((block) => `${block.name.padEnd(width)}  ${summaryOf(block)}\n`).join('');
}

/** A block in full; ends with a line break. */
export function blockText({ name, signature, inputs, doc }: BlockReference, columns: number): string {
  const [, ...further] = inputs;
  return [
    ...wrap(signature, columns),
    ...wrap(doc, columns),
    ...(further.length > 0 ? wrap(`Besides what flows, it takes ${further.join(', ')}.`, columns) : []),
    '',
    `import { ${name} } from "cnnc:blocks"`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}
