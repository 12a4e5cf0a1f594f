// BullMQ, which keeps queues in Redis, and how it is reached.

import { InputError } from '../../data/input-error.ts';
import { UsageError } from '../errors.ts';

export type Bullmq = typeof import('bullmq');

/** Where a Redis is, as BullMQ takes it. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  /** Waits for a Redis that restarts, however long. */
  readonly maxRetriesPerRequest: null;
}

/** Throws `UsageError` where it is not installed. */
export async function importBullmq(): Promise<Bullmq> {
  try {
    const [bullmq] = await Promise.all([import('bullmq'), import('ioredis')]);
    return bullmq;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError('--queue needs libraries that do not come with cnnc: npm install bullmq ioredis', {
      cause: error,
    });
  }
}

/** `redis://[user:password@]host[:port][/number]`, or `rediss://` for TLS. Throws `UsageError`. */
export function connectionTo(text: string): Connection {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const number = /^\/?(\d{0,3})$/.exec(url?.pathname ?? '')?.[1];
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '' || number === undefined)
    throw new UsageError('--queue takes an address such as redis://127.0.0.1:6379, or rediss:// for TLS');
  return {
    host: url.hostname,
    port: url.port === '' ? 6379 : Number(url.port),
    db: Number(number),
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    ...(url.protocol === 'rediss:' && { tls: {} }),
    maxRetriesPerRequest: null,
  };
}

/** Milliseconds in which Redis has to answer first. */
const PATIENCE = 5000;

/** Rejects with `InputError` where nobody answers there. */
export async function reached<T>(ready: Promise<T>, { host, port }: Connection): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new InputError(`no Redis answers at ${host}:${port}; is it running, and is the address right?`)),
      PATIENCE,
    );
  });
  try {
    return await Promise.race([ready, late]);
  } finally {
    clearTimeout(timer);
  }
}
