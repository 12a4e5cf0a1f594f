// Of a parameter of a block or network: its type and default, its values at each call, and its shapes where it is a step.

import type { Named } from '../../../compiler/frontend/names/bindings.ts';
import { formatType, formatValue } from '../../../compiler/frontend/values/types.ts';
import type { Value } from '../../../compiler/frontend/values/types.ts';
import type { BlockDefinition, CallStep, NetworkDefinition } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { inlineCode } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { fewOf } from './calls.ts';
import { timesOf, timesText } from './step.ts';

type Owner = BlockDefinition | NetworkDefinition;

/** Paragraphs of Markdown about a parameter; `step` is the step that it is used as, where it is one. */
export function parameterText(analysis: Analysis, named: Named, step: CallStep | undefined): readonly string[] {
  const owner = ownerOf(analysis, named);
  const parameter = owner?.parameters.find((one) => one.name.span === named.span);
  if (!owner || !parameter) return [`**parameter** ${inlineCode(named.name)}`];
  const { type, default: standard } = parameter;
  const text = `${named.name}: ${formatType(type)}${standard ? ` = ${textOf(standard.span)}` : ''}`;
  const seen = step ? timesOf(analysis, step) : [];
  const values = valuesOf(analysis, owner, named.name);
  return [
    `**parameter** ${inlineCode(text.slice(0, 200))}`,
    ...(step && seen.length > 0 ? timesText(analysis, seen, step.span) : []),
    ...(values.length > 0 ? [`Values: ${fewOf(values.map((value) => inlineCode(formatValue(value))))}`] : []),
  ];
}

/** The block or network that has it: of this file, or a block of another one that is called here. */
function ownerOf({ file, bindings }: Analysis, { span }: Named): Owner | undefined {
  const has = ({ parameters }: Owner): boolean => parameters.some(({ name }) => name.span === span);
  for (const definition of file.definitions)
    if ((definition.kind === 'block' || definition.kind === 'network') && has(definition)) return definition;
  for (const call of bindings.calls.values()) if (call.kind === 'block' && has(call.definition)) return call.definition;
  return undefined;
}

/** At each call of its block; of a network those that it is built with, by itself and by its aliases. */
function valuesOf(analysis: Analysis, owner: Owner, name: string): readonly Value[] {
  if (owner.kind === 'block')
    return analysis.seen.flatMap(({ blocks }) =>
      blocks.flatMap(({ definition, parameters }) => (definition === owner ? (parameters.get(name) ?? []) : [])),
    );
  return analysis.networks.flatMap(({ span, name: network, bindings }) =>
    span === owner.span || isAliasOf(analysis, network, owner.name.name) ? (bindings.get(name) ?? []) : [],
  );
}

function isAliasOf({ file }: Analysis, alias: string, target: string): boolean {
  return file.definitions.some((one) => one.kind === 'alias' && one.name.name === alias && one.target.name === target);
}
