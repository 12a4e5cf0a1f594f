// What the compiler and a running module agree on. Types only: nothing of it is emitted.

/** A tensor of the network as its user sees it: row-major, without the batch axis. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Of what a file has it; f32 where that is absent. */
  readonly element?: 'i8' | 'u8' | 'i32';
  /** There is one for any number of images; it has no batch axis. */
  readonly once?: true;
}

/** A tensor that a training keeps from step to step. */
export interface StateSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** `buffer`: running statistics. `optimizer`: what the optimiser keeps of a parameter. `gradient`: of the micro-batches so far. */
  readonly role: 'parameter' | 'buffer' | 'optimizer' | 'gradient';
  /** Index of its first element in the memory of what there is once. */
  readonly offset: number;
}

/**
 * How a tensor starts: all the same, uniform from −bound to bound, normal with mean 0, or, of the shape [C, O/g, KH, KW], as a bilinear
 * enlargement of each channel. In the order of the network's parameters.
 */
export type InitialTensor = { readonly name: string } & (
  | { readonly value: number }
  | { readonly bound: number }
  | { readonly deviation: number }
  | { readonly bilinear: readonly [inputs: number, share: number, height: number, width: number] }
);

/** What the answers of an image may be. */
export interface AnswerFacts {
  /** Classes that a label may be; absent for a regression. */
  readonly classes?: number;
  /** The class of pixels that do not count. */
  readonly ignored?: number;
  /** How much each class counts in the loss; absent: all as much. */
  readonly classWeights?: readonly number[];
  /** Labels are from 0 to 1. */
  readonly areShares?: true;
}

/** One of the outputs whose losses a training adds up. */
export interface PartFacts extends AnswerFacts {
  readonly of: string;
  /** Of its answer to an image. */
  readonly shape: readonly number[];
}

/** What a module that trains knows of its network. */
export interface TrainingFacts extends AnswerFacts {
  readonly initials: readonly InitialTensor[];
  /** Names of tensors of auxiliary outputs, which the network itself does not have; absent where there are none. */
  readonly auxiliary?: readonly string[];
  /** Of the network; weights files that were written for another one are refused. */
  readonly layout: string;
  /** Where the losses of several outputs are added up: these, in the order of their answers; what is said of answers is then said of each. */
  readonly parts?: readonly PartFacts[];
  /** A batch norm that sees one value per channel of each image, so that a step needs two images. */
  readonly pairs?: string;
}

/** Contract of every emitted module's `load`. */
export interface LoadOptions {
  /** Images per pass; fixes the memory. Larger batches run in chunks. Default 1. */
  readonly maxBatch?: number;
  /** Of the WebAssembly target: threads that share the work; `auto`: as many as suit the work and the host. Default 1. */
  readonly threads?: number | 'auto';
  /** Of the WebAssembly target with a file `net.wasm`: that file, its address, or what the host compiled of it. */
  readonly wasm?: unknown;
}

/** Where things lie in the linear memory of a module of the WebAssembly target, in bytes. */
export interface MemoryLayout {
  readonly weights: number;
  /** Weights in bf16. */
  readonly halves: number;
  /** Weights in i8 and in i32; absent where there are none. */
  readonly bytes?: number;
  readonly integers?: number;
  readonly arena: number;
  /** What loading needs from the arena on, before there is a pass; absent where it needs nothing. */
  readonly loading?: number;
  /** Of one image: arena, inputs, outputs. At N images all of it scales by N. */
  readonly perImage: number;
  /** Per input and output, as part of an image. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Of one thread. */
  readonly scratch: number;
}

/** What a pass does; the first two are of one image. */
export interface PassWork {
  /** MACs of convolutions and dense layers. */
  readonly macs: number;
  /** Bytes of activations that kernels write. */
  readonly bytes: number;
  /** How often all threads wait for the last of them. */
  readonly barriers: number;
}

/** 8 bits a sample, rows top to bottom, samples of a pixel together: 1 is gray, 3 are red, green, blue, 4 have an alpha that is ignored. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** `height · width · channels` bytes. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

export type PictureFit = 'stretch' | 'cover' | 'contain';

/** Pixel centres lie at halves; bilinear and bicubic (a = −0.5) are antialiased. */
export type ResizeFilter = 'nearest' | 'bilinear' | 'bicubic';

/** How a picture becomes the input tensor: resized, cropped, then (pixel · scale − mean) / std per channel. */
export interface PictureSettings {
  readonly scale: number;
  /** The shorter side becomes this many pixels, or the picture this height and width. */
  readonly resize?: number | readonly [number, number];
  /** How a picture of another form becomes a height and width: distorted, cut at two sides, or padded. Default stretch. */
  readonly fit?: PictureFit;
  /** Default bilinear. */
  readonly filter?: ResizeFilter;
  /** Bytes of the padding, one or one per channel of the input. Default 0. */
  readonly fill?: readonly number[];
  /** Height and width of the middle that is kept. */
  readonly crop?: readonly [number, number];
  /** One number, or one per channel. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly colors: 'rgb' | 'bgr' | 'gray';
}

/** What a network's last step already did to its scores. */
export type Scores = 'raw' | 'softmax' | 'log_softmax';

/** Contract of `classify`. */
export interface ClassProbability {
  /** The class's number where the network has no labels. */
  readonly label: string;
  readonly probability: number;
}
