// The shape that flows at the caret, where the analysis has seen it.

import type { IToken } from 'chevrotain';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import type { Analysis } from '../analysis.ts';
import type { Frame } from './frames.ts';

/** That of the last step before the caret in the same braces; undefined where it is another each time, or not known. */
export function flowingShape({ seen, source }: Analysis, frame: Frame, tokens: readonly IToken[]): Shape | undefined {
  const body = bodyOf(frame);
  if (!body) return undefined;
  const start = tokens[body.open]!.startOffset;
  const end = endOfFlow(frame, tokens);
  if (end === undefined) return undefined;
  let shape: Shape | undefined;
  let last = -1;
  for (const network of seen) {
    const places = [
      ...network.nodes.map(({ step, results }) => ({ span: step.span, type: results[0] })),
      ...network.blocks.map(({ step, result }) => ({ span: step.span, type: result })),
      ...network.inputs.map(({ statement, type }) => ({ span: statement.span, type })),
    ];
    for (const { span, type } of places) {
      if (span.source !== source || span.start < start || span.end > end || span.end < last) continue;
      if (span.end === last && shape && type && shape.join() !== type.shape.join()) return undefined;
      last = span.end;
      shape = type?.shape;
    }
  }
  return shape;
}

/** The braces that the caret's chain stands in. */
function bodyOf(frame: Frame): Frame | undefined {
  for (let at: Frame | undefined = frame; at; at = at.parent) if (at.kind === 'body') return at;
  return undefined;
}

/** Where what flows into the caret's step ends: before the arguments that it is in. */
function endOfFlow(frame: Frame, tokens: readonly IToken[]): number | undefined {
  let at = frame;
  while (at.parent && at.kind !== 'body' && at.kind !== 'arguments') at = at.parent;
  if (at.kind === 'arguments') return tokens[at.open - 1]?.startOffset;
  return at.kind === 'body' ? (tokens.at(-1)?.endOffset ?? 0) + 1 : undefined;
}
