// The ends of words, cut in time that grows with their length only, as regular expressions that look for an end do not.

/** How many characters at the end satisfy `test`. */
function atEnd(text: string, test: (character: string) => boolean): number {
  let end = text.length;
  while (end > 0 && test(text[end - 1]!)) end -= 1;
  return text.length - end;
}

const isDigit = (character: string): boolean => character >= '0' && character <= '9';

/** The text in two: before the digits at its end, and these. */
export function splitNumber(text: string): readonly [string, string] {
  const cut = text.length - atEnd(text, isDigit);
  return [text.slice(0, cut), text.slice(cut)];
}

/** Without the given characters at the end. */
export const withoutEnd = (text: string, characters: string): string =>
  text.slice(0, text.length - atEnd(text, (character) => characters.includes(character)));

/** Without `_` at both ends. */
export function withoutUnderscores(text: string): string {
  const end = withoutEnd(text, '_');
  let start = 0;
  while (end[start] === '_') start += 1;
  return end.slice(start);
}
