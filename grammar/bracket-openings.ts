// Brackets that are closed and never opened: where the opening one most likely belongs, or which of two closing ones is one too many.

import { deeper } from './brackets.ts';
import { beginsLine, endOfHeader } from './bracket-ends.ts';
import { notOpened, openerOf, stray, unopened } from './bracket-errors.ts';
import { closeDownTo, insert, isPaired, report, type Pairing } from './pairing.ts';
import { Colon, LeftBrace, Path, RightBrace } from './tokens.ts';

/** Opens the list over lines that the `]` or `)` ends, behind the line that is indented as it. */
export function opensList(pairing: Pairing, at: number): boolean {
  const { source, tokens, stack, lines, repairs } = pairing;
  const token = tokens[at]!;
  const indent = token.startColumn!;
  const line = lines.get(indent) ?? -1;
  if (token.tokenType === RightBrace || line <= (stack.at(-1)?.index ?? -1) || !beginsLine(tokens, at)) return false;
  lines.delete(indent);
  let next = line;
  let depth = 0;
  for (; next === line || (next < at && !beginsLine(tokens, next)); next += 1) {
    const { tokenType } = tokens[next]!;
    depth += deeper(tokenType);
  }
  if (next === at || depth !== 0 || tokens[next]!.startColumn! <= indent) return false;
  // A bracket that opens before the line and closes in the list would close across this one.
  if (!isPaired(tokens, next, at, repairs)) return false;
  insert(pairing, next, openerOf(token.tokenType));
  report(pairing, notOpened(source, token, tokens[next - 1]!), at);
  return true;
}

/** Lets a `}` close a definition in the place of one before it, behind which more of the definition stands: that one is stray. */
export function closesAgain(pairing: Pairing, at: number): boolean {
  const { source, tokens, stack, repairs, closed } = pairing;
  if (!closed || stack.length > 0 || tokens[at]!.tokenType !== RightBrace || closed.at + 1 === at) return false;
  const stands = beginsLine(tokens, closed.at) && tokens[closed.at]!.startColumn! <= closed.open.indent;
  if (stands) return false;
  repairs.removed.add(closed.at);
  pairing.closed = { at, open: closed.open };
  // It must not close across a bracket that was opened by a guess.
  if (!isPaired(tokens, closed.at, at, repairs)) {
    repairs.removed.delete(closed.at);
    pairing.closed = undefined;
    return false;
  }
  report(pairing, stray(source, tokens[closed.at]!), closed.at);
  return true;
}

/** Opens the body that the `}` ends, where a header that is indented as the `}` has no braces: `network Net(`, `repeat 3`. */
export function opensBody(pairing: Pairing, at: number): boolean {
  const { source, tokens, headers, stack, repairs } = pairing;
  const indent = tokens[at]!.startColumn!;
  const header = headers.get(indent);
  const inner = stack.findLast(({ token }) => token.tokenType === LeftBrace);
  if (header === undefined || (inner && (inner.index > header || inner.indent >= indent))) return false;
  // Each header is looked at once.
  headers.delete(indent);
  const word = tokens[header]!;
  closeDownTo(pairing, inner ? stack.indexOf(inner) + 1 : 0, at);
  const end = endOfHeader(tokens, header, at, repairs);
  if (end === undefined || tokens[end]!.startColumn! <= indent) return false;
  // A path may be a chain.
  if (word.tokenType === Path && end > header + 2) return false;
  if (!isPaired(tokens, end, at, repairs)) return false;
  const colon = tokens[end - 1]!.tokenType === Colon;
  if (colon) repairs.removed.add(end - 1);
  insert(pairing, end, LeftBrace);
  report(pairing, unopened(source, word, tokens[end - 1]!, colon), header);
  return true;
}
