// Builds the graph of an expansion: asks the operators for shapes and parameters, and turns what they refuse into
// diagnostics. After a mistake a value is unknown, and whatever depends on it stays silent.

import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { receptiveFields } from '../../analysis/receptive-field.ts';
import { completeAttributes } from '../../ir/attributes.ts';
import { graphBuilder } from '../../ir/builder.ts';
import type { Graph, ValueId } from '../../ir/graph.ts';
import type { OperatorTable, ParameterSpec, Violation } from '../../ir/operator.ts';
import { formatShape, sameShape, sizeOf, tensorType } from '../../ir/tensor-type.ts';
import { MAX_MACS } from '../../ops/limits.ts';
import type { Shape, TensorType } from '../../ir/tensor-type.ts';
import { grouped } from '../expand/budget.ts';
import { explainMismatch, explainViolation } from './explain-shape.ts';
import type { CheckItem, Expansion, NodeItem } from '../expand/expansion.ts';
import type { Known } from './known.ts';
import { ELEMENT_LIMIT } from './pictures.ts';
import { problem } from '../report.ts';
import { inputSizeGiven } from '../names/traps.ts';
import type { Reporter } from '../report.ts';

export interface Built {
  readonly graph: Graph;
  readonly taps: ReadonlyMap<string, ValueId>;
  readonly chains: readonly ChainShape[];
}

/** What comes out of a chain of the text, at one of the times that it is expanded. */
export interface ChainShape {
  readonly span: Span;
  readonly shape: Shape;
}

