// `cnnc lsp` as an editor meets it: a client of the protocol's own package drives each feature over the standard streams. What the
// features know is tested in test/ide; here, that it arrives.

import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
  SignatureHelpRequest,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CompletionList, MarkupContent, TextDocumentEdit } from 'vscode-languageserver-protocol/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DrawingRequest, ExplainRequest, LibraryRequest, ReportRequest } from '../../src/cli/lsp/preview.ts';
import { startClient } from '../support/language-client.ts';
import type { LanguageClient } from '../support/language-client.ts';

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cnnc-lsp-'));
const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
const net = uriOf('net.cnn');
const parts = uriOf('parts.cnn');

const partsText = `/// A convolution with an activation.
block unit(channels: int, kernel: size = 3) {
  conv(channels, kernel: kernel, padding: same) -> relu
}
`;
const netText = `import { unit } from "./parts.cnn"

/// Two units and a classifier.
network Small(classes: int = 10) {
  input image: [1, 28, 28]
  unit(8)
  first = max_pool(2)
  unit(16, kernel: 5)
  concat(first)
  flatten -> dense(classes)
}

expect Small { output == [10] }
`;
const lines = netText.split('\n');
/** The first place of a word, `shift` characters into it. */
function placeOf(word: string, shift = 0): { line: number; character: number } {
  const line = lines.findIndex((text) => text.includes(word));
  return { line, character: lines[line]!.indexOf(word) + shift };
}
const all = { start: { line: 0, character: 0 }, end: { line: lines.length, character: 0 } };
const about = { textDocument: { uri: net } };

let client: LanguageClient;
beforeAll(async () => {
  writeFileSync(join(folder, 'parts.cnn'), partsText);
  writeFileSync(join(folder, 'net.cnn'), netText);
  client = await startClient({ folders: [pathToFileURL(folder).href], initializationOptions: { library: true } });
  client.open(net, netText);
});
afterAll(async () => {
  expect(await client.end()).toBe(0);
  expect(client.stderr()).toBe('');
  rmSync(folder, { recursive: true });
});

describe('diagnostics', () => {
  test('of a right text are none', async () => {
    expect(await client.diagnostics(net, 1)).toEqual({ uri: net, version: 1, diagnostics: [] });
  });
  test('come with the chain of shapes, and with fixes as code actions', async () => {
    const uri = uriOf('wrong.cnn');
    client.open(uri, 'network N {\n  input image: [1, 28, 28]\n  conv(8, kernal: 30)\n}\n');
    const { diagnostics } = await client.diagnostics(uri, 1);
    const range = { start: { line: 2, character: 10 }, end: { line: 2, character: 16 } };
    expect(diagnostics).toMatchObject([{ range, severity: 1, source: 'cnnc', code: 'argument/unknown' }]);
    expect(diagnostics[0]!.message).toMatch(/kernal/);
    const actions = await client.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri },
      range,
      context: { diagnostics },
    });
    expect(actions).toMatchObject([
      {
        kind: 'quickfix',
        diagnostics,
        edit: { documentChanges: [{ textDocument: { uri, version: 1 }, edits: [{ range, newText: 'kernel' }] }] },
      },
    ]);
    const refactorings = await client.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri },
      range,
      context: { diagnostics, only: ['source.organizeImports'] },
    });
    expect(refactorings).toEqual([]);
  });
  test('follow edits by parts of the text, also of a file that is imported', async () => {
    const uri = uriOf('edited.cnn');
    client.open(uri, 'import { unit } from "./other.cnn"\nnetwork N {\n  input image: [1, 28, 28]\n  unit(8)\n}\n');
    expect((await client.diagnostics(uri, 1)).diagnostics).toMatchObject([{ code: 'import/not-found' }]);
    client.open(uriOf('other.cnn'), partsText);
    await expect.poll(() => client.published.findLast((one) => one.uri === uri)?.diagnostics).toEqual([]);
    void client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: 2 },
      contentChanges: [
        { range: { start: { line: 3, character: 7 }, end: { line: 3, character: 8 } }, text: '' },
        { range: { start: { line: 3, character: 7 }, end: { line: 3, character: 7 } }, text: '8, kernel: "x"' },
      ],
    });
    const { diagnostics } = await client.diagnostics(uri, 2);
    expect(diagnostics[0]!.range.start).toEqual({ line: 3, character: 18 });
  });

  test('say nothing new between two keys, and all that is wrong in the next rest', async () => {
    const uri = uriOf('typed.cnn');
    client.open(uri, 'network LeNet {\n  input image: [1, 28, 28]\n  \n}\n');
    await client.diagnostics(uri, 1);
    const before = client.published.length;
    const typed = 'conv(6, kernel: 5) -> sig';
    for (const [at, text] of [...typed].entries()) {
      const place = { line: 2, character: 2 + at };
      void client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version: 2 + at },
        contentChanges: [{ range: { start: place, end: place }, text }],
      });
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    expect(client.published.slice(before)).toEqual([]);
    const { diagnostics } = await client.diagnostics(uri, 2);
    expect(diagnostics).toMatchObject([{ code: 'name/unknown-step', range: { start: { line: 2, character: 24 } } }]);
  });
});

