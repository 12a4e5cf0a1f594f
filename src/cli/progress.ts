// A progress bar on the terminal's last line; nothing where nobody watches.

import { bar, grouped } from '../report/format.ts';
import type { Output } from './io.ts';

export interface Progress {
  update(done: number): void;
  /** Removes the line. */
  end(): void;
}

export function progress(output: Output, label: string, total: number): Progress {
  let shown = '';
  const show = (text: string): void => {
    if (text !== shown) output.write(`\r${text.padEnd(shown.length)}${text === '' ? '\r' : ''}`);
    shown = text;
  };
  return {
    update(done) {
      const share = total === 0 ? 1 : done / total;
      if (output.isTerminal) show(`${label} ${bar(share, 30).padEnd(30)} ${grouped(done)} of ${grouped(total)}`);
    },
    end: () => show(''),
  };
}
