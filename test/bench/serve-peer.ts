// The same model as its users serve it without cnnc: onnxruntime-node in Fastify. node serve-peer.ts MODEL.onnx; prints its port.

import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { importPeer } from './peers/import-peer.ts';

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
}
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => unknown;
}

const ort = await importPeer<Ort>('onnxruntime-node');
const session = await ort.InferenceSession.create(readFileSync(process.argv[2]!), { intraOpNumThreads: 1 });
const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];

const app = fastify({ bodyLimit: 1 << 24 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
app.post('/infer', async (request, reply) => {
  const body = request.body as Buffer;
  const length = Number(request.headers['inference-header-content-length']);
  const { inputs } = JSON.parse(body.toString('utf8', 0, length)) as {
    readonly inputs: readonly [{ readonly shape: readonly number[] }];
  };
  const x = new Float32Array(body.buffer.slice(body.byteOffset + length, body.byteOffset + body.length));
  const results = await session.run({ [input]: new ort.Tensor('float32', x, inputs[0].shape) });
  const { data } = results[output]!;
  const json = Buffer.from(
    JSON.stringify({ outputs: [{ name: output, parameters: { binary_data_size: data.byteLength } }] }),
  );
  return reply
    .type('application/octet-stream')
    .header('inference-header-content-length', json.length)
    .send(Buffer.concat([json, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]));
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log((app.server.address() as AddressInfo).port);
