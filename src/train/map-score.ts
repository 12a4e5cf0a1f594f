// How well a network tells the class of every pixel: how many pixels are right, and how well the areas of each class agree with those
// that it should have (P. Jaccard, 1912).

/** Of a class: the pixels that have it and get it, those that have it, and those that get it. */
export type ClassCount = readonly [both: number, labelled: number, said: number];

export interface MapScore {
  readonly pixels: number;
  readonly correct: number;
  /** Pixels with NaN among their scores, which count as wrong. */
  readonly broken: number;
  /**
   * Of each class that an image has or is said to have: pixels of both over pixels of either; the mean over these classes, of all images
   * together. 1 is perfect.
   */
  readonly meanIou: number;
}

export interface MapCounter {
  /** `scores` [classes, pixels] of one image, and its classes [pixels]. Returns how many pixels are right. */
  take(scores: Float32Array, labels: ArrayLike<number>): number;
  score(): MapScore;
  /** Of each class, so far. Those of parts of the images can be added up. */
  counts(): readonly ClassCount[];
}

/** Counts nothing yet; pixels of the class `ignored` are never counted. */
export function mapCounter(classes: number, ignored?: number): MapCounter {
  const [both, labelled, said] = [new Float64Array(classes), new Float64Array(classes), new Float64Array(classes)];
  let [pixels, broken] = [0, 0];
  const counts = (): readonly ClassCount[] => [...both.keys()].map((at) => [both[at]!, labelled[at]!, said[at]!]);
  return {
    take(scores, labels) {
      const size = labels.length;
      let found = 0;
      for (let pixel = 0; pixel < size; pixel += 1) {
        const label = labels[pixel]!;
        if (label === ignored) continue;
        pixels += 1;
        const answer = bestOf(scores, pixel, size, classes);
        labelled[label]! += 1;
        if (answer < 0) broken += 1;
        else said[answer]! += 1;
        if (answer !== label) continue;
        both[label]! += 1;
        found += 1;
      }
      return found;
    },
    score: () => ({ pixels, broken, ...shareOf(counts()) }),
    counts,
  };
}

/** How many pixels are right, and the mean over the classes. */
export function shareOf(counts: readonly ClassCount[]): Pick<MapScore, 'correct' | 'meanIou'> {
  const shares = counts.flatMap(([both, labelled, said]) => {
    const either = labelled + said - both;
    return either === 0 ? [] : [both / either];
  });
  const meanIou = shares.length === 0 ? 0 : shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return { correct: counts.reduce((sum, [both]) => sum + both, 0), meanIou };
}

/** The class with the largest score of a pixel, the first of several; −1 where one is NaN. `scores` are [classes, pixels]. */
export function bestOf(scores: Float32Array, pixel: number, pixels: number, classes: number): number {
  let best = 0;
  for (let c = 0; c < classes; c += 1) {
    const score = scores[c * pixels + pixel]!;
    if (Number.isNaN(score)) return -1;
    if (score > scores[best * pixels + pixel]!) best = c;
  }
  return best;
}
