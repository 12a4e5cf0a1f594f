// Grey pictures as lines of text: two pixels a character as half blocks in shades of grey, or a ramp of ASCII characters.

import type { Picture } from '../src/data/picture.ts';

/** Half as many lines as the picture has rows, each `width` characters wide. */
export function pictureLines({ data, width, height }: Picture, color: boolean): readonly string[] {
  const at = (x: number, y: number): number => (y < height ? data[y * width + x]! : 0);
  return Array.from({ length: Math.ceil(height / 2) }, (_, row) => {
    const cells = Array.from({ length: width }, (_, x) => [at(x, 2 * row), at(x, 2 * row + 1)] as const);
    if (!color)
      return cells.map(([upper, lower]) => ramp[Math.round(((upper + lower) / 510) * (ramp.length - 1))]).join('');
    return `${cells.map(([upper, lower]) => `\u001b[38;5;${grey(upper)};48;5;${grey(lower)}m▀`).join('')}\u001b[0m`;
  });
}

/** Blocks of lines, each `width` wide, beside one another as `columns` allow; an empty line below each row of blocks. */
export function besideLines(blocks: readonly (readonly string[])[], width: number, columns: number): readonly string[] {
  const gap = 2;
  const perRow = Math.max(1, Math.floor((columns + gap) / (width + gap)));
  const rows = Array.from({ length: Math.ceil(blocks.length / perRow) }, (_, row) =>
    blocks.slice(row * perRow, (row + 1) * perRow),
  );
  return rows.flatMap((row) => [
    ...row[0]!.map((_, line) =>
      row
        .map((block) => block[line])
        .join(' '.repeat(gap))
        .trimEnd(),
    ),
    '',
  ]);
}

const ramp = ' .:-=+*#%@';

/** Of the 24 greys of a 256-colour terminal. */
function grey(byte: number): number {
  return 232 + Math.round((byte / 255) * 23);
}
