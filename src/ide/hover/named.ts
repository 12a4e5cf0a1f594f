// Of what a text gives names to besides blocks and networks: shapes of values, values of constants, parameters and variables.

import type { Named } from '../../../compiler/frontend/names/bindings.ts';
import { formatValue } from '../../../compiler/frontend/values/types.ts';
import type { Value } from '../../../compiler/frontend/values/types.ts';
import { formatShape } from '../../../compiler/ir/tensor-type.ts';
import type { CallStep, Chain, Identifier } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { visit } from '../../../grammar/visit.ts';
import { inlineCode, paragraphOf } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { fewOf, listOfTimes } from './calls.ts';
import { unknownShape } from './shapes.ts';
import { parameterText } from './parameter.ts';

/** Paragraphs of Markdown about a name; `step` is the step that it is used as, where it is one. */
export function namedText(analysis: Analysis, named: Named, step: CallStep | undefined): readonly string[] {
  const { name, span } = named;
  const title = (what: string, text = name): string => `**${what}** ${inlineCode(text)}`;
  const at = definingNode(analysis, named);
  switch (named.kind) {
    case 'parameter':
      return parameterText(analysis, named, step);
    case 'constant': {
      const value = (at as { readonly value?: { readonly span: Named['span'] } } | undefined)?.value;
      const values = constantValues(analysis, named);
      const written = value && textOf(value.span);
      const known = values.map((one) => formatValue(one));
      return [
        title('const', written === undefined ? name : `${name} = ${written.slice(0, 200)}`),
        ...docOf(at),
        ...(known.length > 0 && !known.includes(written ?? '') ? [`Value: ${fewOf(known.map(inlineCode))}`] : []),
      ];
    }
    case 'variable': {
      const values = variableValues(analysis, named);
      return [
        title('loop variable'),
        ...(values.length > 0 ? [`Values: ${fewOf(values.map((value) => inlineCode(formatValue(value))))}`] : []),
      ];
    }
    case 'input': {
      const types = analysis.seen.flatMap(({ inputs }) =>
        inputs.flatMap(({ statement, type }) => (statement.name.span === span && type ? [type] : [])),
      );
      const given = types.length > 0 ? types.map(({ shape }) => `\`${formatShape(shape)}\``) : [];
      return [title('input'), ...(given.length > 0 ? listOfTimes(given) : [])];
    }
    case 'value':
    case 'share':
    case 'path': {
      const chain = chainOf(at);
      const what = { value: 'value', share: 'shared steps', path: 'path' }[named.kind];
      const result = Array.isArray(at?.['names']) ? at['names'].findIndex((one: Identifier) => one.span === span) : 0;
      const shapes = chain ? shapesOf(analysis, chain, Math.max(0, result)) : [];
      return [
        title(what),
        ...(chain ? [`of ${inlineCode(textOf(chain.span).slice(0, 160))}`] : []),
        ...(shapes.length > 0 ? listOfTimes(shapes) : named.kind === 'value' ? [unknownShape(analysis, span)] : []),
      ];
    }
    case 'learned': {
      const shape = (at as { readonly shape?: { readonly span: Named['span'] } } | undefined)?.shape;
      return [title('learned tensor', shape ? `${name}: ${textOf(shape.span).slice(0, 160)}` : name)];
    }
    case 'missing':
      return [`${inlineCode(name)} could not be imported.`];
    case 'block':
    case 'network':
      return [];
    default:
      return named.kind satisfies never;
  }
}

/** The statement, parameter or path that gives the name. */
function definingNode({ file }: Analysis, { span }: Named): Readonly<Record<string, unknown>> | undefined {
  let found: Readonly<Record<string, unknown>> | undefined;
  const names = (name: unknown): boolean => (name as Identifier | undefined)?.span === span;
  visit(
    file.definitions.filter((definition) => definition.span.start <= span.start && span.end <= definition.span.end),
    (node) => {
      const { name, names: several } = node;
      if (names(name) || (Array.isArray(several) && several.some(names))) found ??= node;
    },
  );
  return found;
}

function docOf(node: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const doc = node?.['doc'];
  return typeof doc === 'string' ? [paragraphOf(doc)] : [];
}

/** The chain whose result has the name: of a path the last of its body. */
function chainOf(node: Readonly<Record<string, unknown>> | undefined): Chain | undefined {
  if (node?.['chain']) return node['chain'] as Chain;
  const body = node?.['body'] as { readonly statements?: readonly Readonly<Record<string, unknown>>[] } | undefined;
  return body?.statements?.at(-1)?.['chain'] as Chain | undefined;
}

/** What comes out of a chain at each of its times: of one with several results, such as `split`, the result of that number. */
function shapesOf({ seen }: Analysis, { span, steps }: Chain, result: number): readonly string[] {
  const last = steps.at(-1);
  return seen.flatMap(({ chains, nodes }) => {
    const single = chains.filter((chain) => chain.span === span);
    const several = nodes.filter(({ step }) => step === last).flatMap(({ results }) => results[result] ?? []);
    return (single.length > 0 ? single : several).map(({ shape }) => `\`${formatShape(shape)}\``);
  });
}

function constantValues(analysis: Analysis, named: Named): readonly Value[] {
  for (const [definition, value] of analysis.constants)
    if (definition.name.span === named.span) return value ? [value] : [];
  return variableValues(analysis, named);
}

function variableValues({ seen }: Analysis, { span }: Named): readonly Value[] {
  return seen.flatMap(({ variables }) =>
    [...variables].flatMap(([identifier, values]) => (identifier.span === span ? values : [])),
  );
}
