// The application of `cnnc serve` in this process, for clients that misbehave: with little patience, and without threads.

import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import * as prometheus from 'prom-client';
import { application } from '../../src/cli/serve/application.ts';
import { openMetrics } from '../../src/cli/serve/metrics.ts';
import type { Model } from '../../src/cli/serve/model.ts';
import { modelTable } from '../../src/cli/serve/table.ts';
import { openCount } from '../../src/serve/memory.ts';

/** Not yet listening. Bodies have at most 1000 bytes, and may take 400 ms; lines of the log go to `log`. */
export function impatient(models: readonly Model[] = [], log: (line: string) => void = () => {}): FastifyInstance {
  const memory = openCount(1e6);
  return application({
    table: modelTable(models),
    metrics: openMetrics(prometheus, () => models, memory),
    log: pino({ base: null }, { write: log }),
    state: { isStopping: false },
    options: {
      models: [],
      workers: 1,
      queue: { maxBatch: 1, maxDelay: 0, maxWaiting: 1, deadline: 1000 },
      bodies: { each: 1000, together: 4000 },
      memory,
      maxConnections: 60,
      host: '127.0.0.1',
      port: 0,
      tokens: [],
      logLevel: 'info',
      grace: 0,
      version: '',
    },
    patience: { headers: 200, request: 400, answer: 300, unread: 200, refused: 400, idle: 5000, check: 50 },
    fastify,
  });
}
