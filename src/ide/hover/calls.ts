// The same part of the text at each of the times that it is expanded: equal facts are said once, with how often they hold.

/** Facts that are listed one by one; of more, their number is said. */
const MOST = 5;

/** A list of facts, each once, in the order of the first of them: `- FACT (3 times)`. A single one is a paragraph. */
export function listOfTimes(facts: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const fact of facts) counts.set(fact, (counts.get(fact) ?? 0) + 1);
  const lines = [...counts].map(([fact, count]) => (count === 1 ? fact : `${fact} (${count} times)`));
  if (lines.length <= 1) return lines;
  const more = lines.length - MOST;
  const shown = more > 0 ? [...lines.slice(0, MOST), `and ${more} more`] : lines;
  return [shown.map((line) => `- ${line}`).join('\n')];
}

/** At most a handful of different texts, in a row. */
export function fewOf(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  const more = distinct.length - MOST;
  return more > 0 ? `${distinct.slice(0, MOST).join(', ')} and ${more} more` : distinct.join(', ');
}
