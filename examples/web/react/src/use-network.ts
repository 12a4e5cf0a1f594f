// A network as a hook: null until its weights are there.

import { useEffect, useState } from 'react';

interface Closable {
  close(): void;
}

/** What `load` gives. `load` must be the same function in every call; an error of it is thrown into the component. */
export function useNetwork<Net extends Closable>(load: () => Promise<Net>): Net | null {
  const [state, setState] = useState<{ readonly net?: Net; readonly error?: unknown }>({});
  useEffect(() => {
    let isOver = false;
    let loaded: Net | undefined;
    load().then(
      (net) => {
        loaded = net;
        if (isOver) net.close();
        else setState({ net });
      },
      (error: unknown) => {
        if (!isOver) setState({ error });
      },
    );
    return () => {
      isOver = true;
      loaded?.close();
    };
  }, [load]);
  if ('error' in state) throw state.error;
  return state.net ?? null;
}
