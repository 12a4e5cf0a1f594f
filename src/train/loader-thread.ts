// A thread that prepares batches ahead of the steps: it gets the data set once, then one task after the other. Started as a worker of
// Node by `loader.ts`.

import { parentPort, workerData } from 'node:worker_threads';
import type { SharedImages } from '../data/labelled-images.ts';
import { InputError } from '../data/input-error.ts';
import { openShared } from '../data/shared-images.ts';
import type { BatchSettings } from './batch-maker.ts';
import { openBatches } from './batch-maker.ts';

/** What a thread is started with. */
export interface LoaderSetup {
  readonly images: SharedImages;
  readonly settings: BatchSettings;
}

/** One batch to prepare. */
export interface LoaderTask {
  /** Of the step, over all epochs. */
  readonly number: number;
  readonly indices: Uint32Array;
  readonly epoch: number;
  /** Of a batch that is no longer needed. */
  readonly used?: ArrayBuffer;
}

/** `ready`, once, and then for each task its batch, or what is wrong with it. */
export type LoaderMessage =
  | 'ready'
  | { readonly number: number; readonly images: Float32Array; readonly targets: Float32Array }
  | { readonly number: number; readonly error: string; readonly isInput: boolean };

const { images, settings } = workerData as LoaderSetup;
const make = openBatches(openShared(images), settings);

parentPort!.on('message', ({ number, indices, epoch, used }: LoaderTask) => {
  try {
    const batch = make(indices, epoch, used);
    post({ number, ...batch }, [batch.images.buffer as ArrayBuffer, batch.targets.buffer as ArrayBuffer]);
  } catch (error) {
    post({
      number,
      error: error instanceof Error ? error.message : String(error),
      isInput: error instanceof InputError,
    });
  }
});
post('ready');

function post(message: LoaderMessage, transfer: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, [...transfer]);
}
