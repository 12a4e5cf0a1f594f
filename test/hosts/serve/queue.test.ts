// Shards from a queue in a real Redis: workers are killed and Redis restarts, and the result is that of one process.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test as anyTest } from 'vitest';
import { Processes, lenet, missing, pause, within } from './queue-processes.ts';
import type { Started } from './queue-processes.ts';

/** For each number of workers: two, or fifty with `CNNC_RUNS=25`. */
const kills = Math.ceil(2 * Number(process.env['CNNC_RUNS'] ?? 1));
const shards = 40;
/** Seconds for a shard of a dead worker to come back, and to be computed, on a busy machine. */
const patience = 60;

let folder = '';
let whole = '';

/** Of each test, with a folder and a Redis of its own. */
const test = anyTest.extend<{ readonly processes: Processes }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads what it needs from its pattern
  processes: async ({}, use) => {
    const processes = new Processes(mkdtempSync(join(folder, 'test-')));
    await use(processes);
    processes.killAll();
  },
});

describe.skipIf(missing)(
  `a queue${missing ? ` (${missing})` : ''}`,
  { concurrent: true, timeout: 5000 * patience },
  () => {
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'cnnc-queue-'));
      const alone = new Processes(folder);
      alone.cnnc('predict', ...lenet, '--out', 'whole');
      whole = alone.hash('whole');
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test.for([1, 2, 4])(
      `%d workers, of which ${kills} are killed, beside a Redis that restarts`,
      { timeout: 1000 * (3 * patience + 30 * kills) },
      async (workers, { processes }) => {
        await processes.startRedis();
        const staff = Array.from({ length: workers }, () => processes.worker());
        const dead: Started[] = [];
        let killed = 0;
        // One folder is seldom enough for fifty.
        for (let round = 0; killed < kills; round += 1) {
          const out = `out-${round}`;
          const asked = processes.predict(out, '--shards', `${shards}`);
          while (killed < kills && (await isAtWork(asked, processes))) {
            // Before it has begun, in its first shard, or after some.
            await pause(Math.random() * 1500);
            const at = killed % workers;
            // With what computes for it, or alone, as a system that is short of memory does.
            if (killed % 2 === 0) staff[at]!.kill();
            else staff[at]!.signal('SIGKILL');
            dead.push(staff[at]!);
            staff[at] = processes.worker();
            if (killed === Math.floor(kills / 2)) {
              processes.killRedis();
              await pause(200);
              await processes.startRedis();
            }
            killed += 1;
          }
          expect(await asked.end(patience + 15 * killed)).toBe(0);
          expect(processes.parts(out)).toBe(shards);
          // Nothing but the shards and what says of what they are.
          expect(readdirSync(join(processes.folder, out)).length).toBe(shards + 1);
          const hash = processes.hash(out);
          if (kills > 2) console.log(`${workers} workers, ${killed} killed: ${out} is ${hash}, alone ${whole}`);
          expect(hash).toBe(whole);
        }
        await within(patience, 'the end of what dead workers started', () => dead.every((one) => one.isGone()));
      },
    );

    /** Waits for a shard that a worker has at hand; false where the command has ended. */
    async function isAtWork(asked: Started, processes: Processes): Promise<boolean> {
      await within(patience, 'a shard at work', () => asked.hasEnded() || processes.active() > 0);
      return !asked.hasEnded();
    }

    test('two who ask for the same get it once', async ({ processes }) => {
      await processes.startRedis();
      const worker = processes.worker('--json');
      const both = [processes.predict('out', '--shards', '8'), processes.predict('out', '--shards', '8')];
      for (const one of both) expect(await one.end(patience)).toBe(0);
      worker.signal('SIGINT');
      expect(await worker.end(patience)).toBe(0);
      const done = worker
        .text()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly shard: number });
      expect(done.map(({ shard }) => shard).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(processes.hash('out')).toBe(whole);
    });

    test('a folder that one process began is finished, and Ctrl-C leaves the rest to workers', async ({
      processes,
    }) => {
      await processes.startRedis();
      processes.cnnc('predict', ...lenet, '--out', 'out', '--shard', '1/3');
      const asked = processes.predict('out', '--shards', '3');
      await within(patience, 'the two others', () => processes.ask('llen', 'bull:cnnc-predict:wait') === '2\n');
      const note = `note: no worker takes shards from ${processes.address.replace('redis://', '')} yet`;
      await within(patience, 'a note that nobody works', () => asked.text().includes(note));
      asked.signal('SIGINT');
      expect(await asked.end(patience)).toBe(130);
      expect(asked.text()).toContain('interrupted: the shards are left to the workers');
      const worker = processes.worker();
      await within(
        patience,
        'all shards',
        () => processes.parts('out') === 3,
        () => worker.text(),
      );
      expect(processes.hash('out')).toBe(whole);
    });

    test('a shard that cannot be computed is said in one sentence, and asked for again is tried again', async ({
      processes,
    }) => {
      await processes.startRedis();
      const refusing = processes.worker('--root', processes.folder);
      const refused = processes.predict('out');
      expect(await refused.end(patience)).toBe(1);
      expect(refused.text()).toMatch(
        /^error: shard 0 failed 3 times: a job names \S+\.safetensors, which is outside of the worker's --root \S+\n$/m,
      );
      refusing.signal('SIGTERM');
      expect(await refusing.end(patience)).toBe(0);
      processes.worker();
      expect(await processes.predict('out').end(patience)).toBe(0);
      expect(processes.hash('out')).toBe(whole);
    });

    test('a job that is none of ours changes nothing', async ({ processes }) => {
      await processes.startRedis();
      const worker = processes.worker();
      const others = ['null', '7', '[]', '{"index":0}', '{"index":"/../../x","prediction":{}}'];
      for (const [at, data] of others.entries()) {
        const opts = ['opts', '{"attempts":1}', 'timestamp', '1', 'delay', '0', 'priority', '0'];
        processes.ask('hset', `bull:cnnc-predict:x${at}`, 'name', 'x', 'data', data, ...opts);
        processes.ask('lpush', 'bull:cnnc-predict:wait', `x${at}`);
      }
      processes.ask('zadd', 'bull:cnnc-predict:marker', '0', '0');
      const refusals = (): number => worker.text().split('this job is none that `cnnc predict` has sent').length - 1;
      await within(patience, 'a refusal of each', () => refusals() === others.length);
      expect(worker.text()).not.toContain('note:');
      expect(await processes.predict('out').end(patience)).toBe(0);
      expect(processes.hash('out')).toBe(whole);
    });

    test('a worker and who waits for it end at Ctrl-C while Redis is away', async ({ processes }) => {
      await processes.startRedis();
      processes.ask('hset', 'bull:cnnc-predict:meta', 'paused', '1');
      const [worker, asked] = [processes.worker(), processes.predict('out')];
      await within(patience, 'a job', () => processes.ask('llen', 'bull:cnnc-predict:wait') === '1\n');
      await within(patience, 'a worker', () => processes.ask('client', 'list').includes('cmd=bzpopmin'));
      processes.killRedis();
      for (const one of [worker, asked]) {
        await within(patience, 'a note', () => one.text().includes('; trying again'));
        one.signal('SIGTERM');
      }
      expect(await worker.end(patience)).toBe(0);
      expect(await asked.end(patience)).toBe(130);
    });

    test('a password is needed where Redis has one', async ({ processes }) => {
      await processes.startRedis('--requirepass', 'open sesame');
      const place = processes.address.replace('redis://', '');
      const without = processes.worker();
      expect(await without.end(patience)).toBe(1);
      expect(without.text()).toContain(`error: Redis at ${place} refuses: NOAUTH`);
      const wrong = processes.start('worker', '--queue', `redis://:x@${place}`);
      expect(await wrong.end(patience)).toBe(1);
      expect(wrong.text()).toContain(`error: Redis at ${place} refuses: WRONGPASS`);
      const right = `redis://:open%20sesame@${place}`;
      processes.start('worker', '--queue', right, '--root', '/');
      const asked = processes.start('predict', ...lenet, '--out', 'out', '--queue', right);
      expect(await asked.end(patience)).toBe(0);
    });

    test('a Redis that is not there is said in one sentence', async ({ processes }) => {
      await processes.startRedis();
      processes.killRedis();
      const both = [processes.worker(), processes.predict('out')];
      for (const one of both) {
        expect(await one.end(patience)).toBe(1);
        expect(one.text()).toMatch(
          /^error: no Redis answers at 127\.0\.0\.1:\d+ \(connect ECONNREFUSED [^)]*\); is it running, and is the address right\?\n$/,
        );
      }
    });
  },
);
