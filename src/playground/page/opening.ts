// Which program the page opens with: that of its link, the file that was asked for on the command line, what was written here before,
// or LeNet.

import { programOf } from '../program.ts';
import type { Program } from '../program.ts';
import { byId } from './dom.ts';
import { drafts } from './drafts.ts';
import { programOfLink } from './link.ts';

export interface Opening {
  readonly program: Program;
  /** One sentence, where something is to be said about it. */
  readonly note?: string;
  readonly isLink: boolean;
}

/** `before` is this page's own draft. */
export async function openingProgram(fragment: string, before: Program | undefined): Promise<Opening> {
  const linked = await programOfLink(fragment);
  if (linked && 'text' in linked) return { program: linked, isLink: true };
  const { asked, program } = served();
  const kept = asked ? undefined : (before ?? drafts()[0]?.program);
  return {
    program: kept ?? program,
    isLink: false,
    ...(linked && { note: linked.refused }),
  };
}

/** The page holds a program as JSON; `asked` where it is one that the user named. */
function served(): { readonly asked: boolean; readonly program: Program } {
  const value = JSON.parse(byId('program').textContent) as { readonly asked?: unknown } | null;
  return { asked: value?.asked === true, program: programOf(value) ?? { text: '' } };
}
