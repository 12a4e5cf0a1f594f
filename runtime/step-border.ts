// What goes into a step of a training and what comes out of it, by name. No name of the language has an @.

/** Inputs that a step has besides those of the network and the state. */
export const stepInputs = {
  /** For each image its class [1] or, for a regression, what the network should give. */
  target: '@target',
  /** [1], without the batch axis: how many images there are. */
  images: '@images',
  /** [1], without the batch axis, where the pixels of one class do not count: for how many images' pixels the others make up, in the whole step. */
  counted: '@counted',
  /** [classes], without the batch axis, where classes have weights; then `counted` counts each pixel, or image, as much as its class. */
  classWeights: '@class_weights',
  /** [1], without the batch axis. */
  learningRate: '@learning_rate',
  /**
   * [4], without the batch axis: 16 bits each, upper half first, of the seed and of the step's number. [6] in a step of micro-batches:
   * also of how many of its images came before.
   */
  random: '@random',
  /** [1] each, without the batch axis, in a step of micro-batches: images of the whole step; 1 in its first or last call, else 0. */
  stepImages: '@step_images',
  isFirst: '@is_first',
  isLast: '@is_last',
} as const;

/** Outputs besides the state, of the shape [1] without the batch axis: the loss, and how many images get their class. */
export const stepOutputs = { loss: '@loss', correct: '@correct' } as const;