/** The graph, or undefined when something in it is wrong; all of that has then been reported. */
export function buildGraph(
  name: string,
  expansion: Expansion,
  operators: OperatorTable,
  reporter: Reporter,
): Built | undefined {
  const builder = graphBuilder(name, operators);
  const known = new Map<number, Known>();
  let whole = !expansion.incomplete;
  let macs = 0;

  for (const { name: input, ref, shape, settings, statement } of expansion.inputs) {
    if (!shape) whole = false;
    else {
      const value = builder.input(input, shape, settings);
      known.set(ref, { value, type: builder.typeOf(value), name: input, span: statement.span });
    }
  }
  for (const item of expansion.items) {
    const good = item.kind === 'node' ? addNode(item) : check(item);
    whole &&= good;
  }
  const outputs = expansion.outputs.map((output) => ({ ...output, known: lookup(output.ref) }));
  if (!whole || outputs.length === 0) return undefined;
  for (const output of outputs) {
    if (!output.known) return undefined;
    builder.output(output.name, output.known.value, output.labels);
  }
  warnUnreached();
  const taps = new Map<string, ValueId>();
  for (const [tap, ref] of expansion.taps) {
    const value = lookup(ref)?.value;
    if (value !== undefined) taps.set(tap, value);
  }
  const chains = expansion.chains.flatMap(({ span, ref }): ChainShape[] => {
    const type = lookup(ref)?.type;
    return type ? [{ span, shape: type.shape }] : [];
  });
  const graph = builder.finish();
  return fieldsFit(graph) ? { graph, taps, chains } : undefined;

  function lookup(ref: number | undefined): Known | undefined {
    return ref === undefined ? undefined : known.get(ref);
  }

  function addNode(item: NodeItem): boolean {
    const { operator, step, origin } = item;
    const operands = item.operands.map(lookup);
    if (!operands.every((operand) => operand !== undefined)) return false;
    const types = operands.map(({ type }) => type);
    const complete = completeAttributes(operator, item.attributes);
    const attributes = operator.canonical?.(complete, types) ?? complete;
    const refused: { constraint: string; violation: Violation }[] = [];
    const results = operator.infer(types, attributes, (constraint, violation = {}) => {
      refused.push({ constraint, violation });
      return undefined;
    });
    const [first] = refused;
    const [result, ...others] = results ?? [];
    if (first || !results || !result) {
      const { constraint, violation } = first ?? { constraint: 'C1', violation: {} };
      explainViolation({ item, attributes, operands, constraint, violation }, reporter);
      return false;
    }
    if (results.length !== item.results.length) {
      const message = `\`${operator.name}\` gives ${results.length} ${results.length === 1 ? 'result' : 'results'} here`;
      reporter.report(
        problem('flow/result-count', step.span, message, {
          found: item.results.length === 1 ? 'one place for them' : `${item.results.length} names`,
          expected: `${resultNames(results.length)} = ${textOf(step.span)}`,
          fixes: [
            { message: `${resultNames(results.length)} = ${textOf(step.span)}, then go on from one of the names` },
          ],
        }),
      );
      return false;
    }
    if (!results.every((type) => fits(type, step.span))) return false;
    macs += operator.macs?.(attributes, types, results) ?? 0;
    if (macs > MAX_MACS)
      return tooMuch('limit/macs', item, 'the network takes too many multiply–accumulates', macs, MAX_MACS);
    const trap = item.paths ? undefined : inputSizeGiven(step, operator, attributes, types);
    if (trap) reporter.report(trap);
    const specs = operator.parameters?.(attributes, types) ?? [];
    const parameters = nodeParameters(item, specs);
    if (!parameters) return false;
    const values = builder.node({
      op: operator.name,
      name: item.name,
      inputs: operands.map(({ value }) => value),
      parameters,
      origin,
      applied: { attributes, results: [result, ...others], parameters: specs },
    });
    for (const [index, value] of values.entries()) {
      known.set(item.results[index]!, {
        value,
        type: builder.typeOf(value),
        name: item.name,
        span: step.span,
        made: { item, attributes, inputs: operands },
      });
    }
    return true;
  }

  /** The operator's parameters: constants where the weights are written down. */
  function nodeParameters(item: NodeItem, specs: readonly ParameterSpec[]): readonly ValueId[] | undefined {
    let right = true;
    for (const spec of specs) {
      const literal = item.weights.get(spec.name);
      if (literal && !sameShape(literal.shape, spec.shape)) {
        right = false;
        reporter.report(
          problem('weights/literal', literal.span, `\`${spec.name}\` has the wrong shape`, {
            found: formatShape(literal.shape),
            expected: formatShape(spec.shape),
            fixes: [
              {
                message: `write lists of ${formatShape(spec.shape)} numbers; \`weight: …\` is not needed for weights that are learnt`,
              },
            ],
          }),
        );
      } else if (!fits(tensorType(spec.shape, false), item.step.span)) right = false;
    }
    return right
      ? specs.map((spec) => {
          const literal = item.weights.get(spec.name);
          if (literal) return builder.constant(literal.shape, literal.data);
          return builder.parameter(`${item.name}.${spec.name}`, spec.shape, spec.role, spec.initial);
        })
      : undefined;
  }

  function fits({ shape }: TensorType, span: Span): boolean {
    if (sizeOf(shape) <= ELEMENT_LIMIT) return true;
    reporter.report(
      problem('limit/elements', span, 'a tensor has too many elements', {
        found: `${formatShape(shape)}: ${sizeOf(shape)} elements`,
        expected: `at most ${grouped(ELEMENT_LIMIT)} (2^31 − 1)`,
        limit: true,
        fixes: [{ message: 'fewer channels, or a smaller input' }],
      }),
    );
    return false;
  }

  /** Whether the receptive fields of all values are whole numbers that are exact. */
  function fieldsFit(graph: Graph): boolean {
    const fields = receptiveFields(graph, operators);
    for (const item of expansion.items) {
      const field = item.kind === 'node' ? fields.get(lookup(item.results[0])!.value) : undefined;
      const largest = field && Math.max(...[...field.size, ...field.jump, ...field.start].map(Math.abs));
      if (item.kind === 'node' && largest !== undefined && !(largest <= Number.MAX_SAFE_INTEGER)) {
        const message = 'windows and strides up to here cover too many pixels';
        return tooMuch('limit/receptive-field', item, message, largest, Number.MAX_SAFE_INTEGER);
      }
    }
    return true;
  }

  /** `count` is past where whole numbers are exact, or near it: it is told in round figures. */
  function tooMuch(code: string, { step }: NodeItem, message: string, count: number, most: number): false {
    const expected = `at most ${grouped(most)}`;
    const found = `about ${Number.isFinite(count) ? count.toExponential(1) : '1e309 or more'}`;
    const fixes = [{ message: 'a smaller input, smaller windows, or fewer channels and strides' }];
    reporter.report(problem(code, step.span, message, { found, expected, limit: true, fixes }));
    return false;
  }

  function check(item: CheckItem): boolean {
    const found = lookup(item.ref);
    if (!found) return false;
    const { shape } = found.type;
    const agrees =
      shape.length === item.pattern.length &&
      item.pattern.every((extent, axis) => extent === undefined || extent === shape[axis]);
    if (agrees) known.set(item.result, found);
    else explainMismatch(item, found, reporter);
    return agrees;
  }

  /** Warns of steps whose result nothing uses. */
  function warnUnreached(): void {
    const used = new Set(expansion.outputs.map(({ ref }) => lookup(ref)?.value));
    for (const item of expansion.items)
      if (item.kind === 'node') for (const ref of item.operands) used.add(lookup(ref)?.value);
    for (const item of expansion.items) {
      if (item.kind !== 'node' || item.results.some((ref) => used.has(lookup(ref)?.value))) continue;
      reporter.report(
        problem('flow/unreached', item.step.span, `the result of \`${item.step.callee.name}\` reaches no output`, {
          severity: 'warning',
          found: item.step.callee.name,
          expected: 'a way to the output',
          fixes: [{ message: 'leave it out, or join it: `add(NAME)`, `concat(NAME)`' }],
        }),
      );
    }
    for (const { ref, statement } of expansion.inputs) {
      if (used.has(lookup(ref)?.value)) continue;
      reporter.report(
        problem('flow/unreached', statement.span, `nothing uses the input \`${statement.name.name}\``, {
          severity: 'warning',
          found: statement.name.name,
          expected: 'a chain that starts from it, or an argument',
          fixes: [{ message: `leave it out, or join it: \`add(${statement.name.name})\`` }],
        }),
      );
    }
  }
}

function resultNames(count: number): string {
  return count <= 4 ? ['a', 'b', 'c', 'd'].slice(0, count).join(', ') : `a, b, …`;
}
