// Explains a shape that does not fit: which step made it so, the chain of shapes that led there with the arithmetic,
// and the change that the arithmetic finds.

import type { Fix, TraceLine } from '../../../grammar/diagnostic.ts';
import { lineOf, textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Attributes, Origin } from '../../ir/graph.ts';
import type { Violation } from '../../ir/operator.ts';
import { formatShape } from '../../ir/tensor-type.ts';
import type { Shape } from '../../ir/tensor-type.ts';
import type { Known } from './known.ts';
import type { CheckItem, NodeItem } from '../expand/expansion.ts';
import { attributeFix, insertBefore, searchAttributes } from './fixes.ts';
import { contains, problem, replacement } from '../report.ts';
import type { Reporter } from '../report.ts';

interface Refusal {
  readonly item: NodeItem;
  readonly attributes: Attributes;
  readonly operands: readonly Known[];
  readonly constraint: string;
  readonly violation: Violation;
}

/** Reports that an operator refused its operands. */
export function explainViolation(refusal: Refusal, reporter: Reporter): void {
  const { item, constraint, violation } = refusal;
  const { operator } = item;
  const code = violation.limit ? 'limit/elements' : `${operator.name}/${constraint}`;
  const blamed = blame(refusal);
  if (reporter.repeats(code, blamed.span)) return;
  const joins = refusal.operands.length > 1;
  const trace = joins ? operandLines(refusal, blamed) : chainOfShapes(refusal.operands[0], blamed.span);
  const fixes = joins ? joinFixes(refusal, blamed) : stepFixes(item, violation);
  const bound = (item.written ?? []).filter(({ span }) => !contains(item.step.span, span));
  reporter.report(
    problem(code, blamed.span, operator.constraints[constraint] ?? `\`${operator.name}\` refuses its input`, {
      ...(violation.found !== undefined && { found: violation.found }),
      ...(violation.expected !== undefined && { expected: violation.expected }),
      ...(trace.length > 0 && { trace }),
      ...(violation.notes && !joins && { notes: violation.notes }),
      ...(bound.length > 0 && { related: bound.map(({ span }) => ({ span, message: 'given' })) }),
      fixes: fixes.length > 0 ? fixes : [advice(refusal, blamed)],
      ...(violation.limit && { limit: true }),
    }),
  );
}

/** Reports that a value does not have the shape written after its chain. */
export function explainMismatch(item: CheckItem, found: Known, reporter: Reporter): void {
  const code = 'shape/mismatch';
  if (reporter.repeats(code, item.span)) return;
  const { shape } = found.type;
  const target = item.pattern.map((extent, axis) => extent ?? shape[axis] ?? 1);
  const fixes: Fix[] = [];
  if (target.length === shape.length) {
    const axes = differing(shape, target);
    const maker = makerOf(found, axes);
    // A step of another block may be right for its other callers.
    if (
      maker.made &&
      maker.span.source === item.span.source &&
      callDepth(maker.made.item.origin) === callDepth(item.origin)
    ) {
      fixes.push(...searchAttributes(maker.made, target, axes));
    }
  }
  const pattern = item.pattern.map((extent) => extent ?? '_').join(', ');
  const right = shape.length === target.length ? rewritten(item, shape) : formatShape(shape);
  fixes.push(replacement(item.span, right, `: ${right}`));
  reporter.report(
    problem(code, item.span, 'the value does not have the shape written here', {
      found: formatShape(shape),
      expected: `[${pattern}]`,
      trace: chainOfShapes(found, item.span),
      fixes,
    }),
  );
}

/** The written shape with what is wrong put right. */
function rewritten({ pattern, written }: CheckItem, shape: Shape): string {
  const extents = shape.map((extent, axis) =>
    pattern[axis] === undefined || pattern[axis] === extent ? written[axis] : extent,
  );
  return `[${extents.join(', ')}]`;
}

interface Blame {
  readonly span: Span;
  /** The operand that does not fit and one that does, where operands disagree. */
  readonly operand?: number;
  readonly target?: Shape;
  readonly axes: readonly number[];
  /** The step that made the operand's shape what it is, when it stands in the blamed path. */
  readonly maker?: Known;
}

