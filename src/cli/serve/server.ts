// `cnnc serve` as a process: loads the models, listens, and ends without losing a request.

import type { ModelStart } from '../../serve/options.ts';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { escapeControls } from '../../../grammar/terminal.ts';
import { InputError } from '../../data/input-error.ts';
import { UsageError, explained } from '../errors.ts';
import type { ServedModels } from '../../serve/options.ts';
import type { Serving } from '../io.ts';
import { systemReason } from '../system-error.ts';
import { application } from './application.ts';
import { watchStamped } from './file-stamps.ts';
import { logLines } from './log-lines.ts';
import { openMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { openModel } from './model.ts';
import type { Model, ModelEvents } from './model.ts';
import { modelTable } from './table.ts';

const STDERR = 2;

/** Listens until it is closed. Rejects with `UsageError` where the libraries are missing, and with what opening a model throws. */
export const serveModels: Serving = async (options) => {
  const { fastify, prometheus, pino } = await importLibraries();
  const log = pino({ level: options.logLevel, base: null }, logLines(STDERR));
  const models: Model[] = [];
  const metrics = openMetrics(prometheus, () => models, options.memory);
  const state = { isStopping: false };
  const closeModels = (): Promise<unknown> => Promise.all(models.map((model) => model.close()));
  try {
    const { workers, queue } = options;
    const opened = await Promise.allSettled(
      options.models.map((start) =>
        openModel({ ...queue, start, workers, watch: watchStamped }, eventsOf(start, metrics, log)),
      ),
    );
    models.push(...opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const app = application({ table: modelTable(models), metrics, log, state, options, fastify });
    await app.listen({ port: options.port, host: options.host }).catch((error: unknown) => {
      const reason = systemReason(error) ?? 'the system refused';
      throw new InputError(`cannot listen on port ${options.port} of ${options.host}: ${reason}`, { cause: error });
    });
    const { port } = app.server.address() as AddressInfo;
    return {
      address: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/`,
      async close() {
        // Those who balance see that it is not ready before it stops to listen.
        state.isStopping = true;
        log.info('stopping');
        await new Promise((resolve) => setTimeout(resolve, options.grace));
        await app.close();
        await closeModels();
      },
    } satisfies ServedModels;
  } catch (error) {
    await closeModels();
    throw error;
  }
};

function eventsOf({ name: model, version }: ModelStart, metrics: Metrics, log: Logger): ModelEvents {
  const labels = { model, version };
  return {
    note: (text) => log.warn(labels, escapeControls(text.trimEnd())),
    computed: (images, seconds) => metrics.computed(labels, images, seconds),
    lost() {
      metrics.lost(labels);
      log.error(labels, 'a thread died; another takes its place');
    },
    reloaded(error) {
      metrics.reloaded(labels, error === undefined);
      if (error) log.error(labels, escapeControls(`its files changed, and cannot be served: ${explained(error)}`));
      else log.info(labels, 'its files changed, and are served');
    },
  };
}

async function importLibraries(): Promise<{
  readonly fastify: (typeof import('fastify'))['fastify'];
  readonly prometheus: typeof import('prom-client');
  readonly pino: (typeof import('pino'))['pino'];
}> {
  try {
    const [{ fastify }, prometheus, { pino }] = await Promise.all([
      import('fastify'),
      import('prom-client'),
      import('pino'),
    ]);
    return { fastify, prometheus, pino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      'serve needs libraries that do not come with cnnc: npm install fastify@5 prom-client@15 pino@10',
      { cause: error },
    );
  }
}
