// User text in HTML and SVG: every character that could end a text or an attribute is written as a reference.

/**
 * For text and for attributes in double quotes. Control characters become replacement characters: XML has no way to write
 * most of them, and terminals obey them. What turns the writing direction is written as a reference, too.
 */
export function escapeMarkup(text: string): string {
  return text
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"'\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => `&#${character.charCodeAt(0)};`);
}
