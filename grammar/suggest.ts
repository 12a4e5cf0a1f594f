// Did you mean: the candidate nearest to a word by restricted Damerau–Levenshtein distance (insert, delete, replace,
// swap of neighbours), as in most compilers.

/** Candidates that are compared with a word: who has more names is not told the nearest of all. */
const MOST_CANDIDATES = 1000;

/**
 * The nearest of `candidates` (the first of equals), when it differs in case only or in at most a third of the letters
 * of the longer word; otherwise undefined. Words longer than 64 are not compared.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  let left = MOST_CANDIDATES;
  if (word.length > 64) return undefined;
  for (const candidate of candidates) {
    if (left-- === 0) break;
    if (candidate === word || candidate.length > 64) continue;
    const allowed = Math.floor(Math.max(word.length, candidate.length, 3) / 3);
    const a = fold(word);
    const b = fold(candidate);
    const distance = a === b ? 0 : Math.abs(a.length - b.length) > allowed ? Infinity : editDistance(a, b);
    // An edit may replace every letter, which is another word: `a` is not meant by `b`.
    if (distance <= allowed && distance < Math.max(a.length, b.length) && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `BatchNorm`, `batch_norm` and `batchnorm` are the same word. */
function fold(word: string): string {
  return word.toLowerCase().replaceAll('_', '');
}

/** Fewest insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let distance = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) distance = Math.min(distance, before[j - 2]! + 1);
      row.push(distance);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
