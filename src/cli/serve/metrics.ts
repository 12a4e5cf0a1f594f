// What Prometheus is told of a server.

import type { Registry } from 'prom-client';
import { takenBytes } from '../../serve/memory.ts';
import type { SharedCount } from '../../serve/memory.ts';
import type { ConnectionEvents } from './connections.ts';
import type { Model } from './model.ts';

export interface Metrics {
  /** Of its text form. */
  readonly contentType: string;
  text(): Promise<string>;
  /** A request is answered `seconds` after it was whole, or is over without an answer of the model's. */
  answered(labels: ModelLabels, status: number, seconds?: number): void;
  /** A batch is computed. */
  computed(labels: ModelLabels, images: number, seconds: number): void;
  /** A thread died. */
  lost(labels: ModelLabels): void;
  /** A model's files changed: whether it could be loaded again. */
  reloaded(labels: ModelLabels, isLoaded: boolean): void;
  readonly connections: ConnectionEvents;
}

export interface ModelLabels {
  readonly model: string;
  readonly version: string;
}

/** Seconds, from a tenth of a millisecond on. */
const seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Milliseconds between two looks at the event loop. Node measures from one look to the next, so that the metric of an idle loop is this, not 0:
 * of Node's usual 10 more than half of what a busy server shows would be the looking.
 */
export const lookEvery = 5;

/** `models`: those whose queues are looked at whenever somebody asks; `memory`: that of their tensors and answers. */
export function openMetrics(
  client: typeof import('prom-client'),
  models: () => Iterable<Model>,
  memory: SharedCount,
): Metrics {
  const registry: Registry = new client.Registry();
  client.collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lookEvery });
  const names = ['model', 'version'] as const;
  const registers = [registry];
  const requests = new client.Counter({
    name: 'cnnc_requests_total',
    help: 'Requests for inference or classes, by the status of their answers; 499: the client hung up before.',
    labelNames: [...names, 'status'],
    registers,
  });
  const latency = new client.Histogram({
    name: 'cnnc_request_seconds',
    help: 'From a whole request to its answer.',
    labelNames: names,
    buckets: seconds,
    registers,
  });
  const computing = new client.Histogram({
    name: 'cnnc_batch_seconds',
    help: 'What a thread takes for a batch: reading the requests, computing, writing the answers.',
    labelNames: names,
    buckets: seconds,
    registers,
  });
  const images = new client.Histogram({
    name: 'cnnc_batch_images',
    help: 'Images of a batch.',
    labelNames: names,
    buckets: [0, 1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  });
  const restarts = new client.Counter({
    name: 'cnnc_threads_lost_total',
    help: 'Threads that died and were replaced.',
    labelNames: names,
    registers,
  });
  const reloads = new client.Counter({
    name: 'cnnc_reloads_total',
    help: 'Changes of files, by whether the model could be loaded again.',
    labelNames: [...names, 'result'],
    registers,
  });
  // It registers itself, and reads the queues when it is asked.
  void new client.Gauge({
    name: 'cnnc_queue_requests',
    help: 'Requests that wait for a thread.',
    labelNames: names,
    registers,
    collect() {
      for (const { network, waiting } of models()) this.set({ model: network.name, version: network.version }, waiting);
    },
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    answered(labels, status, taken) {
      requests.inc({ ...labels, status });
      if (taken !== undefined) latency.observe({ ...labels }, taken);
    },
    computed(labels, count, taken) {
      images.observe({ ...labels }, count);
      computing.observe({ ...labels }, taken);
    },
    lost: (labels) => restarts.inc({ ...labels }),
    reloaded: (labels, isLoaded) => reloads.inc({ ...labels, result: isLoaded ? 'loaded' : 'failed' }),
    connections: connectionMetrics(client, registry, memory),
  };
}

/** Of connections, and of what is held for them. */
function connectionMetrics(
  client: typeof import('prom-client'),
  registry: Registry,
  memory: SharedCount,
): ConnectionEvents {
  const registers = [registry];
  const connections = new client.Gauge({ name: 'cnnc_connections', help: 'Connections that are open.', registers });
  const refused = new client.Counter({
    name: 'cnnc_connections_refused_total',
    help: 'Connections that were closed because there were as many as there may be.',
    registers,
  });
  // It registers itself, and looks when it is asked.
  void new client.Gauge({
    name: 'cnnc_memory_bytes',
    help: 'Bytes of tensors and answers that are made or not taken yet.',
    registers,
    collect() {
      this.set(takenBytes(memory));
    },
  });
  return { open: (count) => connections.set(count), refused: () => refused.inc() };
}
