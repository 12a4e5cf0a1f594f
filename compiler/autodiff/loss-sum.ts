// The losses of several outputs, each with answers of its own, added up: the classes of the boxes of a detector and their offsets (W. Liu
// et al., "SSD: Single Shot MultiBox Detector", 2016), or what else a network is to learn at once.

import type { PartFacts } from '../../runtime/abi.ts';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';
import type { GraphBuilder } from '../ir/builder.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import type { StepBuilder } from '../ir/operator.ts';
import { typeOf } from '../ir/signature.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { addedUp, checkWeights, classesShape, crossEntropyAt, oneClass, targetLossAt, timesLoss } from './loss.ts';
import type { LossNodes, OutputLoss } from './loss.ts';
import { countingOf } from './recipe.ts';
import type { LossPart, LossSum } from './recipe.ts';

/** What the answers to the outputs are, in the order of the losses. Throws RangeError as `lossSum`. */
export function partsOf(graph: Graph, { parts }: LossSum): readonly PartFacts[] {
  const auxiliary = graph.outputs.find((output) => output.auxiliary !== undefined);
  if (auxiliary)
    throw new RangeError(
      `has the auxiliary output ${auxiliary.name}, which goes with one loss without \`of\`; leave \`auxiliary\` out and add a loss for it`,
    );
  return parts.map((part): PartFacts => {
    const output = graph.outputs.find(({ name }) => name === part.of);
    if (!output) throw new RangeError(`has no output ${part.of}`);
    const { shape } = typeOf(graph, output.value);
    const { of, loss } = part;
    if (loss.kind !== 'cross_entropy')
      return { of, shape, ...(loss.kind === 'binary_cross_entropy' && { areShares: true }) };
    return inOutput(of, () => {
      const { answers, classes } = classesIn(shape);
      if (classes < 2) throw new RangeError(`gives ${formatShape(shape)}; cross_entropy takes a score for each class`);
      if (loss.ignore !== undefined && answers.length === 1 && answers[0] === 1) throw new RangeError(oneClass(shape));
      checkWeights(loss.weights, classes, shape);
      return { of, shape: answers, classes, ...countingOf(loss) };
    });
  });
}

/** Classes of an image [1], of its pixels [H, W], or of rows of scores [N, classes], [N]. */
function classesIn(scores: Shape): { readonly answers: Shape; readonly classes: number } {
  const [first = 0, second = 0] = scores;
  if (scores.length === 2) return { answers: [first], classes: second };
  const answers = classesShape(scores);
  return { answers: answers.length === 1 ? answers : answers.slice(1), classes: first };
}

/** An error says of which output it is. */
function inOutput<T>(of: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`has the output ${of}, which ${cause.message}`, { cause });
  }
}

/**
 * The sum of the losses of these outputs, each times its factor. Numbers of a target that do not count are 0 in it and in the mask, by which
 * the output is multiplied. Throws RangeError, with the end of a sentence that begins with the network's name.
 */
export function lossSum(
  builder: GraphBuilder,
  step: StepBuilder,
  values: ReadonlyMap<string, ValueId>,
  facts: readonly PartFacts[],
  { parts }: LossSum,
): LossNodes {
  const { apply } = step;
  const total = facts.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const target = builder.input(stepInputs.target, [total]);
  const hasMask = facts.some(({ classes, areShares }) => classes === undefined && !areShares);
  const mask = hasMask ? builder.input(stepInputs.mask, [total]) : target;
  let start = 0;
  const losses = parts.map((part, at): OutputLoss => {
    const size = sizeOf(facts[at]!.shape);
    const places = { along: 'channels', start, end: start + size };
    start += size;
    const partOf = (value: ValueId, shape: Shape): ValueId =>
      apply('reshape', [size === total ? value : apply('slice', [value], places)], { shape });
    const own = inOutput(part.of, () => lossOfPart(builder, step, part, values.get(part.of)!, [target, mask], partOf));
    return timesLoss(apply, own, part.factor);
  });
  const { seeds, loss } = addedUp(apply, losses);
  return { seeds, outputs: { [stepOutputs.loss]: loss } };
}

function lossOfPart(
  builder: GraphBuilder,
  step: StepBuilder,
  { of, loss }: LossPart,
  output: ValueId,
  [target, mask]: readonly [ValueId, ValueId],
  partOf: (value: ValueId, shape: Shape) => ValueId,
): OutputLoss {
  const { apply, typeOf: type } = step;
  const { shape } = type(output);
  if (loss.kind === 'cross_entropy') {
    const [rows, classes] = shape as readonly [number, number];
    // Rows [N, classes] as a map [classes, N, 1].
    const isRows = shape.length === 2;
    const scores = isRows
      ? apply('permute', [apply('reshape', [output], { shape: [1, rows, classes] })], { order: 'whc' })
      : output;
    const form = isRows ? [classes, rows, 1] : shape;
    const { scoresAt, lossAt } = crossEntropyAt(builder, step, loss, form, partOf(target, classesShape(form)), of);
    return lossAt(scoresAt(scores));
  }
  const answers = partOf(target, shape);
  if (loss.kind === 'binary_cross_entropy') return targetLossAt(step, loss, output, answers);
  return targetLossAt(step, loss, apply('mul', [output, partOf(mask, shape)]), answers);
}
