// Of what a text gives names to besides blocks and networks: shapes of values, values of constants, parameters and variables.

import type { Named } from '../../../compiler/frontend/names/bindings.ts';
import { formatType, formatValue } from '../../../compiler/frontend/values/types.ts';
import type { Value } from '../../../compiler/frontend/values/types.ts';
import { formatShape } from '../../../compiler/ir/tensor-type.ts';
import type { CallStep, Chain, Identifier, Parameter } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { visit } from '../../../grammar/visit.ts';
import { inlineCode, paragraphOf } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { fewOf, listOfTimes } from './calls.ts';
import { definitionAround } from './places.ts';
import { unknownShape } from './shapes.ts';
import { timesOf, timesText } from './step.ts';

/** Paragraphs of Markdown about a name; `step` is the step that it is used as, where it is one. */
export function namedText(analysis: Analysis, named: Named, step: CallStep | undefined): readonly string[] {
  const { name, span } = named;
  const title = (what: string, text = name): string => `**${what}** ${inlineCode(text)}`;
  const at = definingNode(analysis, named);
  switch (named.kind) {
    case 'parameter': {
      const parameter = at as Parameter | undefined;
      if (!parameter) return [title('parameter')];
      const { type, default: standard } = parameter;
      const text = `${name}: ${formatType(type)}${standard ? ` = ${textOf(standard.span)}` : ''}`;
      const seen = step ? timesOf(analysis, step) : [];
      const values = parameterValues(analysis, named);
      return [
        title('parameter', text.slice(0, 200)),
        ...(seen.length > 0 ? timesText(analysis, seen, step!.span) : []),
        ...(values.length > 0 ? [`Values: ${fewOf(values.map((value) => inlineCode(formatValue(value))))}`] : []),
      ];
    }
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
      const shapes = chain ? shapesOf(analysis, chain) : [];
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

function shapesOf({ seen }: Analysis, { span }: Chain): readonly string[] {
  return seen.flatMap(({ chains }) =>
    chains.flatMap((chain) => (chain.span === span ? [`\`${formatShape(chain.shape)}\``] : [])),
  );
}

/** At each call of its block; of a network those that it is built with. */
function parameterValues(analysis: Analysis, { name, span }: Named): readonly Value[] {
  const owner = definitionAround(analysis, span);
  if (owner?.kind === 'block')
    return analysis.seen.flatMap(({ blocks }) =>
      blocks.flatMap(({ definition, parameters }) => (definition === owner ? (parameters.get(name) ?? []) : [])),
    );
  if (owner?.kind !== 'network') return [];
  return analysis.networks.flatMap(({ span: at, name: network, bindings }) =>
    at === owner.span || isAliasOf(analysis, network, owner.name.name) ? (bindings.get(name) ?? []) : [],
  );
}

function isAliasOf({ file }: Analysis, alias: string, target: string): boolean {
  return file.definitions.some((one) => one.kind === 'alias' && one.name.name === alias && one.target.name === target);
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
