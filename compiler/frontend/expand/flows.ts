// What flows, as operands: one value, or all of a list.

import type { Span } from '../../../grammar/source.ts';
import type { Ref } from '../names/scope.ts';
import { problem } from '../report.ts';
import type { Expansion } from './expansion.ts';
import { nothingFlows } from './walk.ts';
import type { Flow, Walk } from './walk.ts';

/** The values that flow into the step at `span`; each of a list counts as work. */
export function operandsOf({ budget, reporter }: Walk, flow: Flow, span: Span): readonly Ref[] {
  if ('none' in flow) return [];
  if ('ref' in flow) return [flow.ref];
  return flow.refs.every(() => budget.work(span, reporter.report)) ? flow.refs : [];
}

/** The one value that flows where one is needed; what else flows is reported. */
export function oneOf({ reporter }: Walk, flow: Flow, span: Span): Ref {
  if ('ref' in flow) return flow.ref;
  if ('none' in flow) reporter.report(nothingFlows(span, flow.none));
  else if (flow.refs.length === 1) return flow.refs[0];
  else
    reporter.report(
      problem('flow/list', span, 'a list of values flows here, where one is needed', {
        found: `${flow.refs.length} values`,
        expected: 'one value',
        fixes: [
          {
            message: `join them: \`concat\` or \`add\`, or take one of the list: \`xs[-1]\``,
          },
        ],
      }),
    );
  return undefined;
}

/** The items of a list as outputs: its name with their numbers. */
export function listed(name: string, span: Span, refs: readonly Ref[]): Expansion['outputs'] {
  return refs.map((ref, index) => ({ name: `${name}${index + 1}`, ref, span }));
}
