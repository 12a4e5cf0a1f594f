// The routes of the Open Inference Protocol over HTTP, and what stands around each request: its number, its token, its line in the log.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { escapeControls } from '../../../grammar/terminal.ts';
import { printable } from '../../data/input-error.ts';
import { JSON_LENGTH, Refusal, extensions, metadataOf } from '../../serve/protocol.ts';
import type { Answer, Work } from '../../serve/protocol.ts';
import type { ServeOptions } from '../../serve/options.ts';
import { hold } from '../../serve/memory.ts';
import { bodyMemory } from '../../serve/body.ts';
import type { Body } from '../../serve/body.ts';
import { boundedConnections } from './connections.ts';
import type { Metrics } from './metrics.ts';
import type { Model } from './model.ts';
import { usualPatience } from './patience.ts';
import type { Patience } from './patience.ts';
import type { ModelTable } from './table.ts';
import { tokenCheck } from './tokens.ts';
import { bytesOnTheWay, isUnread, lingeringPayload } from './unread.ts';

/** What answers requests. */
export interface Around {
  readonly table: ModelTable;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Once it stops, it says that it is not ready. */
  readonly state: { readonly isStopping: boolean };
  readonly options: ServeOptions;
  readonly patience?: Patience;
  /** The library of that name. */
  readonly fastify: (typeof import('fastify'))['fastify'];
}

/** The parts of a path. */
interface Place {
  readonly Params: { readonly name: string; readonly version?: string };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** When it came, as `performance.now` has it: Fastify itself looks at the clock only for a log of its own. */
    since: number;
    /** When it was whole, or came, where its body was not read. */
    wholeSince: number;
    /** The status of its answer, once that is sent to somebody. */
    status: number | undefined;
    /** Done when it is over, answered or not. */
    ending: (() => void)[];
  }
}

/** Seconds after which one who was refused for want of room may come again. */
const RETRY_AFTER = '1';

/** nginx's, of a request whose client hung up before there was an answer. */
const GONE = 499;

/** What clients were told who sent no HTTP, or too slowly, and saw no other answer. */
const refusedWith = new WeakMap<Socket, number>();

/** The server, not yet listening. */
export function application(around: Around): FastifyInstance {
  const { table, metrics, log, state, options, patience = usualPatience, fastify } = around;
  const connections = boundedConnections(options.maxConnections, patience, metrics.connections);
  const app: FastifyInstance = fastify({
    serverFactory: (listener) => connections.serve(listener),
    forceCloseConnections: 'idle',
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
    },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, { url }, reply: FastifyReply) =>
      void reply.code(error.statusCode ?? 400).send({
        error:
          error.statusCode === 414 ? 'a part of the path is too long' : `${printable(url)} is no path: its % are wrong`,
      }),
  });
  readBodies(app, options);
  watchRequests(app, { ...around, patience });

  app.get('/v2', () => ({ name: 'cnnc', version: options.version, extensions }));
  app.get('/v2/health/live', () => ({ live: true }));
  app.get('/v2/health/ready', (_, reply) => {
    const ready = !state.isStopping && table.all.every(({ isReady }) => isReady);
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    app.get<Place>(path, ({ params }) => {
      const { network } = table.find(params.name, params.version);
      return metadataOf(network, table.versionsOf(params.name));
    });
    app.get<Place>(`${path}/ready`, ({ params }, reply) => {
      const { network, isReady } = table.find(params.name, params.version);
      return reply.code(isReady ? 200 : 503).send({ name: network.name, ready: isReady });
    });
    app.post<Place>(`${path}/infer`, (request, reply) => {
      const jsonLength = jsonLengthOf(request);
      return answer(request, reply, { kind: 'infer', ...(jsonLength !== undefined && { jsonLength }) }, around);
    });
    app.post<Place>(`${path}/classify`, (request, reply) =>
      answer(request, reply, { kind: 'classify', top: topOf(request) }, around),
    );
  }
  app.setNotFoundHandler(({ method, url }) => {
    throw new Refusal(404, `there is no ${method} ${printable(url)}; docs/serving.md lists the paths`);
  });
  app.setErrorHandler((error: Error & { readonly statusCode?: number }, request, reply) => {
    const status = error instanceof Refusal ? error.status : (error.statusCode ?? 500);
    const isBug = status >= 500 && !(error instanceof Refusal);
    if (isBug) log.error({ id: request.id, stack: escapeControls(error.stack ?? '') }, 'a bug of the server');
    if (status === 429) void reply.header('retry-after', RETRY_AFTER);
    const isType = status === 415 && !(error instanceof Refusal);
    const message = isType ? noMediaType(request) : error.message;
    return reply.code(status).send({ error: isBug ? 'the server met a bug of its own' : message });
  });
  return app;
}

