// The program that the page opens with, inside its HTML.

import { embeddedJson } from '../report/html/data.ts';
import type { Program } from './program.ts';

export interface OpeningProgram extends Program {
  /** The user named it: what was written in the browser before does not take its place. */
  readonly asked?: boolean;
}

const start = '<script type="application/json" id="program">';

/** The page's HTML with this program. */
export function embedProgram(html: string, program: OpeningProgram): string {
  const at = html.indexOf(start) + start.length;
  return `${html.slice(0, at)}${embeddedJson(program)}${html.slice(html.indexOf('</script>', at))}`;
}
