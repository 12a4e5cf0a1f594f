// `cnnc lsp`: the language server, for editors.

import { Command } from 'commander';
import { exitCodes, Quit, UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { wholeNumber } from '../quantities.ts';

interface LspOptions {
  readonly clientProcessId?: number;
  readonly json?: boolean;
}

export function lspCommand(io: Io): Command {
  return new Command('lsp')
    .description('the language server: an editor starts it and speaks to it through its standard input and output')
    .option('--stdio', 'speak through the standard input and output, the only way there is; editors may give it')
    .option(
      '--clientProcessId <number>',
      'end when the process of this number has ended',
      wholeNumber('--clientProcessId', 1, 2 ** 31),
    )
    .option('--json', 'print what the server offers as JSON, and end')
    .addHelpText(
      'after',
      `
It speaks the Language Server Protocol 3.17: diagnostics with fixes, hover, inlay hints, completion, signature help, definition,
references, renaming, symbols, folding, colours, formatting, code lenses. docs/editors.md says how editors start it.

Requests of its own take { textDocument: { uri }, position?, network? } and answer for the network at that place:
  cnnc/drawing   also takes toggled: [id]; { network, networks, outdated, svg, style, boxes: [{ id, places: [{ uri, range }] }] }
  cnnc/report    { network, networks, outdated, text }, as \`cnnc report\`
  cnnc/explain   { network, networks, outdated, text }, as \`cnnc explain\`
While the text has errors, they answer for its last version without any, and outdated is true. cnnc/library takes { uri } and
answers with a text of the library of blocks, cnnc:blocks/…; places in it are given where initializationOptions has library: true.

Exit codes: 0 after \`shutdown\` and \`exit\`, else 1.

Examples:
  cnnc lsp --stdio                              as editors start it
  cnnc lsp --json                               what it offers

JSON: { schemaVersion: 1, version, capabilities }; capabilities are those of the protocol's \`initialize\`.`,
    )
    .action((options: LspOptions, command: Command) => run(options, command.parent?.version() ?? '', io));
}

async function run({ clientProcessId, json }: LspOptions, version: string, io: Io): Promise<void> {
  if (json) {
    const { offered } = await import('../lsp/capabilities.ts');
    io.stdout.write(`${JSON.stringify({ schemaVersion: 1, version, capabilities: offered }, null, 2)}\n`);
    return;
  }
  const { streams, stderr } = io;
  if (!streams) throw new UsageError('lsp needs a standard input and output');
  if (stderr.isTerminal && io.stdout.isTerminal)
    stderr.write('This is the language server; it waits for an editor to speak to it. Ctrl-C ends it.\n');
  const { serve } = await import('../lsp/server.ts');
  const code = await serve(streams, io, { version, ...(clientProcessId !== undefined && { clientProcessId }) });
  if (code !== exitCodes.ok) throw new Quit(code);
}