/**
 * Reads nothing more of a connection for a while: those who come back as fast as they are refused would leave no time for those who are
 * served. It takes between half of `most` milliseconds and all of them, so that not all of a crowd come back at once.
 */
function rest(socket: Socket, most: number): void {
  socket.pause();
  setTimeout(() => socket.resume(), most * (0.5 + Math.random() / 2));
}

/** What Fastify calls an unsupported type is none: all that are types are read. */
function noMediaType({ headers }: FastifyRequest): string {
  const found = headers['content-type'] ?? '';
  return `Content-Type is a media type, such as application/json, or is left out; found ${found === '' ? 'an empty one' : printable(found)}`;
}

/** Bytes, whatever their type is said to be. */
function readBodies(app: FastifyInstance, { bodies }: ServeOptions): void {
  const memory = bodyMemory(bodies);
  app.removeAllContentTypeParsers();
  // The two by name are those that Fastify finds again without reading the header anew.
  for (const type of ['application/octet-stream', 'application/json', '*'])
    app.addContentTypeParser(type, (request: FastifyRequest) => {
      checkCodings(request);
      const declared = request.headers['content-length'];
      return memory.read(request.raw, declared === undefined ? undefined : Number(declared));
    });
}

/** The token before; the metrics, the line in the log and the body's memory after. */
function watchRequests(app: FastifyInstance, around: Around & { readonly patience: Patience }): void {
  const { state, options, patience } = around;
  const isKnown = options.tokens.length === 0 ? () => true : tokenCheck(options.tokens);
  app.decorateRequest('since', 0);
  app.decorateRequest('wholeSince', 0);
  app.decorateRequest('status');
  app.decorateRequest('ending');
  app.addHook('onRequest', (request, reply, done) => {
    request.since = performance.now();
    request.wholeSince = request.since;
    request.ending = [];
    // Also where the client hangs up before the answer is there, or takes it.
    reply.raw.once('close', () => end(request, reply, around));
    void reply.header('x-request-id', request.id);
    const wrong = wrongHeader(request.raw);
    if (wrong) return done(wrong);
    // Probes of a cluster have no token, and learn nothing here.
    if (request.url.startsWith('/v2/health/') || isKnown(request.headers.authorization)) return done();
    void reply.header('www-authenticate', 'Bearer');
    done(new Refusal(401, "the server asks for a bearer token, one of its --token-file's"));
  });
  app.addHook('onResponse', ({ raw }, { statusCode }, done) => {
    if (statusCode === 429) rest(raw.socket, patience.refused);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    // Otherwise the connection stays open for the next request, and the server with it.
    if (state.isStopping) void reply.header('connection', 'close');
    // Nobody is left to close it where the client has hung up already.
    if (!reply.raw.closed) {
      const limit = setTimeout(() => request.raw.destroy(), patience.answer);
      request.ending.push(() => clearTimeout(limit));
    }
    if (request.raw.socket.writable) {
      request.status = reply.statusCode;
      count(request, around, secondsFrom(request.wholeSince));
    }
    if (typeof payload !== 'string' || !isUnread(request.raw)) return done(null, payload);
    void reply.header('connection', 'close').header('content-length', Buffer.byteLength(payload));
    const bytes = Math.max(options.bodies.each, bytesOnTheWay);
    done(null, lingeringPayload(request.raw, payload, { bytes, ms: patience.unread }));
  });
}

/** Why a request is refused for its headers alone, as RFC 9112, section 3.2, and RFC 9110, section 10.1.1, want it. */
function wrongHeader(request: IncomingMessage): Refusal | undefined {
  const hosts = hostsOf(request);
  if (hosts > 1) return new Refusal(400, 'the request has more than one Host');
  if (hosts === 0 && request.httpVersion === '1.1') return new Refusal(400, 'the request has no Host');
  const expected = request.headers.expect;
  if (expected === undefined || expected.toLowerCase() === '100-continue') return undefined;
  return new Refusal(417, `a client can expect 100-continue; found ${printable(expected)}`);
}

