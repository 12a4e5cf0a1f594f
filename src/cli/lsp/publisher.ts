// When diagnostics are sent: after a pause in the edits, so that a newer edit supersedes an older one; and now and then while they
// go on. Every pause ends in an answer. Between keys, people pause as well: what is new since the last answer waits for a longer
// pause then, since half a word is not a mistake yet, and what is mended vanishes with the next key.

export interface Publisher {
  /** There is a newer version of this text, or of a file that it may import. `typed`: by a key, so that the next may follow soon. */
  touch(uri: string, typed?: boolean): void;
  /** Nothing is sent for it any more. */
  forget(uri: string): void;
  /** Nothing is sent any more. */
  stop(): void;
}

/** Milliseconds without an edit before an answer. */
const PAUSE = 60;
/** Longest time in milliseconds that an answer is put off. */
const LONGEST = 600;
/** Milliseconds without an edit after which somebody has stopped typing. */
const REST = 500;

/**
 * `publish` gets the texts with news, in the order in which they were touched. `isTyping`: more is about to be typed in these, and what is
 * new in them is asked for once more in the next rest.
 */
export function createPublisher(publish: (uris: readonly string[], isTyping: boolean) => void): Publisher {
  const touched = new Set<string>();
  const typing = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let rest: NodeJS.Timeout | undefined;
  let since = 0;
  const answer = (): void => {
    const uris = [...touched];
    touched.clear();
    const whole = uris.filter((uri) => !typing.has(uri));
    if (whole.length > 0) publish(whole, false);
    const half = uris.filter((uri) => typing.has(uri));
    if (half.length > 0) publish(half, true);
  };
  const settle = (): void => {
    const uris = [...typing];
    typing.clear();
    if (uris.length > 0) publish(uris, false);
  };
  return {
    touch(uri, typed = false) {
      if (touched.size === 0) since = performance.now();
      touched.add(uri);
      clearTimeout(timer);
      const left = since + LONGEST - performance.now();
      timer = setTimeout(answer, Math.max(0, Math.min(PAUSE, left)));
      if (typed) typing.add(uri);
      else typing.delete(uri);
      clearTimeout(rest);
      rest = setTimeout(settle, REST);
    },
    forget(uri) {
      touched.delete(uri);
      typing.delete(uri);
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(rest);
    },
  };
}
