// Attributes of an operator: the values that a step gives them, and what they mean.

import { bindArguments, operatorCallable } from '../../../compiler/frontend/values/arguments.ts';
import { formatAttribute } from '../../../compiler/frontend/values/written.ts';
import type { Attributes } from '../../../compiler/ir/graph.ts';
import type { AttributeSpec, Operator } from '../../../compiler/ir/operator.ts';
import type { Argument, CallStep } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { inlineCode, paragraphOf } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { operatorSignature, parameterText } from '../completion/signatures.ts';
import { fewOf } from './calls.ts';
import { stepAround } from './places.ts';

/** `` `kernel`: `5` ``, `` `stride`: `1` (default) ``: a line for each that has a value. */
export function attributeLines(
  operator: Operator,
  step: CallStep | undefined,
  times: readonly Attributes[],
): readonly string[] {
  const written = step ? writtenBy(operator, step) : new Map<string, Argument>();
  return Object.entries(operator.attributes).flatMap(([name, spec]) => {
    const value = valueText(name, spec, written.get(name), times);
    if (value === undefined) return [];
    return [`${inlineCode(name)}: ${value}${step && !written.has(name) ? ' (default)' : ''}`];
  });
}

/** Paragraphs of Markdown about an attribute that a step names. */
export function attributeText(analysis: Analysis, operator: Operator, name: string, span: Span): readonly string[] {
  const spec = operator.attributes[name];
  const parameter = operatorSignature(operator).parameters.find((one) => one.name === name);
  if (!spec || !parameter) return [];
  const step = stepAround(analysis, span);
  const times = step
    ? analysis.seen.flatMap(({ nodes }) => nodes.flatMap((node) => (node.step === step ? [node.attributes] : [])))
    : [];
  const value = step && valueText(name, spec, writtenBy(operator, step).get(name), times);
  return [
    `**${paragraphOf(operator.name)}** ${inlineCode(parameterText(parameter))}`,
    paragraphOf(parameter.doc ?? ''),
    ...(value === undefined ? [] : [`Here: ${value}`]),
  ];
}

function writtenBy(operator: Operator, step: CallStep): ReadonlyMap<string, Argument> {
  return bindArguments(step.arguments ?? [], operatorCallable(operator), step.span);
}

/** Its values at the times that the step is expanded; as it is written where none of them is known, and its default otherwise. */
function valueText(
  name: string,
  spec: AttributeSpec,
  argument: Argument | undefined,
  times: readonly Attributes[],
): string | undefined {
  const values = times.flatMap((attributes) => attributes[name] ?? []).length;
  if (values > 0)
    return fewOf(
      times.flatMap((attributes) => {
        const value = attributes[name];
        return value === undefined ? [] : [inlineCode(formatAttribute(value))];
      }),
    );
  if (argument) return inlineCode(textOf(argument.value.span).slice(0, 80));
  if (spec.default === undefined || spec.default === null) return undefined;
  const standard = formatAttribute(spec.default);
  return standard.startsWith('=') ? `that of ${inlineCode(standard.slice(1))}` : inlineCode(standard);
}
