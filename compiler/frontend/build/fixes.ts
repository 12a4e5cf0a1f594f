// Changes of the text that would mend a shape: another attribute value, found by trying, or a step put before.

import type { Edit, Fix } from '../../../grammar/diagnostic.ts';
import { lineText, positionOf, textOf } from '../../../grammar/source.ts';
import type { Attribute, Attributes } from '../../ir/graph.ts';
import type { Shape } from '../../ir/tensor-type.ts';
import type { NodeItem } from '../expand/expansion.ts';
import { formatAttribute } from '../values/written.ts';
import { contains } from '../report.ts';
import type { Known } from './known.ts';

type Made = NonNullable<Known['made']>;

/** The step with one attribute changed. */
export function attributeFix(item: NodeItem, name: string, value: Attribute): Fix {
  return changedStep(item, [[name, formatAttribute(value)]]);
}

/** `flatten -> dense(10)`, or `flatten` on a line of its own where a label would otherwise come to name both. */
export function insertBefore(item: NodeItem, step: string): Fix {
  const { source } = item.step.span;
  const { offset, own } = item.before;
  const line = lineText(source, positionOf(source, offset).line);
  const indent = line.slice(0, line.length - line.trimStart().length);
  return {
    message: own ? `\`${step}\` on the line before` : `${step} -> ${textOf(item.step.span)}`,
    edits: [{ span: { source, start: offset, end: offset }, text: own ? `${step}\n${indent}` : `${step} -> ` }],
  };
}

/**
 * Paddings, strides and channels with which the step would give the target's extents on the given axes.
 * The simplest is first; at most one is returned.
 */
export function searchAttributes(made: Made, target: Shape, axes: readonly number[]): readonly Fix[] {
  const { item, attributes } = made;
  for (const change of candidates(item, attributes, target, axes)) {
    const result = resultWith(made, change);
    if (!result || result.length !== target.length || axes.some((axis) => result[axis] !== target[axis])) continue;
    return [
      changedStep(
        item,
        Object.entries(change).map(([name, value]) => [name, formatAttribute(value)]),
      ),
    ];
  }
  return [];
}

function* candidates(
  item: NodeItem,
  attributes: Attributes,
  target: Shape,
  axes: readonly number[],
): Generator<Attributes> {
  const known = (name: string): boolean => Object.hasOwn(item.operator.attributes, name);
  const width: Attributes = !axes.includes(0)
    ? {}
    : known('channels')
      ? { channels: target[0]! }
      : known('features')
        ? { features: target[0]! }
        : {};
  if (!axes.some((axis) => axis > 0)) {
    if (Object.keys(width).length > 0) yield width;
    return;
  }
  const kernel = attributes['kernel'];
  const most = Array.isArray(kernel) ? Math.max(...kernel) : 0;
  if (known('padding')) {
    for (let padding = 0; padding <= Math.min(most, 64); padding += 1)
      yield { ...width, padding: [padding, padding, padding, padding] };
    if (Array.isArray(kernel) && kernel[0] !== kernel[1]) {
      const [top, left] = kernel.map((extent: number) => Math.floor(extent / 2)) as [number, number];
      yield { ...width, padding: [top, left, top, left] };
    }
  }
  if (!known('stride')) return;
  for (let stride = 1; stride <= 8; stride += 1) yield { ...width, stride: [stride, stride] };
  if (!known('padding')) return;
  if (!known('weight') && most > 0) {
    // A pooling that keeps the size, as in the Inception block.
    const odd = most + 1 - (most % 2);
    const padding = (odd - 1) / 2;
    yield { kernel: [odd, odd], stride: [1, 1], padding: [padding, padding, padding, padding] };
  }
  for (let stride = 1; stride <= 8; stride += 1) {
    const padding = Math.floor(most / 2);
    yield { ...width, stride: [stride, stride], padding: [padding, padding, padding, padding] };
  }
}

function resultWith({ item, attributes, inputs }: Made, change: Attributes): Shape | undefined {
  const types = inputs.map(({ type }) => type);
  const changed = { ...attributes, ...change };
  return item.operator.infer(types, item.operator.canonical?.(changed, types) ?? changed, () => undefined)?.[0]?.shape;
}

/** The step's text with attributes replaced where they are written, and added by name where they are not. */
function changedStep({ step, written, operator }: NodeItem, changes: readonly (readonly [string, string])[]): Fix {
  const { source, start } = step.span;
  const given = written ?? step.arguments ?? [];
  // Of a step that joins values, those without a name are values.
  const positional = (operator.arity?.max ?? 1) > 1 ? [] : Object.keys(operator.attributes);
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const [name, text] of changes) {
    const known = given.find((argument, index) =>
      argument.name ? argument.name.name === name : positional[index] === name,
    );
    if (known) edits.push({ span: known.value.span, text });
    else added.push(`${name}: ${text}`);
  }
  const last = step.arguments?.at(-1);
  if (added.length > 0) {
    const inside = last ? `, ${added.join(', ')}` : added.join(', ');
    const at = last ? last.span.end : step.arguments ? step.span.end - 1 : step.callee.span.end;
    edits.push({ span: { source, start: at, end: at }, text: step.arguments ? inside : `(${inside})` });
  }
  // An argument that is bound to a parameter is written somewhere else.
  if (edits.some(({ span }) => !contains(step.span, span)))
    return { message: changes.map(([name, text]) => `${name}: ${text}`).join(', '), edits };
  let message = textOf(step.span);
  for (const { span, text } of edits.toSorted((a, b) => b.span.start - a.span.start)) {
    message = message.slice(0, span.start - start) + text + message.slice(span.end - start);
  }
  return { message, edits };
}
