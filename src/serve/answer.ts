// What a thread does with the requests that it gets at once: understands each, computes them in one pass, and answers each.

import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import type { Scores } from '../../runtime/abi.ts';
import { likeliest, probabilities } from '../../runtime/classes.ts';
import { InputError } from '../data/input-error.ts';
import { readPicture } from '../data/picture.ts';
import { pictureToTensor } from '../data/preprocess.ts';
import { guessScores } from '../network/classes.ts';
import { byName } from '../network/module.ts';
import type { Net } from '../network/module.ts';
import { take } from './memory.ts';
import type { Share } from './memory.ts';
import { Refusal, jsonAnswer, refused } from './protocol.ts';
import type { Answer, ServedNetwork, Work } from './protocol.ts';
import { readRequest } from './request.ts';
import type { Asked, Request } from './request.ts';
import { inferAnswer, mostBytes } from './response.ts';

/** A network that is loaded, and how it answers pictures. */
export interface Served {
  readonly network: ServedNetwork;
  readonly net: Pick<Net, 'run'>;
  /** Bytes of an answer, and of what the network gives for it. */
  readonly maxAnswer: number;
  /** Where it says what its tensors and answers take. */
  readonly memory: Share;
  /** Absent where the network is not one from one picture to the scores of classes. */
  readonly classifier?: Classifier;
}

/** How pictures become the input, and scores classes. */
export interface Classifier {
  readonly settings: InputSettings;
  /** Undefined where only the numbers can tell. */
  readonly scores?: Scores;
  readonly labels?: readonly string[];
}

/** An answer for each, in their order. Never throws for what a request holds. */
export function answerAll(served: Served, all: readonly Work[]): readonly Answer[] {
  const understood = all.map((work) =>
    orRefused(() => (work.kind === 'infer' ? inference(served, work) : classification(served, work))),
  );
  const requests = understood.filter((one) => 'finish' in one);
  if (requests.length === 0) return understood as readonly Answer[];
  let values: ReadonlyMap<string, Float32Array>;
  try {
    values = compute(served, requests);
  } catch (error) {
    // Together they may need more memory than one of them alone.
    if (all.length > 1) return all.flatMap((work) => answerAll(served, [work]));
    return [refused({ status: 500, message: `the network could not be run: ${(error as Error).message}` })];
  }
  let first = 0;
  return understood.map((one) => {
    if (!('finish' in one)) return one;
    const { finish, request } = one;
    const answer = orRefused(() => finish(values, first));
    first += request.asked.images;
    return answer;
  });
}

interface Understood {
  readonly request: Request;
  readonly finish: (values: ReadonlyMap<string, Float32Array>, first: number) => Answer;
}

/** What `make` throws for what a request holds is its answer. */
function orRefused<T>(make: () => T): T | Answer {
  try {
    return make();
  } catch (error) {
    if (error instanceof Refusal) return refused(error);
    if (error instanceof InputError) return refused({ status: error.limit ? 413 : 400, message: error.message });
    if (error instanceof RangeError)
      return refused({ status: 413, message: 'the request or its answer needs more memory than there is' });
    throw error;
  }
}

function inference(served: Served, { body, jsonLength }: Work): Understood {
  const { network, maxAnswer } = served;
  const request = readRequest(body, jsonLength, network, (asked) => admit(served, asked));
  return { request, finish: (values, first) => inferAnswer(request.asked, network, values, { first, maxAnswer }) };
}

/** Takes the memory for the inputs, alone and among those of a batch, for the outputs, and for the answer and its parts. Throws `Refusal`. */
function admit({ network, maxAnswer, memory }: Served, asked: Asked): void {
  const bytes = bytesOf(asked.images, network);
  if (bytes > maxAnswer)
    throw new Refusal(
      413,
      `the outputs of ${asked.images} images take ${bytes} bytes; an answer has at most ${maxAnswer}`,
    );
  const inputs = asked.images * network.inputs.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  take(memory, 2 * inputs + bytes + 2 * mostBytes(asked, maxAnswer));
}

/** What the network gives for so many images. */
const bytesOf = (images: number, { outputs }: ServedNetwork): number =>
  images * outputs.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);

function classification({ network, classifier }: Served, { body, top = 5 }: Work): Understood {
  if (!classifier)
    throw new Refusal(400, `${network.name} does not take one picture and give classes; POST to …/infer`);
  const [input] = network.inputs;
  const [output] = network.outputs;
  const x = new Float32Array(pictureToTensor(readPicture(body), classifier.settings, input!.shape));
  const classes = sizeOf(output!.shape);
  return {
    request: { inputs: new Map([[input!.name, x]]), asked: { images: 1, outputs: [] } },
    finish(values, first) {
      const own = values.get(output!.name)!.subarray(first * classes, (first + 1) * classes);
      return jsonAnswer(
        200,
        { model_name: network.name, model_version: network.version, classes: ranked(own, top, classifier) },
        1,
      );
    },
  };
}

/** Probabilities that are NaN are null. */
function ranked(
  values: Float32Array,
  top: number,
  { scores = guessScores(values), labels }: Classifier,
): readonly object[] {
  const chances = probabilities(values, scores);
  return likeliest(values, top).map((index) => ({
    index,
    ...(labels?.[index] !== undefined && { label: labels[index] }),
    probability: chances[index]!,
  }));
}

/** All images of all requests in one pass, each output by its name. */
function compute(
  { network, net, maxAnswer }: Served,
  requests: readonly Understood[],
): ReadonlyMap<string, Float32Array> {
  const images = requests.reduce((sum, { request }) => sum + request.asked.images, 0);
  if (requests.length > 1 && bytesOf(images, network) > maxAnswer)
    throw new RangeError(`the outputs of ${images} images take too much memory`);
  const joined = network.inputs.map(({ name, shape }): readonly [string, Float32Array] => {
    if (requests.length === 1) return [name, requests[0]!.request.inputs.get(name)!];
    const size = sizeOf(shape);
    const all = new Float32Array(images * size);
    let at = 0;
    for (const { request } of requests) {
      all.set(request.inputs.get(name)!, at * size);
      at += request.asked.images;
    }
    return [name, all];
  });
  const x = joined.length === 1 ? joined[0]![1] : Object.fromEntries(joined);
  return byName(
    net.run(x),
    network.outputs.map(({ name }) => name),
  );
}
