// `cnnc lsp` and clients that know little of the protocol, each by what the specification says that they understand (Language Server
// Protocol 3.17; the section is named where it says it).

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  ApplyWorkspaceEditRequest,
  CodeActionRequest,
  CompletionRequest,
  DocumentSymbolRequest,
  ExecuteCommandRequest,
  HoverRequest,
  RenameRequest,
  SignatureHelpRequest,
} from 'vscode-languageserver-protocol/node';
import type {
  ApplyWorkspaceEditParams,
  ClientCapabilities,
  Command,
  CompletionList,
  MarkupContent,
} from 'vscode-languageserver-protocol/node';
import { afterAll, afterEach, expect, test } from 'vitest';
import { startClient } from '../support/language-client.ts';
import type { ClientOptions, LanguageClient } from '../support/language-client.ts';

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cnnc-lsp-clients-'));
const uri = pathToFileURL(join(folder, 'net.cnn')).href;
const about = { textDocument: { uri } };
const text = `const width = 8

block unit(channels: int) {
  conv(channels, kernel: 3)
}

network N {
  input image: [1, 28, 28]
  /* 🦉 */ unit(width) -> relu
  a = max_pool(2)
  flatten -> dense(10)
}
`;
/** A caret in the text: behind the first place of `before`. */
function behind(before: string): { line: number; character: number } {
  return TextDocument.create(uri, 'cnn', 1, text).positionAt(text.indexOf(before) + before.length);
}

const clients: LanguageClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) expect(await client.end()).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(capabilities: ClientCapabilities, options: ClientOptions = {}): Promise<LanguageClient> {
  const client = await startClient({ capabilities, ...options });
  clients.push(client);
  client.open(uri, text);
  return client;
}

const completions = async ({ connection }: LanguageClient, before: string): Promise<CompletionList> =>
  (await connection.sendRequest(CompletionRequest.type, { ...about, position: behind(before) })) as CompletionList;
const hoverOf = async ({ connection }: LanguageClient): Promise<MarkupContent> =>
  (await connection.sendRequest(HoverRequest.type, { ...about, position: behind('a = max') }))!
    .contents as MarkupContent;
const signature = async ({ connection }: LanguageClient) =>
  (await connection.sendRequest(SignatureHelpRequest.type, { ...about, position: behind('unit(wid') }))!.signatures[0]!;

test('one that announces nothing gets what the first clients understood', async () => {
  const client = await start({});
  const { capabilities } = client.initialized;
  // "RenameOptions may only be specified if the client states that it supports `prepareSupport`."
  expect(capabilities.renameProvider).toBe(true);
  expect(capabilities).not.toHaveProperty('codeActionProvider');
  expect(capabilities).not.toHaveProperty('executeCommandProvider');
  expect(capabilities).not.toHaveProperty('workspace');
  expect((await hoverOf(client)).kind).toBe('plaintext');
  // CompletionClientCapabilities: without a `valueSet`, kinds from `Text` to `Reference`.
  for (const before of ['unit(w', 'conv(c', '  a', '']) {
    const { items } = await completions(client, before);
    expect(items.length).toBeGreaterThan(0);
    for (const { kind, insertTextFormat, label } of items) {
      expect(kind, label).toBeLessThanOrEqual(18);
      expect(insertTextFormat ?? 1, label).toBe(1);
    }
  }
  // ParameterInformation: offsets only with `labelOffsetSupport`; a string is a part of the signature's label.
  const { label, parameters } = await signature(client);
  expect(parameters!.map((one) => one.label)).toEqual(['channels: int']);
  expect(label).toContain('channels: int');
  // SymbolInformation for those without `hierarchicalDocumentSymbolSupport`; kinds from `File` to `Array`.
  const symbols = await client.connection.sendRequest(DocumentSymbolRequest.type, about);
  expect(symbols!.map((symbol) => [symbol.name, 'location' in symbol, symbol.kind <= 18])).toContainEqual([
    'a',
    true,
    true,
  ]);
  const renamed = await client.connection.sendRequest(RenameRequest.type, {
    ...about,
    position: behind('const wid'),
    newName: 'size_of',
  });
  expect(renamed).toEqual({ changes: { [uri]: [expect.anything(), expect.anything()] } });
});

test('one that shows no related places reads of them in the message', async () => {
  const wrong = text.replace('dense(10)', 'dense(10)\n  unit(4)');
  const [few, more] = [
    await start({}),
    await start({ textDocument: { publishDiagnostics: { relatedInformation: true } } }),
  ];
  const seen = [few, more].map(async (client) => {
    client.change(uri, wrong, 2);
    const { diagnostics } = await client.diagnostics(uri, 2);
    return diagnostics.find(({ severity }) => severity === 1)!;
  });
  const [told, linked] = await Promise.all(seen);
  expect(linked!.relatedInformation!.map(({ location }) => location.range.start.line)).toEqual([11, 8]);
  expect(linked!.message).not.toContain('net.cnn:12');
  expect(told).not.toHaveProperty('relatedInformation');
  expect(told!.message).toContain('called at net.cnn:12 and 1 more place');
});

