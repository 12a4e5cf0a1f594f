// How good a network is whose losses are those of several outputs: each by itself, and their sum.

import { lastSteps } from '../../compiler/analysis/scores.ts';
import type { LossPart, LossSum } from '../../compiler/autodiff/recipe.ts';
import { countingOf } from '../../compiler/autodiff/recipe.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { type Shape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { PartFacts } from '../../runtime/abi.ts';
import { countedImages } from '../../runtime/trainer.ts';
import { targetsAt } from '../data/labelled-images.ts';
import type { Measure, NamedMeasures } from './evaluation.ts';
import { argmax, differences, surprise } from './judge.ts';
import { mapCounter } from './map-score.ts';

const BATCH = 32;

/** What counts one output. */
interface Counter {
  /** Numbers of its answer. */
  readonly size: number;
  take(values: Float32Array, answer: Float32Array): void;
  /** Of so many images. */
  result(images: number): NamedMeasures;
}

/** Measures each output by its loss; `facts` are in the order of the losses. */
export function sumMeasure(graph: Graph, { parts }: LossSum, facts: readonly PartFacts[]): Measure {
  return async (run, images, indices) => {
    const counters = parts.map((part, at) => counterOf(graph, part, facts[at]!));
    const x = new Float32Array(Math.min(BATCH, indices.length) * images.elements);
    for (let first = 0; first < indices.length; first += BATCH) {
      const chosen = indices.subarray(first, first + BATCH);
      const tensors = x.subarray(0, chosen.length * images.elements);
      images.fillPlain(chosen, tensors, new Int32Array(chosen.length));
      const answers = targetsAt(images.given!, chosen);
      const outputs = await run(tensors);
      const total = answers.length / chosen.length;
      let start = 0;
      for (const [at, { of }] of parts.entries()) {
        const { size, take } = counters[at]!;
        const values = outputs.get(of)!;
        const each = values.length / chosen.length;
        for (let image = 0; image < chosen.length; image += 1) {
          const from = image * total + start;
          take(values.subarray(image * each, (image + 1) * each), answers.subarray(from, from + size));
        }
        start += size;
      }
    }
    const losses = counters.map(({ result }) => result(indices.length));
    const loss = losses.reduce((sum, one, at) => sum + parts[at]!.factor * one.loss, 0);
    return { count: indices.length, loss, losses };
  };
}

function counterOf(graph: Graph, { of, loss }: LossPart, { shape, classes, ignored }: PartFacts): Counter {
  const { value } = graph.outputs.find(({ name }) => name === of)!;
  const { scores, sigmoid } = lastSteps(graph, value, operators);
  const size = sizeOf(shape);
  let sum = 0;
  if (loss.kind !== 'cross_entropy' || classes === undefined) {
    if (loss.kind === 'cross_entropy') throw new RangeError(`${of} has no classes`);
    const { lossOf, rightIn } = differences(loss, { elements: size }, !sigmoid);
    let right = 0;
    return {
      size,
      take(values, answer) {
        // What does not count is as it should be.
        const asked = answer.map((one, at) => (Number.isNaN(one) ? values[at]! : one));
        sum += lossOf(values, asked);
        right += rightIn?.(values, asked) ?? 0;
      },
      result: (images) => ({ of, loss: sum / images, ...(rightIn && { accuracy: right / images }) }),
    };
  }
  const counting = countingOf(loss);
  const { lossOf } = surprise(scores, counting);
  const output = typeOf(graph, value).shape;
  const map = mapCounter(classes, ignored);
  let [counted, correct] = [0, 0];
  return {
    size,
    take(values, answer) {
      const planes = asPlanes(values, output);
      sum += lossOf(planes, answer);
      counted += countedImages(answer, size, counting);
      if (size > 1) map.take(planes, answer);
      else if (argmax(values) === answer[0]) correct += 1;
    },
    result(images) {
      const own = { of, loss: sum / (counted || 1) };
      if (size === 1) return { ...own, accuracy: correct / images };
      const { correct: right, pixels, meanIou } = map.score();
      return { ...own, accuracy: right / (pixels || 1), ...(output.length === 3 && { meanIou }) };
    },
  };
}

/** Rows of scores [N, classes] as maps have them, [classes, N]. */
function asPlanes(values: Float32Array, shape: Shape): Float32Array {
  const [rows, classes] = shape as readonly [number, number];
  if (shape.length !== 2) return values;
  return Float32Array.from(values, (_, at) => values[(at % rows) * classes + Math.floor(at / rows)]!);
}
