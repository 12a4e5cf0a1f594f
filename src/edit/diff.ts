// The difference of two texts by lines, in the unified format that `patch` reads. Lines are paired by Myers, "An O(ND)
// Difference Algorithm and Its Variations" (1986).

const CONTEXT = 3;
/** Differences beyond which the texts are shown as wholly different. */
const LIMIT = 2000;

type Line = { readonly sign: ' ' | '-' | '+'; readonly text: string };

/** Empty where the texts are the same; else ends with a line break. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const lines = pairLines(before.split('\n'), after.split('\n'));
  const changed = lines.flatMap(({ sign }, at) => (sign === ' ' ? [] : [at]));
  const hunks: { from: number; to: number }[] = [];
  for (const at of changed) {
    const last = hunks.at(-1);
    if (last && at - last.to <= 2 * CONTEXT) last.to = at + 1;
    else hunks.push({ from: at, to: at + 1 });
  }
  const text = hunks.map(({ from, to }) => hunkText(lines, Math.max(0, from - CONTEXT), to + CONTEXT));
  return `--- ${path}\n+++ ${path}\n${text.join('')}`;
}

function hunkText(lines: readonly Line[], from: number, to: number): string {
  const count = (list: readonly Line[], other: Line['sign']): number =>
    list.filter(({ sign }) => sign !== other).length;
  const before = lines.slice(0, from);
  // The text behind the last line break is no line.
  const hunk = lines.slice(from, to).filter(({ text }, at) => text !== '' || from + at < lines.length - 1);
  const range = (other: Line['sign']): string => `${count(before, other) + 1},${count(hunk, other)}`;
  return `@@ -${range('+')} +${range('-')} @@\n${hunk.map(({ sign, text }) => `${sign}${text}\n`).join('')}`;
}

/** The lines of both texts in one order. */
function pairLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  const same = (text: string): Line => ({ sign: ' ', text });
  return [
    ...before.slice(0, start).map(same),
    ...shortestEdit(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function shortestEdit(a: readonly string[], b: readonly string[]): readonly Line[] {
  /** For each number of differences, how far along `a` each diagonal `x − y` came. */
  const traces: ReadonlyMap<number, number>[] = [];
  let furthest = new Map([[1, 0]]);
  for (let differences = 0; differences <= Math.min(a.length + b.length, LIMIT); differences++) {
    traces.push(new Map(furthest));
    for (let diagonal = -differences; diagonal <= differences; diagonal += 2) {
      const down = goesDown(furthest, diagonal, differences);
      let x = down ? furthest.get(diagonal + 1)! : furthest.get(diagonal - 1)! + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return walkBack(a, b, traces);
    }
  }
  return [...a.map((text): Line => ({ sign: '-', text })), ...b.map((text): Line => ({ sign: '+', text }))];
}

function goesDown(furthest: ReadonlyMap<number, number>, diagonal: number, differences: number): boolean {
  if (diagonal === -differences) return true;
  return diagonal !== differences && furthest.get(diagonal - 1)! < furthest.get(diagonal + 1)!;
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  traces: readonly ReadonlyMap<number, number>[],
): readonly Line[] {
  const lines: Line[] = [];
  let [x, y] = [a.length, b.length];
  for (let differences = traces.length - 1; differences >= 0; differences--) {
    const furthest = traces[differences]!;
    const down = goesDown(furthest, x - y, differences);
    const fromX = furthest.get(x - y + (down ? 1 : -1)) ?? 0;
    const fromY = fromX - (x - y + (down ? 1 : -1));
    while (x > Math.max(fromX, 0) && y > Math.max(fromY, 0)) lines.push({ sign: ' ', text: a[((y -= 1), (x -= 1))]! });
    if (differences === 0) break;
    lines.push(down ? { sign: '+', text: b[(y -= 1)]! } : { sign: '-', text: a[(x -= 1)]! });
  }
  return lines.toReversed();
}