function blame({ item, operands, violation }: Refusal): Blame {
  const { operand } = violation;
  const step = { span: item.step.span, axes: [] };
  if (operand === undefined || operands.length < 2) return step;
  // `[C, H, W]` is asked of this operand, whatever the others are.
  if (!item.paths && /^\[\p{L}/u.test(violation.expected ?? '')) return { ...step, operand };
  const shape = operands[operand]!.type.shape;
  const target = operands.find((_, index) => index !== operand)!.type.shape;
  const axes =
    shape.length === target.length
      ? differing(shape, target).filter((axis) => item.operator.name !== 'concat' || axis > 0)
      : shape.map((_, axis) => axis);
  const path = item.paths?.[operand];
  if (!path) return { ...step, operand, target, axes };
  const maker = makerOf(operands[operand]!, axes);
  const places = maker.made ? [maker.span, ...maker.made.item.origin.scopes.map(({ span }) => span).toReversed()] : [];
  const span = places.find((place) => contains(path.span, place));
  if (!span) return { span: path.span, operand, target, axes };
  return { span, operand, target, axes, ...(span === maker.span && { maker }) };
}

/** One line per operand; the arithmetic where it went wrong. */
function operandLines({ item, operands }: Refusal, { operand, maker }: Blame): readonly TraceLine[] {
  return operands.map((known, index) => {
    const arithmetic = index === operand && maker ? arithmeticOf(maker) : undefined;
    return {
      label: item.paths?.[index]?.name ?? known.name,
      shape: formatShape(known.type.shape),
      ...(arithmetic !== undefined && { arithmetic }),
    };
  });
}

/** From the input to the value: every step that changed the shape. */
export function chainOfShapes(known: Known | undefined, place: Span): readonly TraceLine[] {
  const lines: TraceLine[] = [];
  for (let at = known; at; at = before(at)) {
    const from = before(at);
    const unchanged = from && from.type.shape.join() === at.type.shape.join();
    if (unchanged) continue;
    const arithmetic = arithmeticOf(at);
    lines.unshift({
      ...(at.made && at.span.source === place.source && { line: lineOf(at.span) }),
      label: at.name,
      shape: formatShape(at.type.shape),
      ...(arithmetic !== undefined && { arithmetic }),
    });
  }
  if (lines.length <= 10) return lines;
  return [lines[0]!, { label: `… ${lines.length - 9} more`, shape: '' }, ...lines.slice(-8)];
}

/** The value that a step took; for the join of paths, what all of them started from. */
function before(known: Known): Known | undefined {
  if (!known.made) return undefined;
  const [first] = known.made.inputs;
  const path = known.made.item.paths?.[0];
  let at = first;
  while (
    path &&
    at?.made &&
    [at.span, ...at.made.item.origin.scopes.map(({ span }) => span)].some((span) => contains(path.span, span))
  ) {
    at = before(at);
  }
  return at;
}

function arithmeticOf({ made }: Known): string | undefined {
  return made?.item.operator.explain?.(
    made.attributes,
    made.inputs.map(({ type }) => type),
  );
}

/** The last step that made the given axes differ from what it took: the steps after it only passed them on. */
function makerOf(known: Known, axes: readonly number[]): Known {
  let at = known;
  for (let from = at.made?.inputs[0]; from; from = at.made?.inputs[0]) {
    const [shape, input] = [at.type.shape, from.type.shape];
    if (at.made!.inputs.length > 1 || shape.length !== input.length) break;
    if (axes.some((axis) => shape[axis] !== input[axis])) break;
    // A convolution decides about its channels even where it keeps their number.
    if (axes.includes(0) && ('channels' in at.made!.attributes || 'features' in at.made!.attributes)) break;
    at = from;
  }
  return at;
}

function stepFixes(item: NodeItem, { suggestion, insertBefore: missing }: Violation): readonly Fix[] {
  const fixes: Fix[] = [];
  if (suggestion) fixes.push(attributeFix(item, suggestion.attribute, suggestion.value));
  if (missing !== undefined) fixes.push(insertBefore(item, missing));
  return fixes;
}

function joinFixes(refusal: Refusal, { operand, target, axes, maker }: Blame): readonly Fix[] {
  const { item, operands, violation } = refusal;
  if (operand === undefined || !target) return stepFixes(item, violation);
  const rank = operands[operand]!.type.shape.length;
  if (rank !== target.length) {
    const path = item.paths?.[operand];
    return path && rank === 3 && target.length === 1 ? flattened(path.span) : stepFixes(item, violation);
  }
  if (!item.paths) return valueFixes(refusal, axes);
  if (maker?.made) return searchAttributes(maker.made, target, axes);
  const path = item.paths?.[operand];
  return path ? projection(operands[operand]!.type.shape, target) : [];
}

/** Where a named value is joined with the flowing one: the step that made one of them smaller, changed. */
function valueFixes({ item, operands }: Refusal, axes: readonly number[]): readonly Fix[] {
  for (const [index, known] of operands.entries()) {
    const target = operands[index === 0 ? 1 : 0]!.type.shape;
    const { made, span } = makerOf(known, axes);
    if (!made || span.source !== item.step.span.source) continue;
    if (callDepth(made.item.origin) !== callDepth(item.origin)) continue;
    const found = searchAttributes(made, target, axes);
    if (found.length > 0) return found.map((fix) => ({ ...fix, message: `${fix.message} in line ${lineOf(span)}` }));
  }
  return [];
}

/** What to do where no single change of the step would mend it. */
function advice({ item, operands, violation }: Refusal, { operand, target }: Blame): Fix {
  const { name } = item.operator;
  const [first] = operands;
  if (violation.remedy !== undefined) return { message: violation.remedy };
  if (violation.limit) return { message: 'fewer channels, a smaller kernel or a smaller input' };
  // Somebody listed all values that were to be joined.
  const listed = (item.step.arguments ?? []).filter(({ name: key }) => !key).length;
  if (first && operand === 0 && listed > 1 && listed === operands.length - 1)
    return {
      message: `\`${first.name}\` flows into \`${name}\`, which joins it as well; to leave it out, begin with one of the others: … -> ${name}(…)`,
    };
  if (target) return { message: `change the steps before it so that all of them give ${formatShape(target)}` };
  const flattened = first && flattenBefore(first);
  if (flattened?.made && violation.expected === '[C, H, W]') {
    const shape = formatShape(flattened.made.inputs[0]!.type.shape);
    return {
      message: `\`${name}\` before the \`flatten\` of line ${lineOf(flattened.span)}, or \`reshape(${shape})\` before it`,
    };
  }
  if (first && !first.made && first.type.shape.length === 2 && violation.expected === '[C, H, W]') {
    const shape = formatShape([1, ...first.type.shape]);
    return { message: `${shape} as the shape of \`${first.name}\`, if it is an image of one channel` };
  }
  if (first?.type.shape.length === 2 && violation.expected === '[C, H, W]')
    return { message: `\`to_image(…)\` before \`${name}\`, with the height and width of the image` };
  if (violation.expected?.startsWith('[C, H, W]')) return { message: `\`reshape([…, …, …])\` before \`${name}\`` };
  return {
    message:
      violation.attribute === undefined ? 'change the steps before it' : `choose another \`${violation.attribute}\``,
  };
}

function flattenBefore(known: Known): Known | undefined {
  for (let at: Known | undefined = known; at?.made; at = at.made.inputs[0])
    if (at.made.inputs[0]!.type.shape.length === 3 && at.type.shape.length === 1) return at;
  return undefined;
}

/** A path that ends with an image where the others are flat. */
function flattened(path: Span): readonly Fix[] {
  const message = '`-> flatten` at the end of this path';
  const end = { ...path, start: path.end };
  return [textOf(path).endsWith('}') ? { message } : replacement(end, ' -> flatten', message)];
}

/** A path that changes nothing beside one that shrinks: He et al.'s projection. */
function projection(from: Shape, target: Shape): readonly Fix[] {
  if (target.length !== 3) return [];
  const [channels, height, width] = target;
  for (let stride = 1; stride <= 8; stride += 1) {
    if (Math.ceil(from[1]! / stride) !== height || Math.ceil(from[2]! / stride) !== width) continue;
    const message = `conv(${channels}, kernel: 1${stride > 1 ? `, stride: ${stride}` : ''}) in this path`;
    return [{ message }];
  }
  return [];
}

function differing(a: Shape, b: Shape): readonly number[] {
  return a.flatMap((extent, axis) => (extent === b[axis] ? [] : [axis]));
}

function callDepth({ scopes }: Origin): number {
  return scopes.filter(({ kind }) => kind === 'block').length;
}
