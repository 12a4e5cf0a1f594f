// A text in TypeScript and the same in JavaScript, kept once: without types it is the same text without some of its parts.

export interface TypedText {
  readonly ts: string;
  readonly js: string;
}

/** `text` is TypeScript in which ‹ and › stand around what JavaScript leaves out. */
export const withoutTypes = (text: string): TypedText => ({
  ts: text.replaceAll(/[‹›]/g, ''),
  js: text.replaceAll(/‹[^‹›]*›/g, ''),
});
