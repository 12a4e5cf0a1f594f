// What `cnnc serve` is started with: limits that follow from each other, tokens, and addresses that are none.

import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { ServeOptions } from '../../src/serve/options.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { cnnc } from '../cli/harness.ts';
import type { World } from '../cli/harness.ts';

async function started(argv: readonly string[], files: World['files'] = {}): Promise<ServeOptions> {
  let options: ServeOptions | undefined;
  const { code, stderr } = await cnnc(['serve', 'net.cnn', ...argv], { files, onServe: (given) => (options = given) });
  expect([code, stderr]).toEqual([0, '']);
  return options!;
}

const MIB = 2 ** 20;

test('limits follow from --max-body', async () => {
  const { bodies, memory, maxConnections, models } = await started(['--max-body', '1MiB']);
  expect(bodies).toEqual({ each: MIB, together: 4 * MIB });
  expect([memory.most, models[0]!.maxAnswer, maxConnections]).toEqual([24 * 1024, 8 * MIB, 1024]);
  // All models count together.
  expect(models[0]!.memory).toBe(memory);
  const given = await started(['--max-memory', '2GiB', '--max-connections', '7']);
  expect([given.memory.most, given.maxConnections]).toEqual([2 * MIB, 7]);
});

test.each([
  ['\ufeffone\r\n\r\n  two  \n', ['one', 'two']],
  ['a.b-c_d~e+f/g==', ['a.b-c_d~e+f/g==']],
])('tokens in %j', async (text, tokens) => {
  expect((await started(['--token-file', 'tokens'], { tokens: text })).tokens).toEqual(tokens);
});

test.each([
  [['--token-file', 'tokens'], '', 'tokens has no token'],
  [['--token-file', 'tokens'], '\ufeff\r\n \n', 'tokens has no token'],
  [['--token-file', 'tokens'], 'two words\n', 'a line that is no token'],
  // What no header can bear.
  [['--token-file', 'tokens'], 'secr\u00e9t\n', 'a line that is no token'],
  [['--token-file', 'tokens'], 'a\u0000b\n', 'a line that is no token'],
  [['--host', ''], '', '--host is an address, such as 127.0.0.1; found nothing'],
  [['--max-connections', '0'], '', '--max-connections takes a whole number from 1'],
  [['--max-memory', '0MiB'], '', '--max-memory takes a size'],
  [['a=net.cnn', 'a@01=net.cnn'], '', 'two models are a@1'],
])('%j is refused', async (argv, text, message) => {
  const { code, stderr } = await cnnc(['serve', 'net.cnn', ...argv], { files: { tokens: text } });
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test.each([
  ['a port that is in use', '127.0.0.1', 'it is in use'],
  ['an address of another machine', '192.0.2.1', 'this machine has no such address'],
])('%s is said in a sentence', async (_, host, reason) => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => void other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const options = { ...(await started([])), models: [], host, port };
  await expect(nodeIo.serve!(options)).rejects.toThrow(`cannot listen on port ${port} of ${host}: ${reason}`);
  other.close();
});
