// `cnnc lsp` and what no good client sends: bytes that are no messages, messages that are no requests, huge texts, bursts of edits,
// strange file names. The server goes on, or ends as the protocol says.

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import {
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
} from 'vscode-languageserver-protocol/node';
import { program } from '../support/command-line.ts';
import { startClient } from '../support/language-client.ts';
import type { LanguageClient } from '../support/language-client.ts';

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cnnc lsp-'));
const servers: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.kill();
});
afterAll(() => rmSync(folder, { recursive: true }));

const network = (body: string): string => `network N {\n  input image: [1, 28, 28]\n${body}}\n`;
const framed = (body: string): string => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const request = (id: number | string, method: string, params: unknown = {}): string =>
  framed(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
const initialize = request(1, 'initialize', { processId: null, rootUri: null, capabilities: {} });

/** Requests and notifications of the protocol with right and wrong parameters. */
const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
const mostly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary: right }, { weight: 1, arbitrary: anything });
const position = mostly(fc.record({ line: mostly(fc.nat(8)), character: mostly(fc.nat(30)) }));
const range = mostly(fc.record({ start: position, end: position }));
const uri = mostly(fc.constantFrom('untitled:a', 'file:///tmp/a.cnn', 'file:///%', '', '__proto__'));
const textDocument = mostly(
  fc.record({ uri, version: mostly(fc.nat()), text: mostly(fc.constant(network('  relu\n'))) }),
);
const edit = mostly(
  fc.record({ range, text: mostly(fc.constantFrom('conv(', '{', '}', '\n', '"', '/*', '🦉', ' -> ')) }),
);
const messages = fc.record({
  jsonrpc: fc.constant('2.0'),
  id: fc.option(fc.nat(), { nil: undefined }),
  method: mostly(
    fc.constantFrom(
      ...['didOpen', 'didChange', 'didClose', 'hover', 'completion', 'rename', 'codeAction', 'formatting'].map(
        (name) => `textDocument/${name}`,
      ),
      ...['cnnc/drawing', 'cnnc/report', 'workspace/didChangeWorkspaceFolders', '$/cancelRequest'],
    ),
  ),
  params: mostly(
    fc.record({
      ...{ textDocument, position, range, contentChanges: mostly(fc.array(edit, { maxLength: 3 })) },
      newName: mostly(fc.constant('other')),
      context: mostly(fc.record({ diagnostics: mostly(fc.constant([])) })),
    }),
  ),
});

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number };
}

interface Raw {
  readonly server: ChildProcessWithoutNullStreams;
  /** Resolves with the answer to the request of this number. */
  answer(id: number | string | null): Promise<Answer>;
  readonly exit: Promise<number | null>;
  stderr(): string;
}

/** A server that gets bytes, not messages. */
function startRaw(): Raw {
  const server = spawn(process.execPath, [program, 'lsp']);
  servers.push(server);
  let [stdout, stderr] = ['', ''];
  const waiting = new Set<() => void>();
  server.stdout.setEncoding('latin1').on('data', (text: string) => {
    stdout += text;
    for (const look of waiting) look();
  });
  server.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const messages = (): readonly Answer[] =>
    stdout.split(/Content-Length: \d+\r\n\r\n/).flatMap((body) => (body === '' ? [] : [JSON.parse(body) as Answer]));
  return {
    server,
    exit: new Promise((resolve) => server.on('exit', resolve)),
    stderr: () => stderr,
    answer: (id) =>
      new Promise((resolve) => {
        const look = (): void => {
          try {
            const found = messages().find((message) => message.id === id);
            if (!found) return;
            waiting.delete(look);
            resolve(found);
          } catch {
            // The last message is not whole yet.
          }
        };
        waiting.add(look);
        look();
      }),
  };
}

