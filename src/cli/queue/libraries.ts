// BullMQ, which keeps queues in Redis, and how it is reached.

import { connect } from 'node:net';
import type { QueueBase } from 'bullmq';
import { escapeControls } from '../../../grammar/terminal.ts';
import { InputError } from '../../data/input-error.ts';
import { UsageError } from '../errors.ts';
import type { Output } from '../io.ts';

export type Bullmq = typeof import('bullmq');

/** Where a Redis is, as BullMQ takes it. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  /** Commands wait for a Redis that restarts, however long. */
  readonly maxRetriesPerRequest: null;
  /** Milliseconds until it is tried again. */
  readonly retryStrategy: () => number;
}

/** Throws `UsageError` where it is not installed. */
export async function importBullmq(): Promise<Bullmq> {
  try {
    const [bullmq] = await Promise.all([import('bullmq'), import('ioredis')]);
    return bullmq;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError('--queue needs libraries that do not come with cnnc: npm install bullmq@6 ioredis', {
      cause: error,
    });
  }
}

/** `redis://[user:password@]host[:port][/number]`, or `rediss://` for TLS. Throws `UsageError`. */
export function connectionTo(text: string): Connection {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const number = /^\/?(\d{0,3})$/.exec(url?.pathname ?? '')?.[1];
  const [username, password] = [decoded(url?.username), decoded(url?.password)];
  const isGood =
    (url?.protocol === 'redis:' || url?.protocol === 'rediss:') &&
    url.hostname !== '' &&
    url.search + url.hash === '' &&
    ![number, username, password].includes(undefined);
  if (!isGood)
    throw new UsageError(
      '--queue takes an address such as redis://127.0.0.1:6379, with a password redis://:secret@127.0.0.1:6379, or rediss:// for TLS',
    );
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    db: Number(number),
    ...(username !== '' && { username: username! }),
    ...(password !== '' && { password: password! }),
    ...(url.protocol === 'rediss:' && { tls: {} }),
    maxRetriesPerRequest: null,
    retryStrategy: () => 500,
  };
}

/** Undefined where there is none, or where what follows a `%` is no code. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds in which Redis has to answer first. */
const PATIENCE = 3000;

/** What BullMQ needs: scripts, on its keys. */
const TRIAL = ["return redis.call('EXISTS', KEYS[1])", 1, 'bull:cnnc-predict:meta'] as const;

/** Rejects with `InputError` where nobody answers there within `patience`, and at once where Redis refuses, a wrong password for example. */
export async function checkRedis(connection: Connection, patience = PATIENCE): Promise<void> {
  const { Redis } = await import('ioredis');
  const place = `${connection.host}:${connection.port}`;
  const client = new Redis(connection);
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      let reason = 'it is silent';
      client.on('error', ({ message, code }: NodeJS.ErrnoException) => {
        // The system's errors have a code and may pass.
        if (code === undefined) reject(refusedBy(place, message));
        else reason = message === '' ? code : message;
      });
      const late = async (): Promise<void> => {
        const said = await firstLine(connection);
        if (said.startsWith('-')) reject(refusedBy(place, said.slice(1)));
        else
          reject(new InputError(`no Redis answers at ${place} (${reason}); is it running, and is the address right?`));
      };
      timer = setTimeout(() => void late(), patience);
      client.eval(...TRIAL).then(() => resolve(), reject);
    });
  } catch (error) {
    throw asRefusal(error, connection);
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
}

const refusedBy = (place: string, message: string): InputError =>
  new InputError(`Redis at ${place} refuses: ${message}`);

/** What Redis answered in place of a result is an `InputError`; any other error stays what it is. */
export function asRefusal(error: unknown, { host, port }: Connection): unknown {
  const { name, message } = error as Error;
  return name === 'ReplyError' ? refusedBy(`${host}:${port}`, message) : error;
}

/** Milliseconds in which one who refuses says why. */
const FIRST = 500;

/** What a server says to all who connect, before it closes: in protected mode, or where too many are connected. */
function firstLine({ host, port }: Connection): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => void (text += part));
    socket.setTimeout(FIRST, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve(text.split('\r\n')[0]!.slice(0, MOST_SAID)));
  });
}

/** Characters of a reason. */
const MOST_SAID = 300;

/** Says when Redis is away, once, and when it is back. The result tells whether it is away. */
export function watchRedis(user: QueueBase, stderr: Output): () => boolean {
  let isAway = false;
  let last = '';
  user.on('error', ({ message, code }: Error & { readonly code?: unknown }) => {
    const isOld = isAway || message === last;
    // BullMQ's own errors have numbers: it has lost a job, not Redis.
    isAway ||= typeof code === 'string';
    last = message;
    if (!isOld) stderr.write(`note: ${escapeControls(message)}${isAway ? '; trying again' : ''}\n`);
  });
  user.getBackend().on('ready', () => {
    if (isAway) stderr.write('note: Redis is back\n');
    isAway = false;
  });
  return () => isAway;
}
