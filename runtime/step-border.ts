// What goes into a step of a training and what comes out of it, by name. No name of the language has an @.

/** Inputs that a step has besides those of the network and the state. All but target and mask have no batch axis. */
interface StepInputs {
  /** For each image its class [1] or, for a regression, what the network should give; of several losses their answers, one behind the other. */
  readonly target: '@target';
  /** Of several losses: of each number of the target 0 where it does not count, else 1. */
  readonly mask: '@mask';
  /** [1]: how many images there are. */
  readonly images: '@images';
  /**
   * [1], where the pixels of one class do not count, or classes have weights: how many images the others make up in the whole step,
   * each pixel or image as much as its class.
   */
  readonly counted: '@counted';
  /** [classes], where classes have weights. */
  readonly classWeights: '@class_weights';
  /** [1] */
  readonly learningRate: '@learning_rate';
  /**
   * [4]: 16 bits each, upper half first, of the seed and of the step's number. [6] in a step of micro-batches: also of how many of its
   * images came before.
   */
  readonly random: '@random';
  /** [1], in a step of micro-batches: images of the whole step. */
  readonly stepImages: '@step_images';
  /** [1] each, in a step of micro-batches: 1 in its first or last call, else 0. */
  readonly isFirst: '@is_first';
  readonly isLast: '@is_last';
}

export const stepInputs: StepInputs = {
  target: '@target',
  mask: '@mask',
  images: '@images',
  counted: '@counted',
  classWeights: '@class_weights',
  learningRate: '@learning_rate',
  random: '@random',
  stepImages: '@step_images',
  isFirst: '@is_first',
  isLast: '@is_last',
};

/** The name of an input of the loss of one of several outputs. */
export const partInput = (input: 'counted' | 'classWeights', of: string | undefined): string =>
  of === undefined ? stepInputs[input] : `${stepInputs[input]}/${of}`;

/** Outputs besides the state, of the shape [1] without the batch axis: the loss, and how many images get their class. */
export const stepOutputs = { loss: '@loss', correct: '@correct' } as const;
