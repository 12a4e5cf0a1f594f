// What a queue is told and what is taken from it: addresses of Redis, and jobs that anybody may have sent.

import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeFiles } from '../../src/cli/node-files.ts';
import type { Prediction } from '../../src/cli/predict/work.ts';
import { connectionTo, watchRedis } from '../../src/cli/queue/libraries.ts';
import { absolute, checkedJob, idOf } from '../../src/cli/queue/shard-job.ts';
import { cnnc } from './harness.ts';

describe('an address', () => {
  test.each([
    ['redis://127.0.0.1', { host: '127.0.0.1', port: 6379, db: 0 }],
    ['redis://127.0.0.1:6380/3', { host: '127.0.0.1', port: 6380, db: 3 }],
    ['redis://:p%40ss@queue', { host: 'queue', port: 6379, db: 0, password: 'p@ss' }],
    ['rediss://ann:secret@[::1]:1', { host: '::1', port: 1, db: 0, username: 'ann', password: 'secret', tls: {} }],
  ])('%s', (text, expected) => {
    const { maxRetriesPerRequest, retryStrategy, ...place } = connectionTo(text);
    expect(place).toEqual(expected);
    expect(maxRetriesPerRequest).toBe(null);
    expect(retryStrategy()).toBeGreaterThan(0);
  });

  test.each(['', 'queue:6379', 'http://queue', 'redis:///1', 'redis://q/x', 'redis://q?a=1', 'redis://:%zz@q'])(
    '%j is refused with an example',
    (text) => expect(() => connectionTo(text)).toThrow(/takes an address such as redis:\/\/127\.0\.0\.1:6379/),
  );
});

describe('a job', () => {
  let folder = '';
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cnnc-jobs-')));
    mkdirSync(join(folder, 'root'));
    symlinkSync(folder, join(folder, 'root', 'up'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const at = (root: string, changes: Partial<Prediction> = {}, index: unknown = 0): unknown => ({
    index,
    prediction: {
      path: `${root}/lenet.cnn:LeNet`,
      data: root,
      givenData: '.',
      out: `${root}/out`,
      options: { weights: 'random:1' },
      split: 'test',
      shards: 2,
      format: 'jsonl',
      top: 5,
      ...changes,
    },
  });
  const check = (job: unknown): unknown => checkedJob(job, join(folder, 'root'), nodeFiles);

  test('inside of the root is taken, the root itself included', () => {
    expect(() => check(at(join(folder, 'root')))).not.toThrow();
  });

  test.each<[string, (root: string) => Partial<Prediction>]>([
    ['a network', (root) => ({ path: `${root}/../lenet.cnn` })],
    ['images', () => ({ data: '/' })],
    ['results', (root) => ({ out: `${root}-2/out` })],
    ['a link that leads out', (root) => ({ out: `${root}/up/out` })],
    ['weights', () => ({ options: { weights: '/etc/passwd' } })],
    ['labels', () => ({ options: { labels: '/etc/passwd' } })],
    ['the standard input', () => ({ path: '-' })],
    ['a path from the working folder', () => ({ data: 'images' })],
  ])('outside of it is refused: %s', (_, changes) => {
    const root = join(folder, 'root');
    expect(() => check(at(root, changes(root)))).toThrow(/which is outside of the worker's --root/);
  });

  test.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'x'],
    ['no prediction', { index: 0 }],
    ['an index that is a path', at('/', {}, '/../../x')],
    ['an index behind the last', at('/', {}, 2)],
    ['an ending that is a path', at('/', { format: '/../x' as 'npy' })],
  ])('that is none is refused: %s', (_, job) => {
    expect(() => check(job)).toThrow('this job is none that `cnnc predict` has sent');
  });

  test('of the same shard has the same name from every folder, and another of another shard', () => {
    const [one, two] = ['', `${folder}/`].map((prefix) =>
      absolute(
        {
          ...(at('root') as { prediction: Prediction }).prediction,
          path: `${prefix}a.cnn`,
          data: `${prefix}b`,
          out: `${prefix}c`,
        },
        { resolve: (path) => (path.startsWith('/') ? path : `${folder}/${path}`) },
      ),
    );
    expect(idOf({ prediction: one!, index: 0 })).toBe(idOf({ prediction: two!, index: 0 }));
    expect(idOf({ prediction: one!, index: 0 })).not.toBe(idOf({ prediction: one!, index: 1 }));
  });
});

test('workers cannot read the standard input', async () => {
  const { code, stderr } = await cnnc(['predict', '-', '--data', '.', '--out', 'o', '--queue', 'redis://127.0.0.1']);
  expect(code).toBe(2);
  expect(stderr).toContain('workers cannot read the standard input of predict');
});

test('Redis is away where the system says so, and not where BullMQ, whose errors have numbers, has lost a job', () => {
  const backend = new EventEmitter();
  const user = Object.assign(new EventEmitter(), { getBackend: () => backend });
  let said = '';
  const stderr = { write: (text: string) => void (said += text) };
  const isAway = watchRedis(
    user as unknown as Parameters<typeof watchRedis>[0],
    stderr as Parameters<typeof watchRedis>[1],
  );
  user.emit('error', Object.assign(new Error('Missing lock for job 1'), { code: -2 }));
  expect([isAway(), said]).toEqual([false, 'note: Missing lock for job 1\n']);
  user.emit('error', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  expect(isAway()).toBe(true);
  backend.emit('ready');
  expect([isAway(), said.split('\n').slice(1)]).toEqual([
    false,
    ['note: connect ECONNREFUSED; trying again', 'note: Redis is back', ''],
  ]);
});
