// The language server that comes with the extension: that of `cnnc lsp`, in one file.

import { serve } from '../../../src/cli/lsp/server.ts';
import { nodeIo } from '../../../src/cli/node-io.ts';
import about from '../package.json' with { type: 'json' };

const streams = { input: process.stdin, output: process.stdout };
process.exit(await serve(streams, nodeIo, { version: about.version }));
