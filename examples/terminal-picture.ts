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

const ramp = ' .:-=+*#%@';

/** Of the 24 greys of a 256-colour terminal. */
function grey(byte: number): number {
  return 232 + Math.round((byte / 255) * 23);
}
