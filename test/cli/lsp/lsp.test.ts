// Parts of the language server that need no client: how bytes become messages, URIs paths, snippets texts.

import { describe, expect, test } from 'vitest';
import { withoutPlaceholders } from '../../../src/cli/lsp/convert/completion.ts';
import { documentation } from '../../../src/cli/lsp/convert/hover.ts';
import { toSemanticTokens } from '../../../src/cli/lsp/convert/tokens.ts';
import { messageSplitter, MESSAGE_LIMIT } from '../../../src/cli/lsp/reader.ts';
import { nameOfUri, pathOfUri, uriOfPath } from '../../../src/cli/lsp/uri.ts';
import { createWorkspace } from '../../../src/cli/lsp/workspace.ts';
import { nodeFiles } from '../../../src/cli/node-files.ts';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { paragraphOf } from '../../../src/text/markdown.ts';
import { cnnc } from '../harness.ts';

describe('messages', () => {
  /** Bodies and faults of the chunks. */
  function split(...chunks: readonly string[]): readonly string[] {
    const found: string[] = [];
    const faults = { report: (sentence: string) => void found.push(`! ${sentence}`), refuse: () => {} };
    const take = messageSplitter((body) => void found.push(body.toString()), faults);
    for (const chunk of chunks) take(Buffer.from(chunk));
    return found;
  }
  const lost = '! left out bytes that are no message of the language server protocol';
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['one', ['Content-Length: 2\r\n\r\n{}'], ['{}']],
    ['two in a chunk', ['Content-Length: 2\r\n\r\n{}Content-Length: 1\r\n\r\n7'], ['{}', '7']],
    ['one in pieces', ['Content-', 'Length: 2\r', '\n\r\n', '{', '}'], ['{}']],
    ['other headers', ['Content-Type: x; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}'], ['{}']],
    ['a header in small letters', ['Content-length:2\r\n\r\n{}'], ['{}']],
    ['an empty one', ['Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\n7'], ['', '7']],
    ['a length in bytes', ['Content-Length: 4\r\n\r\n"ü"'], ['"ü"']],
    ['what is none before one', ['GET / HTTP/1.1\r\n\r\nContent-Length: 2\r\n\r\n{}'], [lost, '{}']],
    ['a length that is no number', ['Content-Length: x\r\n\r\nContent-Length: 2\r\n\r\n{}'], [lost, '{}']],
    ['a negative length', ['Content-Length: -2\r\n\r\n{}Content-Length: 2\r\n\r\n[]'], [lost, '[]']],
    ['an endless header', [`Content-Length: ${'1'.repeat(9000)}`, 'Content-Length: 2\r\n\r\n{}'], [lost, '{}']],
    [
      'one that is too long',
      [`Content-Length: ${MESSAGE_LIMIT + 1}\r\n\r\n`, 'x'.repeat(MESSAGE_LIMIT), 'xContent-Length: 2\r\n\r\n{}'],
      [`! left out a message of ${MESSAGE_LIMIT + 1} bytes: the longest that is read has ${MESSAGE_LIMIT}`, '{}'],
    ],
  ])('%s', (_, chunks, expected) => expect(split(...chunks)).toEqual(expected));
});

describe('URIs', () => {
  test.each([
    ['file:///home/a/net.cnn', '/home/a/net.cnn'],
    ['file:///a%20b/100%25/%C3%BC.cnn', '/a b/100%/ü.cnn'],
    ['file:///a%23b%3Fc.cnn', '/a#b?c.cnn'],
    ['untitled:Untitled-1', undefined],
    ['file:///a%00b', undefined],
    ['file:///a%2Fb', undefined],
    ['nonsense', undefined],
    ['', undefined],
  ])('%s', (uri, path) => {
    expect(pathOfUri(uri)).toBe(path);
    if (path !== undefined) expect(pathOfUri(uriOfPath(path))).toBe(path);
  });
  test('of texts that are no files have names', () => {
    const uris = ['untitled:Untitled-1', 'git:/a/net.cnn?ref#x', 'x:', 'vscode-vfs://github/a/b.cnn'];
    expect(uris.map(nameOfUri)).toEqual(['Untitled-1.cnn', 'net.cnn', 'network.cnn', 'b.cnn']);
  });
});

test('snippets for clients that know none', () => {
  expect(withoutPlaceholders('conv(${1:channels}, kernel: ${2:3})$0')).toBe('conv(channels, kernel: 3)');
  expect(withoutPlaceholders(String.raw`a \$ \} \\ ${'$1'}${'${3}'}`)).toBe(String.raw`a $ } \ `);
});

test('Markdown for clients that show none', () => {
  const { value } = documentation('**max\\_pool** `x_y` 2\\*3\n\n```cnn\nconv(8)\n```\n', false);
  expect(value).toBe('max_pool x_y 2*3\n\nconv(8)\n');
  const own = 'a <b> & &lt; [c](https://example.org) d@e `f` &amp;';
  expect(documentation(paragraphOf(own), false).value).toBe(own.replaceAll('`', ''));
});

test('semantic tokens are relative to the one before', () => {
  const workspace = createWorkspace(nodeFiles);
  const text = workspace.open(TextDocument.create('untitled:a', 'cnn', 1, 'ab cd\n  ef'));
  const tokens = [
    { start: 0, length: 2, type: 'keyword', modifiers: [] },
    { start: 3, length: 2, type: 'function', modifiers: ['declaration', 'defaultLibrary'] },
    { start: 8, length: 2, type: 'enumMember', modifiers: [] },
  ] as const;
  expect(toSemanticTokens(tokens, text).data).toEqual([0, 0, 2, 0, 0, 0, 3, 2, 5, 5, 1, 2, 2, 12, 0]);
  expect(toSemanticTokens(tokens, text, { start: 6, end: 9 }).data).toEqual([1, 2, 2, 12, 0]);
});

describe('projects', () => {
  const document = (uri: string): TextDocument => TextDocument.create(uri, 'cnn', 1, '');
  test('are the innermost folder of the workspace, or the folder of the file', () => {
    const workspace = createWorkspace(nodeFiles);
    workspace.setFolders(['file:///a', 'file:///a/b/']);
    const roots = ['file:///a/x.cnn', 'file:///a/b/c/x.cnn', 'file:///ab/x.cnn', 'untitled:x'].map((uri) => {
      const { project, path } = workspace.open(document(uri));
      return [project.root, path];
    });
    expect(roots).toEqual([
      ['/a', 'x.cnn'],
      ['/a/b', 'c/x.cnn'],
      ['/ab', 'x.cnn'],
      [undefined, 'x.cnn'],
    ]);
    workspace.setFolders(['file:///']);
    expect(workspace.get('file:///a/b/c/x.cnn')).toMatchObject({ path: 'a/b/c/x.cnn', project: { root: '/' } });
  });
});

test('cnnc lsp --json says what it offers', async () => {
  const { stdout, code } = await cnnc(['lsp', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, capabilities: { hoverProvider: true } });
});
test('cnnc lsp needs streams, and takes no other arguments', async () => {
  expect(await cnnc(['lsp'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/standard input/) as string });
  expect(await cnnc(['lsp', '--clientProcessId', 'x'])).toMatchObject({ code: 2 });
  expect(await cnnc(['lsp', '--port', '3'])).toMatchObject({ code: 2 });
});
test('cnnc lsp fails where its client goes away without a word', async () => {
  expect(await cnnc(['lsp'], { spoken: '' })).toMatchObject({ code: 1, stdout: '', stderr: '' });
});
