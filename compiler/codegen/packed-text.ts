// Texts in which a character stands for a phrase that is frequent in all of them, so that they take less room in bundles of the compiler.

/** The first of the characters; no text has one of them. */
export const FIRST_CODE = 0x100;
/** How many there are. */
export const CODES = 0x80;

/** The text with its phrases in the places of their characters. */
export function unpacked(text: string, phrases: readonly string[]): string {
  return text.replace(/[\u0100-\u017f]/g, (code) => phrases[code.charCodeAt(0) - FIRST_CODE]!);
}
