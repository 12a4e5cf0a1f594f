// Of an operator as a step: its shapes with their arithmetic, what it costs and what it sees, and its attributes here.

import { receptiveFields } from '../../../compiler/analysis/receptive-field.ts';
import type { ReceptiveField } from '../../../compiler/analysis/receptive-field.ts';
import type { SeenNode } from '../../../compiler/frontend/index.ts';
import type { Graph, ValueId } from '../../../compiler/ir/graph.ts';
import type { Operator } from '../../../compiler/ir/operator.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { summaryOf } from '../../../compiler/ops/texts.ts';
import type { CallStep } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { extentText } from '../../text/format.ts';
import { inlineCode, paragraphOf } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { costOfNode } from '../cost.ts';
import { attributeLines } from './attributes.ts';
import { listOfTimes } from './calls.ts';
import { figuresText, shapesText, unknownShape } from './shapes.ts';

/** A node with the network that it is seen in. */
interface Seen {
  readonly network: string;
  readonly node: SeenNode;
}

/** Paragraphs of Markdown about an operator; `step` is the one that it is called by, absent where it is an argument. */
export function stepText(
  analysis: Analysis,
  operator: Operator,
  step: CallStep | undefined,
  span: Span,
): readonly string[] {
  const seen = step ? timesOf(analysis, step) : [];
  const [first] = seen;
  // After a mistake an attribute may be missing.
  const isKnown = seen.length === 1 && first!.node.results.every((type) => type !== undefined);
  const title = (isKnown ? operator.describe?.(first!.node.attributes) : undefined) ?? operator.name;
  const attributes = attributeLines(
    operator,
    step,
    seen.map(({ node }) => node.attributes),
  );
  return [
    [`**${paragraphOf(title)}**`, nameText(seen)].join(' ').trimEnd(),
    ...(step && !isGiven(analysis, step) ? timesText(analysis, seen, span) : []),
    paragraphOf(summaryOf(operator)),
    ...(attributes.length > 0 ? [attributes.map((line) => `- ${line}`).join('\n')] : []),
  ];
}

/** Whether it is given to a parameter of type `block`: it is a step where that is called, and has its shapes there. */
function isGiven({ bindings }: Analysis, { span }: CallStep): boolean {
  return [...bindings.calls.values()].some(
    (call) =>
      call.kind === 'block' &&
      call.given.some(({ kind, argument }) => kind === 'block' && argument.value.span === span),
  );
}

/** What is known of a step at each of the times that it is expanded. */
export function timesText(analysis: Analysis, seen: readonly Seen[], span: Span): readonly string[] {
  const whole = seen.filter(({ node }) => node.results.every((type) => type !== undefined));
  const [first] = whole;
  if (!first) return [unknownShape(analysis, span)];
  const facts = whole.map((one) => factsOf(one.node));
  if (whole.length > 1)
    return listOfTimes(facts.map(({ shapes, figures }) => [shapes, figures].filter(Boolean).join(' · ')));
  const { shapes, figures, arithmetic } = facts[0]!;
  const field = fieldText(analysis, first);
  return [
    shapes,
    ...(arithmetic === undefined ? [] : [paragraphOf(arithmetic)]),
    ...(figures || field ? [[figures, field].filter(Boolean).join(' · ')] : []),
  ];
}

/** A step in all networks, each time that it is expanded. */
export function timesOf({ seen }: Analysis, step: CallStep): readonly Seen[] {
  return seen.flatMap(({ name, nodes }) =>
    nodes.flatMap((node) => (node.step === step ? [{ network: name, node }] : [])),
  );
}

interface Facts {
  readonly shapes: string;
  readonly figures: string;
  readonly arithmetic: string | undefined;
}

function factsOf(node: SeenNode): Facts {
  const { operator, attributes } = node;
  const inputs = node.inputs.filter((type) => type !== undefined);
  const { parameters, macs } = costOfNode(node);
  return {
    shapes: shapesText(node.inputs, node.results) ?? '',
    figures: figuresText(parameters, macs),
    arithmetic: inputs.length === node.inputs.length ? operator.explain?.(attributes, inputs) : undefined,
  };
}

const fields = new WeakMap<Graph, ReadonlyMap<ValueId, ReceptiveField>>();

function fieldText({ networks }: Analysis, { network, node }: Seen): string {
  const graph = networks.find(({ name }) => name === network)?.graph;
  const made = graph?.nodes.find(({ name }) => name === node.name);
  if (!graph || !made) return '';
  const known = fields.get(graph) ?? receptiveFields(graph, operators);
  fields.set(graph, known);
  const [height, width] = known.get(made.results[0]!)?.size ?? [1, 1];
  if (height === 1 && width === 1) return '';
  return `sees ${extentText([height, width])} pixels of the input`;
}

/** `` `conv1` ``, where the step has one name only. */
function nameText(seen: readonly Seen[]): string {
  return seen.length === 1 ? inlineCode(seen[0]!.node.name) : '';
}