/** How many there are, which Node does not say. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

const secondsFrom = (since: number): number => (performance.now() - since) / 1000;

/** Among those for its model, if it is for one. `seconds`: from the whole request to its answer, where it has one. */
function count({ method, params, status }: FastifyRequest, { table, metrics }: Around, seconds?: number): void {
  if (method !== 'POST') return;
  const { name, version } = params as Partial<Place['Params']>;
  const network = table.versionOf(name, version)?.network;
  if (network) metrics.answered({ model: network.name, version: network.version }, status ?? GONE, seconds);
}

/** Of a request, answered or not. */
function end(request: FastifyRequest, reply: FastifyReply, around: Around): void {
  const { log } = around;
  (request.body as Body | undefined)?.release();
  for (const one of request.ending) one();
  if (request.status === undefined) {
    request.status = refusedWith.get(request.raw.socket) ?? GONE;
    count(request, around);
  }
  if (!log.isLevelEnabled('info')) return;
  log.info(
    {
      id: request.id,
      method: request.method,
      url: escapeControls(request.url),
      status: request.status,
      ms: Math.round(secondsFrom(request.since) * 1e6) / 1000,
      ...(!reply.raw.writableFinished && { gone: true }),
    },
    'request',
  );
}

/** What goes wrong afterwards is an error of the request, as what is thrown at once. */
function answer(
  request: FastifyRequest<Place>,
  reply: FastifyReply,
  asked: Omit<Work, 'body'>,
  { table, options }: Around,
): void {
  request.wholeSince = performance.now();
  const model = table.find(request.params.name, request.params.version);
  computed(model, request, asked)
    .then((result) => {
      if (result.status === 429 || result.status === 503) void reply.header('retry-after', RETRY_AFTER);
      if (result.jsonLength !== undefined) void reply.header(JSON_LENGTH, result.jsonLength);
      const { buffer, byteOffset, byteLength } = result.body;
      if (!reply.raw.closed) request.ending.push(hold(options.memory, byteLength));
      void reply
        .code(result.status)
        .type(result.type)
        .send(Buffer.from(buffer, byteOffset, byteLength));
    })
    .catch((error: unknown) => reply.send(error));
}

/** Throws `Refusal` where there is no body, and of status 429 where the queue is full. */
function computed(model: Model, { body, ending }: FastifyRequest<Place>, asked: Omit<Work, 'body'>): Promise<Answer> {
  if (body === undefined || body === null) throw new Refusal(400, 'the request has no body');
  const ticket = model.submit({ ...asked, body: (body as Body).bytes });
  if (!ticket) throw new Refusal(429, `${model.waiting} requests wait already, as many as --max-queue lets; try again`);
  ending.push(ticket.leave);
  return ticket.answer;
}

/** Throws `Refusal` where the body is compressed, and where that is not said in a way that all understand (RFC 9112, section 6.1). */
function checkCodings({ headers }: FastifyRequest): void {
  const { 'transfer-encoding': transfer, 'content-encoding': content } = headers;
  if (transfer !== undefined && transfer.toLowerCase() !== 'chunked')
    throw new Refusal(501, `the transfer coding is chunked; found ${printable(transfer)}`);
  if (content !== undefined && content.toLowerCase() !== 'identity')
    throw new Refusal(415, `bodies come as they are, not in ${printable(content)}`);
}

/** Throws `Refusal`. */
function jsonLengthOf({ headers }: FastifyRequest): number | undefined {
  const text = headers[JSON_LENGTH];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text);
  throw new Refusal(400, 'Inference-Header-Content-Length is the number of bytes of JSON');
}

/** Of `?top=3`. Throws `Refusal`. */
function topOf({ query }: FastifyRequest): number {
  const { top = '5' } = query as { readonly top?: unknown };
  if (typeof top === 'string' && /^[1-9]\d{0,5}$/.test(top)) return Number(top);
  throw new Refusal(400, '"top" is how many classes are wanted, a whole number from 1 to 999999');
}

/** What is no HTTP. */
function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, phrase, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large', 'the headers are too long']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout', 'the request took too long to arrive']
        : [400, 'Bad Request', 'the request is not HTTP'];
  refusedWith.set(socket, status);
  const body = JSON.stringify({ error: message });
  socket.write(
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  // Otherwise it would stay open for as long as the client wants, who may go on sending.
  socket.destroySoon();
}
