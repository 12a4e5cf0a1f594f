// When diagnostics are sent: after a pause in the typing, so that a newer edit supersedes an older one; and now and then while it
// goes on. Every pause ends in an answer.

export interface Publisher {
  /** There is a newer version of this text, or of a file that it may import. */
  touch(uri: string): void;
  /** Nothing is sent for it any more. */
  forget(uri: string): void;
  /** Nothing is sent any more. */
  stop(): void;
}

/** Milliseconds without an edit before an answer. */
const PAUSE = 60;
/** Longest time in milliseconds that an answer is put off. */
const LONGEST = 600;

/** `publish` gets the texts with news, in the order in which they were touched. */
export function createPublisher(publish: (uris: readonly string[]) => void): Publisher {
  const touched = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let since = 0;
  const answer = (): void => {
    timer = undefined;
    const uris = [...touched];
    touched.clear();
    publish(uris);
  };
  return {
    touch(uri) {
      if (touched.size === 0) since = performance.now();
      touched.add(uri);
      clearTimeout(timer);
      const left = since + LONGEST - performance.now();
      timer = setTimeout(answer, Math.max(0, Math.min(PAUSE, left)));
    },
    forget: (uri) => void touched.delete(uri),
    stop: () => clearTimeout(timer),
  };
}
