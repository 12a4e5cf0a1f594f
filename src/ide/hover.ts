// What is said about the name under the pointer: of a step its shapes with their arithmetic and what they cost, of what the text
// defines its values and shapes at each use, of the language's own words what they mean.

import type { Analysis } from './analysis.ts';
import { attributeText } from './hover/attributes.ts';
import { blockText } from './hover/block.ts';
import { knownText } from './hover/known.ts';
import { namedText } from './hover/named.ts';
import { networkText } from './hover/network.ts';
import { stepCalledAt } from './hover/places.ts';
import { stepText } from './hover/step.ts';
import { isNamed, nameAt, originalOf } from './names.ts';
import type { Hover } from './types.ts';

/** About the name at an offset; undefined where none stands, or nothing is known of it. Never throws. */
export function hover(analysis: Analysis, offset: number): Hover | undefined {
  const use = nameAt(analysis, offset);
  if (!use) return undefined;
  const { span } = use;
  const definition = originalOf(use.definition);
  const step = stepCalledAt(analysis, span);
  const paragraphs = ((): readonly string[] => {
    if (!isNamed(definition)) {
      if (definition.kind === 'operator') return stepText(analysis, definition.operator, step, span);
      if (definition.kind === 'attribute') return attributeText(analysis, definition.operator, definition.name, span);
      return knownText(analysis, definition, span);
    }
    if (definition.kind === 'block') return blockText(analysis, definition, step);
    if (definition.kind === 'network') return networkText(analysis, definition);
    return namedText(analysis, definition, step);
  })();
  if (paragraphs.length === 0) return undefined;
  return { range: { start: span.start, end: span.end }, markdown: paragraphs.join('\n\n') };
}
