// What was written is kept in the browser. Every open page has a draft of its own, so that several do not overwrite one another:
// a page holds a lock on its draft's name, and a copy of it, as a browser makes one of a tab, takes a new name.

import { programOf } from '../program.ts';
import type { Program } from '../program.ts';

export interface Draft {
  readonly id: string;
  readonly program: Program;
  /** Milliseconds since 1970. */
  readonly saved: number;
}

const prefix = 'cnnc.draft.';
/** Drafts that are kept, and the longest text of one. */
const [maxDrafts, maxLength] = [12, 2 ** 18];

/** The drafts of all pages, the newest first. Empty where the browser keeps nothing. */
export function drafts(): readonly Draft[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix))
      .flatMap((key) => {
        const draft = draftOf(key.slice(prefix.length), localStorage.getItem(key));
        return draft ? [draft] : [];
      })
      .toSorted((a, b) => b.saved - a.saved);
  } catch {
    return [];
  }
}

function draftOf(id: string, json: string | null): Draft | undefined {
  try {
    const value = JSON.parse(json ?? '') as { readonly saved?: unknown; readonly program?: unknown };
    const program = programOf(value.program);
    return program && typeof value.saved === 'number' ? { id, program, saved: value.saved } : undefined;
  } catch {
    return undefined;
  }
}

/** This page's draft. */
export interface OwnDraft {
  /** What this page kept before it was loaded again. */
  readonly before: Program | undefined;
  /** One sentence where the program cannot be kept. */
  save(program: Program): string | undefined;
}

/** Finds or begins the draft of this page. */
export async function ownDraft(): Promise<OwnDraft> {
  const id = await ownId();
  return {
    before: drafts().find((draft) => draft.id === id)?.program,
    save: (program) => {
      if (program.text.length > maxLength) return 'This text is too long to be kept in the browser.';
      const draft = JSON.stringify({ saved: Date.now(), program });
      const isKept = kept(id, draft) || [8, 4, 2, 1, 0].some((count) => forget(id, count) && kept(id, draft));
      if (isKept) forget(id, maxDrafts - 1);
      return isKept ? undefined : 'This browser keeps nothing for this page: copy a link to keep the text.';
    },
  };
}

/** False where there is no room for it, or the browser keeps nothing. */
function kept(id: string, draft: string): boolean {
  try {
    localStorage.setItem(`${prefix}${id}`, draft);
    return true;
  } catch {
    return false;
  }
}

/** Removes the oldest drafts of other pages but the newest `count`; returns whether there were any. */
function forget(own: string, count: number): boolean {
  const old = drafts()
    .filter(({ id }) => id !== own)
    .slice(count);
  for (const { id } of old) localStorage.removeItem(`${prefix}${id}`);
  return old.length > 0;
}

async function ownId(): Promise<string> {
  const known = stored();
  if (known !== undefined && (await locked(known))) return known;
  const made = crypto.getRandomValues(new Uint32Array(2)).join('-');
  await locked(made);
  try {
    sessionStorage.setItem(prefix, made);
  } catch {
    // A browser that keeps nothing begins anew each time.
  }
  return made;
}

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(prefix) ?? undefined;
  } catch {
    return undefined;
  }
}

/** What is used of a browser's locks. */
interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable: boolean },
    callback: (lock: unknown) => Promise<never> | undefined,
  ): Promise<unknown>;
}

/** False where another page has the name. It is held as long as this page lives. */
function locked(id: string): Promise<boolean> {
  // Browsers have locks on secure pages only.
  const { locks } = navigator as { readonly locks?: Locks };
  if (!locks) return Promise.resolve(false);
  return new Promise((resolve) => {
    const held = locks.request(`${prefix}${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise<never>(() => {}) : undefined;
    });
    held.catch(() => resolve(false));
  });
}
