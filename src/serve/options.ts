// What a server of models is started with.

import type { BodyLimits } from './body.ts';
import type { SharedCount } from './memory.ts';
import type { QueueOptions } from './queue.ts';

export interface ModelLimits {
  /** Images of a pass. */
  readonly maxBatch: number;
  /** Bytes of an answer, and of what the network gives for it. */
  readonly maxAnswer: number;
  /** Of tensors and answers, of all models. */
  readonly memory: SharedCount;
}

/** One version of a model. */
export interface ModelStart extends ModelLimits {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** A whole number. */
  readonly version: string;
  /** A file, as `cnnc run` takes it. */
  readonly path: string;
  /** Those of `cnnc run`. */
  readonly options: object;
}

export interface ServeOptions {
  /** At least one; no two have the same name and version. */
  readonly models: readonly ModelStart[];
  /** Threads of each model. */
  readonly workers: number;
  readonly queue: QueueOptions;
  readonly bodies: BodyLimits;
  /** Of tensors and answers. */
  readonly memory: SharedCount;
  /** That may be open at once. */
  readonly maxConnections: number;
  readonly host: string;
  /** 0 is a free one. */
  readonly port: number;
  /** Those who ask have to know one of them, where there are some. */
  readonly tokens: readonly string[];
  readonly logLevel: 'info' | 'warn' | 'silent';
  /** Milliseconds between saying that it is not ready and no longer listening. */
  readonly grace: number;
  /** Of this program. */
  readonly version: string;
}

export interface ServedModels {
  /** `http://127.0.0.1:8080/` */
  readonly address: string;
  /** Answers what has come, and ends. */
  close(): Promise<void>;
}
