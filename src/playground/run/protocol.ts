// What the Run and Train tabs ask their workers, and what these answer: plain data.

import type { InputSettings } from '../../../compiler/ir/graph.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import type { Scores } from '../../../runtime/abi.ts';
import type { EpochResult } from '../../train/run.ts';
import type { Arithmetic } from '../arithmetic/types.ts';
import type { ProgramText } from '../protocol.ts';

/** A value of the network, and the step that makes it. */
export interface LayerInfo {
  /** Number of the value in this network. */
  readonly id: number;
  /** `conv1`; of several results of a step also which: `split1 (2 of 4)`. */
  readonly name: string;
  /** `conv 5×5`, `input` */
  readonly what: string;
  /** Without the batch axis. */
  readonly shape: Shape;
  /** The values that it is made of; no weights. */
  readonly inputs: readonly number[];
}

export interface InputInfo {
  readonly name: string;
  readonly shape: Shape;
  /** How a picture becomes the input; absent where it is no picture. */
  readonly picture?: InputSettings;
}

export interface OutputInfo {
  readonly name: string;
  readonly shape: Shape;
  readonly id: number;
  /** Present where the numbers are scores of classes. */
  readonly scores?: Scores;
  readonly labels?: readonly string[];
}

/** A network that is ready for weights. */
export interface Opened {
  readonly network: string;
  readonly inputs: readonly InputInfo[];
  readonly outputs: readonly OutputInfo[];
  /** In the order in which they are computed; the inputs first. */
  readonly layers: readonly LayerInfo[];
  /** Multiplications and additions for one picture. */
  readonly flops: number;
  readonly parameters: number;
}

export type WeightsSource =
  | { readonly kind: 'random'; readonly seed: number }
  /** A file that the user gave, of any kind that can be read. */
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

export interface WeightsLoaded {
  /** How they fit, or what is odd about them, in one sentence; empty where there is nothing to say. */
  readonly note: string;
}

/** RGBA, row by row. */
export interface PictureData {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** The worker that decodes pictures. */
export interface PictureCalls {
  /** A PNG or JPEG file, upright, opaque whatever its alpha. Throws one sentence. */
  decode(bytes: Uint8Array): Promise<PictureData>;
}

/** What one run showed. */
export interface Seen {
  /** By output, in the order of `outputs`: probabilities where it has scores of classes, else its first numbers. */
  readonly outputs: readonly Float32Array[];
  readonly milliseconds: number;
  /** Of the layer that was asked for. */
  readonly layer?: LayerValues;
}

export interface LayerValues {
  readonly id: number;
  readonly values: Float32Array;
}

/** The picture, or the numbers of an input that is none. Inputs without either get made-up numbers. */
export interface SeeRequest {
  readonly picture?: PictureData;
  readonly numbers?: Readonly<Record<string, readonly number[]>>;
  /** The layer whose numbers are wanted. */
  readonly layer?: number;
}

/** A number of a layer, how it comes about, and the values that it is made of. */
export interface Shown {
  readonly computed: number;
  readonly arithmetic: Arithmetic;
  readonly operands: readonly LayerValues[];
}

/** The worker that runs a network. Calls after the first are about the network that was opened last. */
export interface RunCalls {
  /** Throws a sentence for a text with errors, or a network that is too large for a page. */
  open(program: ProgramText): Opened;
  load(source: WeightsSource): Promise<WeightsLoaded>;
  see(request: SeeRequest): Promise<Seen>;
  arithmetic(layer: number, at: number): Shown;
}

export interface TrainRequest extends ProgramText {
  /** In place of those of the `train` section. */
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  /** Digits to learn from. */
  readonly images: number;
  readonly threads: number;
}

/** How the network would be trained, for a form. */
export interface TrainPlan {
  readonly network: string;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** `cross_entropy, sgd` */
  readonly recipe: string;
  /** Whether the text has a `train` section; otherwise the plan is the page's. */
  readonly isWritten: boolean;
}

export interface TrainStarted {
  readonly stepsPerEpoch: number;
  readonly images: number;
  readonly epochs: number;
  readonly threads: number;
}

/** What happened since the last call. */
export interface Advanced {
  /** Steps that are done, of all epochs. */
  readonly steps: number;
  readonly images: number;
  /** Mean loss of each of the new steps. */
  readonly losses: readonly number[];
  /** Of the epoch so far. */
  readonly accuracy?: number;
  readonly history: readonly EpochResult[];
  readonly isDone: boolean;
  /** Rates of the steps of all epochs, 200 at most. */
  readonly rates: readonly number[];
}

/** The worker that trains. Training goes on only within `advance`, so that not calling it is a pause. */
export interface TrainCalls {
  plan(program: ProgramText): TrainPlan;
  start(request: TrainRequest): Promise<TrainStarted>;
  advance(milliseconds: number): Promise<Advanced>;
  /** A safetensors file of the weights of the moment. */
  weights(): Uint8Array;
}