describe('what stands at a place', () => {
  test('hover', async () => {
    const hover = await client.connection.sendRequest(HoverRequest.type, {
      ...about,
      position: placeOf('max_pool', 2),
    });
    expect((hover!.contents as MarkupContent).kind).toBe('markdown');
    expect((hover!.contents as MarkupContent).value).toMatch(/^\*\*max\\_pool 2×2/);
    expect((hover!.contents as MarkupContent).value).toMatch(/8, 14, 14/);
    expect(hover!.range!.start).toEqual(placeOf('max_pool'));
  });
  test('inlay hints', async () => {
    const hints = await client.connection.sendRequest(InlayHintRequest.type, { ...about, range: all });
    const pool = hints!.find(({ position }) => position.line === placeOf('max_pool').line);
    expect(pool).toMatchObject({ position: placeOf('max_pool', 'max_pool(2)'.length), kind: 1, paddingLeft: true });
    expect(JSON.stringify(pool!.label)).toMatch(/8, 14, 14/);
  });
  test('completion', async () => {
    const list = (await client.connection.sendRequest(CompletionRequest.type, {
      ...about,
      position: placeOf('max_pool', 3),
    })) as CompletionList;
    const item = list.items.find(({ label }) => label === 'max_pool');
    expect(item).toMatchObject({ kind: 3, textEdit: { range: { start: placeOf('max_pool') } } });
    const order = list.items.map(({ sortText }) => sortText);
    expect(order).toEqual(order.toSorted());
  });
  test('signature help', async () => {
    const help = await client.connection.sendRequest(SignatureHelpRequest.type, {
      ...about,
      position: placeOf('unit(16, ', 'unit(16, '.length),
    });
    expect(help!.signatures[0]!.label).toMatch(/^unit\(channels: int, kernel: size = 3\)/);
    expect(help!.activeParameter).toBe(1);
  });
});

