// The shape that flows at the caret, where the analysis has seen it.

import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { Arrow } from '../../../grammar/tokens.ts';
import type { Analysis } from '../analysis.ts';
import type { Token } from './caret.ts';
import type { Frame } from './frame.ts';

/**
 * That of the step, or of the input, which ends where the caret's step begins. Undefined where nothing was seen to end there, as in
 * a statement that does not parse, and where it has another shape each time that it is expanded.
 */
export function flowingShape({ seen, source }: Analysis, frame: Frame, tokens: readonly Token[]): Shape | undefined {
  const end = endOfFlow(frame, tokens);
  if (end === undefined) return undefined;
  const shapes = new Map<string, Shape>();
  for (const { nodes, blocks, inputs } of seen) {
    const types = [
      ...nodes
        .filter(({ step }) => step.span.end === end)
        .map(({ step, results }) => ({ span: step.span, type: results[0] })),
      ...blocks
        .filter(({ step }) => step.span.end === end)
        .map(({ step, result }) => ({ span: step.span, type: result })),
      ...inputs
        .filter(({ statement }) => statement.span.end === end)
        .map(({ statement, type }) => ({ span: statement.span, type })),
    ];
    for (const { span, type } of types) if (span.source === source && type) shapes.set(type.shape.join(), type.shape);
  }
  return shapes.size === 1 ? [...shapes.values()][0] : undefined;
}

/** The offset where what flows into the caret's step ends: before its name, and the arrow before that. */
function endOfFlow(frame: Frame, tokens: readonly Token[]): number | undefined {
  let at = frame;
  while (at.parent && at.kind !== 'body' && at.kind !== 'arguments') at = at.parent;
  if (at.kind !== 'body' && at.kind !== 'arguments') return undefined;
  // In arguments, the token before the parenthesis is the callee.
  const before = at.kind === 'arguments' ? at.open - 2 : tokens.length - 1;
  const last = tokens[before]?.tokenType === Arrow ? tokens[before - 1] : tokens[before];
  return last && last.endOffset! + 1;
}
