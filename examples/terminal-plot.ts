// Numbers one after the other as columns of blocks, several lines high.

const BLOCKS = ' ▁▂▃▄▅▆▇█';

/**
 * `height` lines of at most `width` columns, from 0 at the foot to the largest number at the top; of more numbers, a column shows the mean
 * of as many neighbours. None may be negative.
 */
export function plotLines(values: readonly number[], width: number, height: number): readonly string[] {
  const count = Math.min(width, values.length);
  const means = Array.from({ length: count }, (_, at) => {
    const part = values.slice(Math.floor((at * values.length) / count), Math.floor(((at + 1) * values.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const largest = Math.max(...means, Number.MIN_VALUE);
  return Array.from({ length: height }, (_, row) =>
    means
      .map((value) => {
        const eighths = Math.round((value / largest) * 8 * height) - 8 * (height - 1 - row);
        return BLOCKS[Math.max(0, Math.min(8, eighths))];
      })
      .join('')
      .trimEnd(),
  );
}