describe('names', () => {
  test('definition, in another file', async () => {
    const found = await client.connection.sendRequest(DefinitionRequest.type, {
      ...about,
      position: placeOf('unit(8)'),
    });
    expect(found).toEqual({ uri: parts, range: { start: { line: 1, character: 6 }, end: { line: 1, character: 10 } } });
  });
  test('references, and highlights in the text alone', async () => {
    const params = { ...about, position: placeOf('unit(8)'), context: { includeDeclaration: true } };
    const found = (await client.connection.sendRequest(ReferencesRequest.type, params))!;
    expect(found.filter(({ uri }) => uri === net).map(({ range }) => range.start.line)).toEqual([0, 5, 7]);
    expect(found.filter(({ uri }) => uri === parts)).toHaveLength(1);
    const uses = await client.connection.sendRequest(ReferencesRequest.type, {
      ...params,
      context: { includeDeclaration: false },
    });
    expect(uses!.filter(({ uri }) => uri === parts)).toEqual([]);
    const marked = await client.connection.sendRequest(DocumentHighlightRequest.type, params);
    expect(marked!.map(({ range }) => range.start.line)).toEqual([0, 5, 7]);
  });
  test('renaming, across files', async () => {
    const position = placeOf('unit(8)');
    expect(await client.connection.sendRequest(PrepareRenameRequest.type, { ...about, position })).toEqual({
      range: { start: position, end: { ...position, character: position.character + 4 } },
      placeholder: 'unit',
    });
    const edit = await client.connection.sendRequest(RenameRequest.type, { ...about, position, newName: 'stage' });
    const changes = edit!.documentChanges as TextDocumentEdit[];
    expect(changes.map(({ textDocument, edits }) => [textDocument, edits.length])).toEqual(
      expect.arrayContaining([
        [{ uri: net, version: 1 }, 3],
        [{ uri: parts, version: null }, 1],
      ]),
    );
  });
  test('renaming changes files that import it and are not open', async () => {
    const other = await startClient({ folders: [pathToFileURL(folder).href] });
    other.open(parts, partsText);
    const edit = await other.connection.sendRequest(RenameRequest.type, {
      textDocument: { uri: parts },
      position: { line: 1, character: 8 },
      newName: 'stage',
    });
    const changes = edit!.documentChanges as TextDocumentEdit[];
    expect(changes.map(({ textDocument: { uri }, edits }) => [uri, edits.length]).toSorted()).toEqual([
      [net, 3],
      [parts, 1],
    ]);
    expect(await other.end()).toBe(0);
  });
  test('renaming is refused where more files than are looked into may use the name', async () => {
    const many = mkdtempSync(join(realpathSync(tmpdir()), 'cnnc-lsp-many-'));
    const uri = pathToFileURL(join(many, 'parts.cnn')).href;
    for (let at = 0; at < 102; at += 1)
      writeFileSync(join(many, `n${at}.cnn`), 'import { unit } from "./parts.cnn"\n// channels kernel first\n');
    const other = await startClient({ folders: [pathToFileURL(many).href] });
    other.open(uri, `${partsText}network N { input x: [3, 8, 8] first = unit(4) }\n`);
    const rename = (line: number, character: number) =>
      other.connection.sendRequest(RenameRequest.type, {
        textDocument: { uri },
        position: { line, character },
        newName: 'other',
      });
    await expect(rename(1, 8)).rejects.toThrow('too many files of the folder may use the name');
    // A label is of its network alone.
    expect((await rename(4, 32))!.documentChanges).toHaveLength(1);
    await other.end();
    rmSync(many, { recursive: true });
  });
  test('renaming that cannot be done says why', async () => {
    const ask = (newName: string, word: string): Promise<unknown> =>
      client.connection.sendRequest(RenameRequest.type, { ...about, position: placeOf(word), newName });
    await expect(ask('9', 'unit(8)')).rejects.toThrow('a name is made of letters');
    await expect(ask('Small', 'unit(8)')).rejects.toThrow(/Small/);
    await expect(ask('pool', 'max_pool')).rejects.toThrow(/max_pool/);
  });
});

describe('the text', () => {
  test('symbols', async () => {
    const symbols = await client.connection.sendRequest(DocumentSymbolRequest.type, about);
    expect(symbols!.map(({ name }) => name)).toContain('Small');
    expect(JSON.stringify(symbols)).toMatch(/"name":"first"/);
  });
  test('folding', async () => {
    const ranges = await client.connection.sendRequest(FoldingRangeRequest.type, about);
    expect(ranges!.map(({ startLine, endLine }) => [startLine, endLine])).toContainEqual([3, 9]);
  });
  test('semantic tokens, also of a part', async () => {
    const { tokenTypes } = client.initialized.capabilities.semanticTokensProvider!.legend;
    const decode = (data: readonly number[]): readonly string[] => {
      let [line, character] = [0, 0];
      return Array.from({ length: data.length / 5 }, (_, at) => {
        const [down, right, length, type] = data.slice(5 * at);
        character = down === 0 ? character + right! : right!;
        line += down!;
        return `${lines[line]!.slice(character, character + length!)} ${tokenTypes[type!]}`;
      });
    };
    const tokens = await client.connection.sendRequest(SemanticTokensRequest.type, about);
    expect(decode(tokens!.data)).toEqual(expect.arrayContaining(['network keyword', '28 number', 'max_pool function']));
    const range = { start: { line: 8, character: 0 }, end: { line: 8, character: 15 } };
    const part = await client.connection.sendRequest(SemanticTokensRangeRequest.type, { ...about, range });
    expect(decode(part!.data)[0]).toBe('concat function');
  });
  test('formatting, of all and of a part', async () => {
    const uri = uriOf('ugly.cnn');
    const ugly = 'network N {\n   input image: [1,28,28]\n  relu\n      flatten\n}\n';
    client.open(uri, ugly);
    const document = TextDocument.create(uri, 'cnn', 1, ugly);
    const options = { tabSize: 2, insertSpaces: true };
    const about = { textDocument: { uri }, options };
    const edits = await client.connection.sendRequest(DocumentFormattingRequest.type, about);
    const pretty = 'network N {\n  input image: [1, 28, 28]\n  relu\n  flatten\n}\n';
    expect(TextDocument.applyEdits(document, edits!)).toBe(pretty);
    const range = { start: { line: 3, character: 0 }, end: { line: 3, character: 13 } };
    const part = await client.connection.sendRequest(DocumentRangeFormattingRequest.type, { ...about, range });
    expect(TextDocument.applyEdits(document, part!)).toBe(ugly.replace('      flatten', '  flatten'));
  });
  test('code lenses', async () => {
    const lenses = await client.connection.sendRequest(CodeLensRequest.type, about);
    const lens = lenses!.find(({ range }) => range.start.line === placeOf('network Small').line);
    expect(lens!.command!.title).toMatch(/param/);
  });
});

