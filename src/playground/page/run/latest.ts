// Work of which only the newest matters: while one piece is under way, what is asked meanwhile is done once, afterwards.

/** Calling what it gives asks for `work`; errors go to `failed`. */
export function latest(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let isAsked = false;
  let isBusy = false;
  const go = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    while (isAsked) {
      isAsked = false;
      try {
        await work();
      } catch (error) {
        failed(error);
      }
    }
    isBusy = false;
  };
  return () => {
    isAsked = true;
    void go();
  };
}
