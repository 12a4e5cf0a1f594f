// A text in TypeScript and the same in JavaScript, kept once: without types it is the same text without some of its characters.

export interface TypedText {
  readonly ts: string;
  readonly js: string;
}

/** `runs`: of how many characters of `ts` `js` consists, and how many it leaves out, in turns; it leaves out the rest. */
export function withoutTypes(ts: string, runs: readonly number[]): TypedText {
  let js = '';
  let at = 0;
  runs.forEach((length, index) => {
    if (index % 2 === 0) js += ts.slice(at, at + length);
    at += length;
  });
  return { ts, js };
}
