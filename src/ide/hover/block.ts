// Of a block: its signature, what it is, and its shapes and cost at each call.

import type { SeenBlock } from '../../../compiler/frontend/index.ts';
import type { Named } from '../../../compiler/frontend/names/bindings.ts';
import { formatValue } from '../../../compiler/frontend/values/types.ts';
import type { BlockDefinition, CallStep } from '../../../grammar/ast.ts';
import { inlineCode, paragraphOf } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { definedSignature, signatureText } from '../completion/signatures.ts';
import { costOfCalls } from '../cost.ts';
import { listOfTimes } from './calls.ts';
import { figuresText, shapesText, unknownShape } from './shapes.ts';

/** Paragraphs of Markdown about a block; of the calls those of `step` only, where it is given. */
export function blockText(analysis: Analysis, named: Named, step: CallStep | undefined): readonly string[] {
  const definition = blockOf(analysis, named);
  if (!definition) return [inlineCode(named.name)];
  const signature = signatureText(definedSignature(definition, named.name));
  return [
    `**block** ${inlineCode(signature)}`,
    ...(definition.doc === undefined ? [] : [paragraphOf(definition.doc)]),
    ...callsText(analysis, definition, step),
  ];
}

function callsText(analysis: Analysis, definition: BlockDefinition, step: CallStep | undefined): readonly string[] {
  const facts = analysis.seen.flatMap((network) => {
    const called = network.blocks.filter((block) => block.definition === definition && (!step || block.step === step));
    if (called.length === 0) return [];
    const costs = costOfCalls(network, called);
    return called.flatMap((block, at) => {
      const shapes = shapesText(block.inputs, [block.result]);
      if (shapes === undefined) return [];
      const { parameters, macs } = costs[at]!;
      return [[shapes, figuresText(parameters, macs), ...argumentsOf(block)].filter(Boolean).join(' · ')];
    });
  });
  if (facts.length > 0) return listOfTimes(facts);
  return [unknownShape(analysis, step?.span ?? definition.name.span)];
}

/** `` `width: 64` `` */
function argumentsOf({ parameters }: SeenBlock): readonly string[] {
  if (parameters.size === 0) return [];
  return [inlineCode([...parameters].map(([name, value]) => `${name}: ${formatValue(value)}`).join(', '))];
}

/** The part of the tree that defines a block, in this file or in another one. */
export function blockOf({ file, bindings }: Analysis, { span }: Named): BlockDefinition | undefined {
  for (const definition of file.definitions)
    if (definition.kind === 'block' && definition.name.span === span) return definition;
  for (const call of bindings.calls.values())
    if (call.kind === 'block' && call.definition.name.span === span) return call.definition;
  return undefined;
}