test('Markdown goes where the client wants it: formats stand in the order of its preference', async () => {
  const client = await start({
    textDocument: {
      hover: { contentFormat: ['plaintext', 'markdown'] },
      completion: { completionItem: { documentationFormat: ['markdown'] } },
      signatureHelp: { signatureInformation: { parameterInformation: { labelOffsetSupport: true } } },
    },
  });
  expect((await hoverOf(client)).kind).toBe('plaintext');
  const { items } = await completions(client, 'a = max');
  expect(items[0]!.documentation).toHaveProperty('kind', 'markdown');
  expect((await signature(client)).parameters![0]!.label).toEqual([5, 18]);
});

test('one that knows commands only gets code actions as commands', async () => {
  const client = await start({ workspace: { applyEdit: true } });
  expect(client.initialized.capabilities).toMatchObject({
    codeActionProvider: true,
    executeCommandProvider: { commands: ['cnnc.applyEdit'] },
  });
  const applied = new Promise<ApplyWorkspaceEditParams>((resolve) =>
    client.connection.onRequest(ApplyWorkspaceEditRequest.type, (params) => {
      resolve(params);
      return { applied: true };
    }),
  );
  client.change(uri, text.replace('kernel', 'kernal'), 2);
  const { diagnostics } = await client.diagnostics(uri, 2);
  const { range } = diagnostics.find(({ code }) => code === 'argument/unknown')!;
  const [command] = (await client.connection.sendRequest(CodeActionRequest.type, {
    ...about,
    range,
    context: { diagnostics },
  })) as Command[];
  expect(command).toMatchObject({ title: 'write `kernel`', command: 'cnnc.applyEdit' });
  const run = (args: unknown[]): Promise<unknown> =>
    client.connection.sendRequest(ExecuteCommandRequest.type, { command: command!.command, arguments: args });
  expect(await run(command!.arguments!)).toBeNull();
  expect(await applied).toEqual({
    label: 'write `kernel`',
    edit: { changes: { [uri]: [{ range, newText: 'kernel' }] } },
  });
  await expect(run([7])).rejects.toThrow('takes the title and the edit');
});

test.each<readonly ('utf-8' | 'utf-16' | 'utf-32')[]>([['utf-8'], ['utf-32', 'utf-8'], ['utf-16']])(
  'places count UTF-16 units, also for one that names %s',
  async (...positionEncodings) => {
    // "If the string value `utf-16` is missing …, servers can safely assume that the client supports UTF-16."
    const client = await start({ general: { positionEncodings } });
    expect(client.initialized.capabilities.positionEncoding).toBe('utf-16');
    const position = behind('🦉 */ un');
    const found = await client.connection.sendRequest(HoverRequest.type, { ...about, position });
    expect(found!.range!.start).toEqual({ line: 8, character: 11 });
  },
);

test('one that sends the whole text at every key is told of no half word', async () => {
  const client = await start({});
  await client.diagnostics(uri, 1);
  const before = client.published.length;
  const written = ' -> sig';
  for (const at of written.split('').keys()) {
    client.change(uri, text.replace('max_pool(2)', `max_pool(2)${written.slice(0, at + 1)}`), 2 + at);
    await new Promise((resolve) => setTimeout(resolve, 70));
  }
  expect(client.published.slice(before)).toEqual([]);
  const { diagnostics } = await client.diagnostics(uri, 2);
  expect(diagnostics).toMatchObject([{ code: 'name/unknown-step', range: { start: { line: 9, character: 21 } } }]);
});

test('an edit of a text that was never opened is left out, and others go on', async () => {
  const client = await start({});
  client.change('file:///never.cnn', 'network', 2);
  client.change(uri, 'nonsense', 2);
  expect((await client.diagnostics(uri, 2)).diagnostics[0]).toMatchObject({ severity: 1 });
  expect(client.published.map((one) => one.uri)).not.toContain('file:///never.cnn');
  expect(client.stderr()).toContain('an edit of file:///never.cnn, which is not open, was left out');
});

test('one of a few lines, which says as little as it can, is served as long as it stays', async () => {
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'parts.cnn'), 'block part {\n  relu\n}\n');
  const capabilities = { textDocument: null, workspace: null };
  const initialize = { processId: undefined, rootUri: undefined, workspaceFolders: undefined, rootPath: folder };
  const client = await start({}, { saysInitialized: false, initialize: { ...initialize, capabilities } });
  const nested = pathToFileURL(join(folder, 'deep', 'net.cnn')).href;
  client.open(nested, 'import { part } from "../parts.cnn"\nnetwork N {\n  input x: [1, 8, 8]\n  part\n}\n');
  expect((await client.diagnostics(nested, 1)).diagnostics).toEqual([]);
  // Longer than the time between two looks at the process of the client.
  await new Promise((resolve) => setTimeout(resolve, 3300));
  expect((await hoverOf(client)).value).toContain('max_pool');
});
