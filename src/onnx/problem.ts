// What is wrong with a file, or not supported in it.

export interface Problem {
  /** What the node is called in the file, or what it gives. */
  readonly node?: string;
  /** `Conv`, `com.microsoft.FusedConv` */
  readonly operator?: string;
  /** The module that the node belongs to, by its name or metadata: `layer1.0`. */
  readonly scope?: string;
  /** A sentence without its full stop: `pads has 3 numbers, expected 4`. */
  readonly what: string;
  /** What can be done about it. */
  readonly mend: string;
  /** The file's input that would have to be a constant. */
  readonly constantInput?: string;
}

/** Thrown while a node is imported; the importer adds which node it is. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly mend: string;
  readonly constantInput: string | undefined;

  constructor(what: string, mend: string, constantInput?: string) {
    super(what);
    this.mend = mend;
    this.constantInput = constantInput;
  }
}

/** Thrown where axis 0 does not stay the batch: the whole tensor may then be taken as one image. */
export class BatchRefusal extends Refusal {
  /** The node that does not keep it. */
  place: Pick<Problem, 'node' | 'operator' | 'scope'> | undefined;
}

/** For what depends on how many images there are, which is not known. */
export const imagesCounted = (): BatchRefusal =>
  new BatchRefusal('it computes with the number of images', 'export the model with a batch of one image');

/** Ends the import of a node. */
export function refuse(what: string, mend: string): never {
  throw new Refusal(what, mend);
}
