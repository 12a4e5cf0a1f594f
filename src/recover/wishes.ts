// What parameters are called: as their attributes, unless that means something else in the language.

const words: ReadonlyMap<string, string> = new Map([
  ['size', 'extent'],
  ['min', 'low'],
  ['max', 'high'],
  ['p', 'probability'],
]);

/** The name that a parameter for an attribute wants. */
export function wishFor(about: string): string {
  return words.get(about) ?? about;
}
