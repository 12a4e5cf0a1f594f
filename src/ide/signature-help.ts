// What the parentheses at the caret take: the signature of the operator, block, network or setting that is called there, and
// which of its parameters the caret is in.

import { paragraphOf } from '../text/markdown.ts';
import type { Analysis } from './analysis.ts';
import { caretAt } from './completion/caret.ts';
import { frameAt } from './completion/frames.ts';
import type { Frame } from './completion/frame.ts';
import { parameterText } from './completion/signatures.ts';
import type { Signature, SignatureParameter } from './completion/signatures.ts';
import { calledBy } from './completion/wanted.ts';
import { isReadable } from './readable.ts';
import type { SignatureHelp } from './types.ts';

/** The innermost call around the offset that is known; undefined outside of all, and in comments. Never throws. */
export function signatureHelp(analysis: Analysis, offset: number): SignatureHelp | undefined {
  const { source } = analysis;
  if (!isReadable(analysis)) return undefined;
  const caret = caretAt(source, Math.max(0, Math.min(offset, source.text.length)));
  if (caret.comment) return undefined;
  for (let frame: Frame | undefined = frameAt(caret.tokens); frame; frame = frame.parent) {
    const signature = calledBy(analysis, frame);
    if (signature) return helpFor(signature, frame);
    if (frame.kind === 'body') return undefined;
  }
  return undefined;
}

function helpFor(signature: Signature, frame: Frame): SignatureHelp {
  const { name, parameters, doc } = signature;
  let label = `${name}(`;
  const places = parameters.map((parameter, at) => {
    if (at > 0) label += ', ';
    const start = label.length;
    label += parameterText(parameter);
    const range = { start, end: label.length };
    return { range, ...(parameter.doc !== undefined && { markdown: paragraphOf(parameter.doc) }) };
  });
  const active = activeIn(parameters, frame);
  return {
    label: `${label})`,
    parameters: places,
    ...(doc !== undefined && { markdown: paragraphOf(doc) }),
    ...(active >= 0 && { active }),
  };
}

/** By its name where it has one, else by its place; behind a named argument the next one is named as well: by what is written of it. */
function activeIn(parameters: readonly SignatureParameter[], { siblings, items }: Frame): number {
  const [name, sign] = siblings;
  if (sign?.is === ':') return parameters.findIndex((parameter) => parameter.name === name!.text);
  if (items.some((item) => item[1]?.is === ':')) {
    const half = siblings.length === 1 ? name!.text : undefined;
    const given = new Set(items.map((item) => item[0]?.text));
    return parameters.findIndex((one) => half !== undefined && one.name.startsWith(half) && !given.has(one.name));
  }
  return items.length < parameters.length ? items.length : -1;
}
