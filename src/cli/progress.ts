// What is under way, on the terminal's last line; nothing where nobody watches.

import { bar, grouped } from '../text/format.ts';
import type { Output } from './io.ts';

export interface Progress {
  update(done: number): void;
  /** Removes the line. */
  end(): void;
}

/** A bar. */
export function progress(output: Output, label: string, total: number): Progress {
  const line = status(output);
  return {
    update(done) {
      const share = total === 0 ? 1 : done / total;
      line.show(`${label} ${bar(share, 30).padEnd(30)} ${grouped(done)} of ${grouped(total)}`);
    },
    end: () => line.end(),
  };
}

export interface Status {
  /** In the place of what was shown before. */
  show(text: string): void;
  /** Removes the line. */
  end(): void;
}

/** A line on stderr that is overwritten by the next one, on a terminal only. */
export function status(output: Output): Status {
  let shown = '';
  const show = (text: string): void => {
    if (text === shown || !output.isTerminal) return;
    output.writeControl('\r');
    output.write(text.padEnd(shown.length));
    if (text === '') output.writeControl('\r');
    shown = text;
  };
  return { show, end: () => show('') };
}
