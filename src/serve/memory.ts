// Bytes of tensors and answers that a server has at once, counted by all of its threads: what a request will take is known from its shapes
// before anything of it is made, and is given back when the client has the answer.

import { Refusal } from './protocol.ts';

/** One count for all threads, which may be sent to them. */
export interface SharedCount {
  /** KiB that are taken. */
  readonly taken: Int32Array<SharedArrayBuffer>;
  /** KiB that may be. */
  readonly most: number;
}

/** The part of it that one thread has taken, which others give back where the thread is lost. */
export interface Share {
  readonly count: SharedCount;
  readonly own: Int32Array<SharedArrayBuffer>;
}

const KIB = 1024;
/** That can be counted, and as much again. */
const MOST = 2 ** 30 - 1;
const kib = (bytes: number): number => Math.ceil(bytes / KIB);
const cell = (): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(4));

/** Of bytes that may be taken. Nothing is yet. */
export const openCount = (most: number): SharedCount => ({ taken: cell(), most: Math.min(kib(most), MOST) });

/** Nothing of it is taken yet. */
export const openShare = (count: SharedCount): Share => ({ count, own: cell() });

/** Throws `Refusal`: of status 413 for what is never there, of 429 for what is not there now. */
export function take({ count, own }: Share, bytes: number): void {
  const wanted = kib(bytes);
  if (wanted > count.most)
    throw new Refusal(
      413,
      `the tensors of the request and its answer take ${wanted} KiB; the server's --max-memory is ${count.most} KiB`,
    );
  if (Atomics.add(count.taken, 0, wanted) + wanted > count.most) {
    Atomics.sub(count.taken, 0, wanted);
    throw new Refusal(
      429,
      'the tensors and answers of other requests take all the memory there is for them; try again',
    );
  }
  Atomics.add(own, 0, wanted);
}

/** All that the thread has taken; while it does nothing. */
export function giveBack({ count, own }: Share): void {
  Atomics.sub(count.taken, 0, Atomics.exchange(own, 0, 0));
}

/** An answer that is there already; what gives it back. */
export function hold({ taken }: SharedCount, bytes: number): () => void {
  const held = kib(bytes);
  Atomics.add(taken, 0, held);
  return () => void Atomics.sub(taken, 0, held);
}

/** Bytes that are taken. */
export const takenBytes = ({ taken }: SharedCount): number => Atomics.load(taken, 0) * KIB;
