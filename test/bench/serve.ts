// `npm run bench -- --serve`: requests for LeNet a second, `cnnc serve` against onnxruntime-node in Fastify, and what a server does at
// ten times what it can. Everything is on this machine, the clients too.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lookEvery } from '../../src/cli/serve/metrics.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';
import { casesOf, graphOf } from './cases.ts';
import { encodeOnnx } from './onnx.ts';
import { weightsFile } from './ours.ts';
import { importPeer } from './peers/import-peer.ts';
import { capacities, capacityLine } from './serve-turns.ts';
import type { Capacity, ServeTurn } from './serve-turns.ts';

export type ServerName = 'cnnc serve' | 'onnxruntime-node in Fastify' | 'a constant of node:http';

/** What servers can do, and what they do at less and at more than that. */
export interface ServeResults {
  readonly capacities: readonly Capacity<ServerName>[];
  readonly loads: readonly ServeResult[];
}

export interface ServeResult extends ServeTurn {
  readonly server: ServerName;
  readonly load: 'as much as it can' | '60 % of that' | 'ten times that';
  readonly seconds: number;
  readonly answered: number;
  /** Refused with 429. */
  readonly refused: number;
  /** Neither. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of our server: how late its event loop is in 99 of 100 looks at most, and the memory that it has afterwards. */
  readonly loopP99Ms?: number;
  readonly residentMiB?: number;
}

/** The part of autocannon that is used. */
interface Autocannon {
  default(options: object): Promise<{
    readonly requests: { readonly average: number };
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly '2xx': number;
    readonly non2xx: number;
    readonly errors: number;
    readonly timeouts: number;
    readonly statusCodeStats?: Readonly<Record<string, { readonly count: number }>>;
  }>;
}

const peerName = 'onnxruntime-node in Fastify';
/** Clients at once, of whom each waits for its answer. */
const levels = [32, 64] as const;
const connections = levels[0];
/** Each of a server's turns takes a fifth of the seconds. */
const rounds = 7;
/** Clients at ten times the capacity: more than may wait. */
const crowd = 640;

/** `seconds` of each load. */
export async function measureServing(seconds: number, say: (line: string) => void): Promise<ServeResults> {
  const { default: autocannon } = await importPeer<Autocannon>('autocannon');
  const folder = await mkdtemp(join(tmpdir(), 'cnnc-bench-serve-'));
  const children: ChildProcess[] = [];
  const results: ServeResult[] = [];
  try {
    const graph = graphOf(casesOf(['LeNet'])[0]!);
    const weights = formulaWeights(graph);
    await writeFile(join(folder, 'lenet.onnx'), encodeOnnx(graph, weights).bytes);
    await writeFile(join(folder, 'lenet.safetensors'), weightsFile(graph, weights));
    const ours = await start(children, ['../../bin/cnnc.js', 'serve', lenet, '--weights', join(folder, 'lenet.safetensors'), '--port', '0', '--log', 'warn', '--math', 'fast']); // prettier-ignore
    const peer = await start(children, ['serve-peer.ts', join(folder, 'lenet.onnx')]);
    const { body, headers } = requestOf(graph.inputs[0]!.name, formulaInput(graph));
    const floor = await start(children, ['serve-floor.ts']);
    const urls: Readonly<Record<ServerName, string>> = {
      'cnnc serve': `${ours}v2/models/lenet/infer`,
      'onnxruntime-node in Fastify': `http://127.0.0.1:${peer}/infer`,
      'a constant of node:http': `http://127.0.0.1:${floor}/infer`,
    };
    const measure = async (
      server: ServerName,
      load: ServeResult['load'],
      options: object,
      duration: number,
    ): Promise<ServeResult> => {
      const before = process.cpuUsage();
      const result = await autocannon({ url: urls[server], method: 'POST', body, headers, duration, ...options });
      const { user, system } = process.cpuUsage(before);
      const refused = result.statusCodeStats?.['429']?.count ?? 0;
      return {
        server,
        load,
        seconds: duration,
        requestsPerSecond: Math.round(result['2xx'] / duration),
        answered: result['2xx'],
        refused,
        failed: result.non2xx - refused + result.errors + result.timeouts,
        p50Ms: result.latency.p50,
        p99Ms: result.latency.p99,
        clientCores: (user + system) / 1e6 / duration,
        ...(server === 'cnnc serve' && (await healthOf(ours))),
      };
    };
    const names = Object.keys(urls) as readonly ServerName[];
    // Warm.
    for (const server of names) await measure(server, 'as much as it can', { connections }, 4);
    const found: Capacity<ServerName>[] = [];
    for (const clients of levels)
      found.push(
        ...(await capacities(names, { peer: peerName, rounds, connections: clients }, async (server) => {
          const options = { connections: clients };
          const result = await measure(server, 'as much as it can', options, Math.max(1, Math.round(seconds / 5)));
          if (result.failed + result.refused > 0) throw new Error(`not all are answered: ${lineOf(result)}`);
          return result;
        })),
      );
    for (const one of found) say(capacityLine(one));
    for (const server of ['cnnc serve', peerName] as const) {
      const most = found.find((one) => one.server === server && one.connections === connections)!;
      const overallRate = Math.round(0.6 * most.requestsPerSecond);
      results.push(await measure(server, '60 % of that', { connections, overallRate }, seconds));
    }
    results.push(await measure('cnnc serve', 'ten times that', { connections: crowd }, seconds));
    for (const one of results) say(lineOf(one));
    return { capacities: found, loads: results };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}

const lenet = fileURLToPath(new URL('../../examples/lenet/lenet.cnn', import.meta.url));

/** What it prints first. */
async function start(children: ChildProcess[], argv: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, argv, {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return text.trim();
}

function requestOf(name: string, x: Float32Array): { readonly body: Buffer; readonly headers: object } {
  const shape = [1, 1, 28, 28];
  const json = JSON.stringify({
    inputs: [{ name, datatype: 'FP32', shape, parameters: { binary_data_size: x.byteLength } }],
    parameters: { binary_data_output: true },
  });
  return {
    body: Buffer.concat([Buffer.from(json), Buffer.from(x.buffer, x.byteOffset, x.byteLength)]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': `${json.length}`,
    },
  };
}

async function healthOf(address: string): Promise<Pick<ServeResult, 'loopP99Ms' | 'residentMiB'>> {
  const text = await (await fetch(`${address}metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  return {
    loopP99Ms: 1000 * value('nodejs_eventloop_lag_p99_seconds') - lookEvery,
    residentMiB: Math.round(value('process_resident_memory_bytes') / 2 ** 20),
  };
}

function lineOf({
  server,
  load,
  requestsPerSecond,
  refused,
  failed,
  p50Ms,
  p99Ms,
  loopP99Ms,
  residentMiB,
}: ServeResult): string {
  const ours = loopP99Ms === undefined ? '' : `, event loop p99 ${loopP99Ms.toFixed(1)} ms, ${residentMiB} MiB`;
  return `${server.padEnd(28)} ${load.padEnd(18)} ${`${requestsPerSecond}`.padStart(7)} requests/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms, ${refused} refused, ${failed} failed${ours}`;
}
