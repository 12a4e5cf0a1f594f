// The texts that are open in an editor, and the analysis of each: made when it is first asked for, and kept until its text, or
// that of a file which it imports, is another one.

import { hasErrors } from '../../grammar/diagnostic.ts';
import { analyse } from './analysis.ts';
import type { Analysis } from './analysis.ts';
import { parseOnce } from './parse-once.ts';

/** By paths relative to the project root, written as imports resolve to them: `nets/heads.cnn`. */
export interface Workspace {
  open(path: string, text: string): void;
  /** As `open`: the whole text. */
  change(path: string, text: string): void;
  /** From now on the file has the text that `read` finds. */
  close(path: string): void;
  /** Those that are open, in the order of their opening. */
  readonly paths: () => readonly string[];
  /** Of an open text as it is now; undefined where it is not open. */
  analysis(path: string): Analysis | undefined;
  /** Its last analysis that found no error, as far as one was asked for; undefined before the first. */
  lastGood(path: string): Analysis | undefined;
}

export interface WorkspaceOptions {
  /** Text of a file that is not open; undefined where there is none. It is asked each time. */
  readonly read?: (path: string) => string | undefined;
}

interface Open {
  text: string;
  /** The analysis of this text, with what it read of other files. */
  current: { readonly analysis: Analysis; readonly imported: ReadonlyMap<string, string | undefined> } | undefined;
  good: Analysis | undefined;
}

/** A workspace without texts. */
export function createWorkspace({ read: readClosed }: WorkspaceOptions = {}): Workspace {
  const texts = new Map<string, Open>();
  const parseImport = parseOnce();
  const read = (path: string): string | undefined => texts.get(path)?.text ?? readClosed?.(path);

  const open = (path: string, text: string): void => {
    const known = texts.get(path);
    if (!known) texts.set(path, { text, current: undefined, good: undefined });
    else if (known.text !== text) {
      known.text = text;
      known.current = undefined;
    }
  };

  const analysis = (path: string): Analysis | undefined => {
    const document = texts.get(path);
    if (!document) return undefined;
    const { current } = document;
    if (current && [...current.imported].every(([other, text]) => read(other) === text)) return current.analysis;
    const imported = new Map<string, string | undefined>();
    const noted = (other: string): string | undefined => {
      const text = read(other);
      imported.set(other, text);
      return text;
    };
    const made = analyse({ path, text: document.text }, { read: noted, parseImport });
    document.current = { analysis: made, imported };
    if (!hasErrors(made.diagnostics)) document.good = made;
    return made;
  };

  return {
    open,
    change: open,
    close: (path) => void texts.delete(path),
    paths: () => [...texts.keys()],
    analysis,
    lastGood: (path) => {
      analysis(path);
      return texts.get(path)?.good;
    },
  };
}
