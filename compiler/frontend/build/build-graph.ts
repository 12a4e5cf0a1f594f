// The graph of a network whose steps are all there: its outputs, and what can be said only of the whole.

import { receptiveFields } from '../../analysis/receptive-field.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Graph, ValueId } from '../../ir/graph.ts';
import { removeDead } from '../../ir/rewrite.ts';
import { typeOf } from '../../ir/signature.ts';
import type { ChainShape, Expansion } from '../expand/expansion.ts';
import { problem } from '../report.ts';
import type { Reporter } from '../report.ts';
import { knownOf, tooMuch } from './building.ts';
import type { Building } from './building.ts';
import { inOrder, isOfImages } from './weights.ts';

export interface Built {
  /** Without what only auxiliary outputs depend on. */
  readonly graph: Graph;
  /** With it, for a training; absent where there are no auxiliary outputs. */
  readonly trainingGraph?: Graph;
  readonly taps: ReadonlyMap<string, ValueId>;
  readonly chains: readonly ChainShape[];
}

/** The graph, or undefined when something in it is wrong; all of that has then been reported. */
export function finishGraph(building: Building, expansion: Expansion): Built | undefined {
  const { builder, whole: isWhole } = building;
  const outputs = expansion.outputs.map((output) => ({ ...output, known: knownOf(building, output.ref) }));
  if (!isWhole || expansion.incomplete || outputs.length === 0) return undefined;
  for (const output of outputs) {
    if (!output.known || !isOfImages(building, output.known.type, output.span)) return undefined;
    builder.output(output.name, output.known.value, output.facts);
  }
  warnUnreached(building, expansion);
  const whole = inOrder(builder.finish(), building.weights);
  if (!fieldsFit(building, whole) || !hasMainOutput(building, expansion)) return undefined;
  const graph = withoutAuxiliary(whole);
  const taps = new Map<string, ValueId>();
  for (const [tap, ref] of expansion.taps) {
    const value = knownOf(building, ref)?.value;
    if (value !== undefined && graph.types.has(value)) taps.set(tap, value);
  }
  return { graph, ...(graph !== whole && { trainingGraph: whole }), taps, chains: expansion.chains };
}

/** What there is when the training is done; the same object where no output is auxiliary. */
function withoutAuxiliary(graph: Graph): Graph {
  const outputs = graph.outputs.filter(({ auxiliary }) => auxiliary === undefined);
  return outputs.length === graph.outputs.length ? graph : removeDead({ ...graph, outputs });
}

/** Whether an output is left when the training is done. */
function hasMainOutput({ reporter }: Building, { outputs }: Expansion): boolean {
  if (outputs.some(({ facts }) => facts?.auxiliary === undefined)) return true;
  reporter.report(
    problem(
      'setting/auxiliary',
      outputs[0]!.span,
      'an auxiliary output is for the training only, and there is no other',
      {
        found: outputs.map(({ name }) => name).join(', '),
        expected: 'an output that is not auxiliary',
        fixes: [{ message: 'remove `auxiliary` from the one that the network is for' }],
      },
    ),
  );
  return false;
}

/** Warns of labels written in the text that are more or fewer than the classes: those of a file are counted when it is read. */
export function warnOfLabels({ outputs }: Expansion, graph: Graph, reporter: Reporter): void {
  const values = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  for (const output of outputs) {
    const classes = typeOf(graph, values.get(output.name)!).shape[0]!;
    const labels = output.facts?.labels;
    if (typeof labels === 'object' && labels.length !== classes) reporter.report(labelled(output, labels, classes));
  }
}

function labelled(
  { name, span }: Expansion['outputs'][number],
  labels: readonly string[],
  classes: number,
): Diagnostic {
  const count = (number: number, word: string, plural: string): string => `${number} ${number === 1 ? word : plural}`;
  return problem(
    'setting/labels',
    span,
    `\`${name}\` has ${count(classes, 'class', 'classes')}, with a label for each`,
    {
      severity: 'warning',
      found: count(labels.length, 'label', 'labels'),
      expected: count(classes, 'label', 'labels'),
      fixes: [
        {
          message:
            'give as many labels as the output has classes; outputs of other classes have an `output` line of their own',
        },
      ],
    },
  );
}

/** Whether the receptive fields of all values are whole numbers that are exact. */
function fieldsFit(building: Building, graph: Graph): boolean {
  const fields = receptiveFields(graph, building.operators);
  for (const item of building.nodes) {
    const field = fields.get(knownOf(building, item.results[0])!.value);
    const largest = field && Math.max(...[...field.size, ...field.jump, ...field.start].map(Math.abs));
    if (largest !== undefined && !(largest <= Number.MAX_SAFE_INTEGER)) {
      const message = 'windows and strides up to here cover too many pixels';
      return tooMuch(building, 'limit/receptive-field', item, message, [largest, Number.MAX_SAFE_INTEGER]);
    }
  }
  return true;
}

/** Warns of steps whose result nothing uses. */
function warnUnreached(building: Building, expansion: Expansion): void {
  const { nodes, reporter } = building;
  const valueOf = (ref: number | undefined): ValueId | undefined => knownOf(building, ref)?.value;
  const used = new Set(expansion.outputs.map(({ ref }) => valueOf(ref)));
  for (const { operands } of nodes) for (const ref of operands) used.add(valueOf(ref));
  for (const { results, step } of nodes) {
    if (results.some((ref) => used.has(valueOf(ref)))) continue;
    reporter.report(
      problem('flow/unreached', step.span, `the result of \`${step.callee.name}\` reaches no output`, {
        severity: 'warning',
        found: step.callee.name,
        expected: 'a way to the output',
        fixes: [{ message: 'leave it out, or join it: `add(NAME)`, `concat(NAME)`' }],
      }),
    );
  }
  for (const { ref, statement } of expansion.inputs) {
    if (used.has(valueOf(ref))) continue;
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