describe('bytes', () => {
  test('that are no message are left out, and what follows is answered', async () => {
    const { server, answer, stderr } = startRaw();
    server.stdin.write(Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7919) % 251)));
    server.stdin.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${initialize}`);
    expect(await answer(1)).toMatchObject({ result: { serverInfo: { name: 'cnnc' } } });
    expect(stderr()).toMatch(/no message of the language server protocol/);
  });
  test('come one by one', async () => {
    const { server, answer } = startRaw();
    for (const byte of initialize) server.stdin.write(byte);
    expect(await answer(1)).toHaveProperty('result');
  });
  test('of a message that is announced as huge are never kept', async () => {
    const { server, stderr } = startRaw();
    server.stdin.write('Content-Length: 999999999999999\r\n\r\n');
    const chunk = Buffer.alloc(1 << 20, 'x');
    for (let count = 0; count < 200; count += 1) {
      if (!server.stdin.write(chunk)) await new Promise((resolve) => server.stdin.once('drain', resolve));
    }
    expect(stderr()).toMatch(/left out a message of 999999999999999 bytes/);
    expect(residentMiB(server.pid!)).toBeLessThan(256);
  });
  test('of a message that is too long are skipped, and what follows is answered', async () => {
    const { server, answer } = startRaw();
    server.stdin.write(framed(`"${'x'.repeat(17 << 20)}"`) + initialize);
    expect(await answer(1)).toHaveProperty('result');
  });
  test('that are not JSON are refused, and the next request is answered', async () => {
    const { server, answer } = startRaw();
    server.stdin.write(framed('{"jsonrpc": "2.0", ') + framed('[1, 2]') + framed('null') + framed('') + initialize);
    expect(await answer(null)).toMatchObject({ error: { code: -32700 } });
    expect(await answer(1)).toHaveProperty('result');
  });
});

/** Resident memory of a process. */
function residentMiB(processId: number): number {
  const [, kiB] = /VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))!;
  return Number(kiB) / 1024;
}

describe('the life of a server', () => {
  test('requests before `initialize` and after `shutdown` are errors', async () => {
    const { server, answer, exit } = startRaw();
    server.stdin.write(request('early', 'textDocument/hover', { textDocument: { uri: 'file:///a.cnn' } }) + initialize);
    expect(await answer('early')).toMatchObject({ error: { code: -32002 } });
    expect(await answer(1)).toHaveProperty('result');
    server.stdin.write(request('twice', 'initialize', { processId: null, capabilities: {} }));
    expect(await answer('twice')).toMatchObject({ error: { code: -32600 } });
    server.stdin.write(request(2, 'shutdown') + request(3, 'textDocument/hover'));
    expect(await answer(2)).toMatchObject({ result: null });
    expect(await answer(3)).toMatchObject({ error: { code: -32600 } });
    server.stdin.write(framed(JSON.stringify({ jsonrpc: '2.0', method: 'exit' })));
    expect(await exit).toBe(0);
  });
  test('what was due at `shutdown` is not done any more', async () => {
    const { server, answer, exit, stderr } = startRaw();
    const textDocument = { uri: 'untitled:a', languageId: 'cnn', version: 1, text: 'nonsense' };
    const opened = { jsonrpc: '2.0', method: 'textDocument/didOpen', params: { textDocument } };
    server.stdin.write(initialize + framed(JSON.stringify(opened)) + request(2, 'shutdown'));
    expect(await answer(2)).toMatchObject({ result: null });
    await new Promise((resolve) => setTimeout(resolve, 300));
    server.stdin.write(framed(JSON.stringify({ jsonrpc: '2.0', method: 'exit' })));
    expect(await exit).toBe(0);
    expect(stderr()).toBe('');
  });
  test('`exit` without `shutdown`, and an end of the input, are a failure', async () => {
    const first = startRaw();
    first.server.stdin.write(initialize + framed(JSON.stringify({ jsonrpc: '2.0', method: 'exit' })));
    expect(await first.exit).toBe(1);
    const second = startRaw();
    second.server.stdin.end();
    expect(await second.exit).toBe(1);
  });
  test('it ends when the process of its client has ended', async () => {
    const parent = spawn('sleep', ['60']);
    const { server, answer, exit } = startRaw();
    server.stdin.write(request(1, 'initialize', { processId: parent.pid, rootUri: null, capabilities: {} }));
    await answer(1);
    parent.kill();
    expect(await exit).toBe(1);
  });
  test('unknown requests and wrong parameters are errors, unknown notifications nothing', async () => {
    const { server, answer } = startRaw();
    const wrong = [undefined, null, 7, [], {}, { textDocument: null }, { textDocument: { uri: 3 }, position: 'x' }];
    server.stdin.write(initialize);
    for (const [at, params] of wrong.entries())
      server.stdin.write(request(`wrong ${at}`, 'textDocument/hover', params));
    server.stdin.write(
      framed(JSON.stringify({ jsonrpc: '2.0', method: 'textDocument/didChange', params: { textDocument: {} } })),
    );
    server.stdin.write(framed(JSON.stringify({ jsonrpc: '2.0', method: 'textDocument/didOpen', params: null })));
    server.stdin.write(framed(JSON.stringify({ jsonrpc: '2.0', method: '$/whatever', params: {} })));
    server.stdin.write(request('odd', 'cnnc/nothing'));
    for (const at of wrong.keys()) expect(await answer(`wrong ${at}`)).toHaveProperty('error');
    expect(await answer('odd')).toMatchObject({ error: { code: -32601 } });
    server.stdin.write(request(9, 'shutdown'));
    expect(await answer(9)).toMatchObject({ result: null });
  });
});

test('random messages do not end it', async () => {
  const { server, answer, exit } = startRaw();
  server.stdin.write(initialize);
  for (const message of fc.sample(messages, { numRuns: 400, seed: 20_261_128 }))
    server.stdin.write(framed(JSON.stringify(message)));
  server.stdin.write(request('last', 'shutdown') + framed(JSON.stringify({ jsonrpc: '2.0', method: 'exit' })));
  expect(await answer('last')).toMatchObject({ result: null });
  expect(await exit).toBe(0);
});

describe('texts', () => {
  const clients: LanguageClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) expect(await client.end()).toBe(0);
  });
  const start = async (...folders: readonly string[]): Promise<LanguageClient> => {
    const client = await startClient({ folders });
    clients.push(client);
    return client;
  };

  test('of 5 MB are refused in one sentence, quickly', async () => {
    const client = await start();
    const from = performance.now();
    client.open('untitled:Untitled-1', network('  conv(8, kernel: 3) -> relu\n'.repeat(180_000)));
    const { diagnostics } = await client.diagnostics('untitled:Untitled-1', 1);
    expect(diagnostics).toMatchObject([{ severity: 1, message: expect.stringMatching(/characters/) as string }]);
    expect(performance.now() - from).toBeLessThan(5000);
    expect(residentMiB(client.processId)).toBeLessThan(400);
  });

  test('with 1,000 edits in a burst end in one answer for the last of them', async () => {
    const client = await start();
    const uri = 'file:///tmp/burst.cnn';
    client.open(uri, network('  dense(10)\n'));
    await client.diagnostics(uri, 1);
    const before = client.published.length;
    const from = performance.now();
    for (let version = 2; version <= 1001; version += 1) {
      const at = { line: 2, character: 2 };
      const typed = { range: { start: at, end: at }, text: 'x' };
      const removed = { range: { start: at, end: { line: 2, character: 3 } }, text: '' };
      void client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version },
        contentChanges: version === 1001 ? [typed] : [typed, removed],
      });
    }
    const { diagnostics } = await client.diagnostics(uri, 1001);
    expect(diagnostics[0]!.message).toMatch(/xdense/);
    expect(performance.now() - from).toBeLessThan(5000);
    expect(client.published.length - before).toBeLessThan(20);
    expect(residentMiB(client.processId)).toBeLessThan(400);
  });

  test('that are closed while an answer is due get none, and requests about them are errors', async () => {
    const client = await start();
    const uri = 'file:///tmp/closed.cnn';
    client.open(uri, network('  nonsense\n'));
    void client.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
    const position = { line: 0, character: 0 };
    await expect(
      client.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position }),
    ).rejects.toThrow(/is not open/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.published).toEqual([{ uri, diagnostics: [] }]);
  });

  test('with other line ends have the same places', async () => {
    const client = await start();
    const text = network('  // größer 🦉\n  conv(8, kernel: 30)\n');
    for (const [name, end] of [
      ['n', '\n'],
      ['rn', '\r\n'],
      ['r', '\r'],
    ] as const) {
      const uri = `file:///tmp/${name}.cnn`;
      client.open(uri, text.replaceAll('\n', end));
      const { diagnostics } = await client.diagnostics(uri, 1);
      expect(diagnostics[0]!.range).toEqual({ start: { line: 3, character: 2 }, end: { line: 3, character: 21 } });
    }
  });

  test('places behind the end of a line or of the text are its end', async () => {
    const client = await start();
    const uri = 'file:///tmp/places.cnn';
    client.open(uri, network('  dense(10)\n'));
    for (const position of [
      { line: 1, character: 1e6 },
      { line: 1e6, character: 0 },
      { line: -1, character: -1 },
    ]) {
      const answer = client.connection.sendRequest('textDocument/completion', { textDocument: { uri }, position });
      await expect(answer).resolves.toHaveProperty('items');
    }
  });

  const names = ['with blanks', '100%', '%41', 'größe', '图', "quote'", '#hash', 'a?b', 'plus+', '__proto__', '🦉'];
  test('import files whatever their folder is called', async () => {
    const client = await start(pathToFileURL(folder).href);
    for (const name of names) {
      const place = join(folder, name);
      mkdirSync(place);
      writeFileSync(join(place, 'parts.cnn'), 'block part(n: int) {\n  dense(n)\n}\n');
      const uri = pathToFileURL(join(place, 'net.cnn')).href;
      client.open(uri, `import { part } from "./parts.cnn"\n${network('  flatten\n  part(10)\n')}`);
      expect((await client.diagnostics(uri, 1)).diagnostics, name).toEqual([]);
      const params = { textDocument: { uri }, position: { line: 4, character: 3 } };
      const found = await client.connection.sendRequest('textDocument/definition', params);
      expect(found).toMatchObject({ uri: pathToFileURL(join(place, 'parts.cnn')).href, range: { start: { line: 0 } } });
    }
  });

  test('links out of the project are not followed, links inside are', async () => {
    const project = join(folder, 'project');
    mkdirSync(project);
    writeFileSync(join(folder, 'outside.cnn'), 'block out {\n  relu\n}\n');
    writeFileSync(join(project, 'real.cnn'), 'block in_there {\n  relu\n}\n');
    symlinkSync(join(folder, 'outside.cnn'), join(project, 'link-out.cnn'));
    symlinkSync(join(project, 'real.cnn'), join(project, 'link-in.cnn'));
    symlinkSync(project, join(folder, 'linked project'));
    const client = await start(pathToFileURL(join(folder, 'linked project')).href);
    const uri = pathToFileURL(join(folder, 'linked project', 'net.cnn')).href;
    client.open(uri, `import { in_there } from "./link-in.cnn"\n${network('  in_there\n')}`);
    expect((await client.diagnostics(uri, 1)).diagnostics).toEqual([]);
    client.change(uri, `import { out } from "./link-out.cnn"\n${network('  out\n')}`, 2);
    expect((await client.diagnostics(uri, 2)).diagnostics[0]).toMatchObject({ code: 'import/not-found' });
  });
});