describe('the preview', () => {
  test('the drawing, with the places of its boxes', async () => {
    const { network, networks, outdated, svg, boxes } = await client.connection.sendRequest(DrawingRequest, {
      ...about,
      position: placeOf('max_pool'),
    });
    expect([network, networks, outdated]).toEqual(['Small', ['Small'], false]);
    expect(svg).toMatch(/^<svg .*data-id="first"/s);
    const first = boxes.find(({ id }) => id === 'first')!;
    expect(first.places.map(({ uri, range }) => [uri, range.start])).toContainEqual([net, placeOf('max_pool')]);
    // A block of two steps is one box; its steps stand in another file.
    const unit = boxes.find(({ id }) => id === 'unit1.conv1')!;
    expect(unit.places.every(({ uri }) => uri === parts)).toBe(true);
  });
  test('report and explanation', async () => {
    const report = await client.connection.sendRequest(ReportRequest, about);
    expect(report.text).toMatch(/max_pool 2×2/);
    const explanation = await client.connection.sendRequest(ExplainRequest, about);
    expect(explanation.text).toMatch(/kernel calls/);
  });
  test('of a broken network is that of its last version without errors, with the places of today', async () => {
    const uri = uriOf('broken.cnn');
    client.open(uri, netText);
    await client.diagnostics(uri, 1);
    // Outside the network nothing keeps it from being built; in it, something does.
    for (const [line, isOutdated] of [
      [3, false],
      [6, true],
    ] as const) {
      const from = { line, character: 0 };
      void client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version: line },
        contentChanges: [{ range: { start: from, end: from }, text: 'nonsense\n' }],
      });
      const { outdated, boxes } = await client.connection.sendRequest(DrawingRequest, { textDocument: { uri } });
      expect(outdated).toBe(isOutdated);
      const [place] = boxes.find(({ id }) => id === 'first')!.places;
      expect(place!.range.start).toEqual({ line: isOutdated ? 8 : 7, character: 10 });
    }
  });
  test('what cannot be shown says why', async () => {
    const ask = (network: string): Promise<unknown> =>
      client.connection.sendRequest(DrawingRequest, { ...about, network });
    await expect(ask('Nothing')).rejects.toThrow('the text has no network Nothing');
  });
  test('a text of the library', async () => {
    const text = await client.connection.sendRequest(LibraryRequest, { uri: 'cnnc:blocks/residual.cnn' });
    expect(text).toBe(readFileSync(new URL('../../compiler/blocks/residual.cnn', import.meta.url), 'utf8'));
    await expect(client.connection.sendRequest(LibraryRequest, { uri: 'file:///etc/passwd' })).rejects.toThrow(
      /library/,
    );
    await expect(client.connection.sendRequest(LibraryRequest, { uri: 'cnnc:blocks/x' })).rejects.toThrow(/no file x/);
  });
});

describe('a client of few capabilities', () => {
  test('gets plain text, lists and unversioned edits', async () => {
    const simple = await startClient({ folders: [pathToFileURL(folder).href], capabilities: {} });
    simple.open(net, netText);
    const hover = await simple.connection.sendRequest(HoverRequest.type, {
      ...about,
      position: placeOf('max_pool', 2),
    });
    expect((hover!.contents as MarkupContent).kind).toBe('plaintext');
    expect((hover!.contents as MarkupContent).value).toMatch(/^max_pool 2×2/);
    const symbols = await simple.connection.sendRequest(DocumentSymbolRequest.type, about);
    expect(symbols![0]).toHaveProperty('location.uri', net);
    const list = (await simple.connection.sendRequest(CompletionRequest.type, {
      ...about,
      position: placeOf('max_pool', 3),
    })) as CompletionList;
    expect(JSON.stringify(list)).not.toMatch(/\$\{|insertTextFormat/);
    const position = placeOf('unit(8)');
    const edit = await simple.connection.sendRequest(RenameRequest.type, { ...about, position, newName: 'stage' });
    expect(Object.keys(edit!.changes!).toSorted()).toEqual([net, parts]);
    expect(await simple.end()).toBe(0);
  });
});
