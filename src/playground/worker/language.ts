// The worker of the text: what the editor asks while something is written, answered by the language service.

import type { Analysis } from '../../ide/analysis.ts';
import { completion } from '../../ide/completion.ts';
import { definition } from '../../ide/definition.ts';
import { folding } from '../../ide/folding.ts';
import { format } from '../../ide/formatting.ts';
import { prepareRename, rename } from '../../ide/rename.ts';
import { signatureHelp } from '../../ide/signature-help.ts';
import { createWorkspace } from '../../ide/workspace.ts';
import { programPath, readerOf } from '../program.ts';
import type { Program } from '../program.ts';
import type { LanguageCalls } from '../protocol.ts';
import { look, textEdit } from '../language/look.ts';
import { serve } from './serve.ts';

let program: Program = { text: '' };
const workspace = createWorkspace({ read: (path) => readerOf(program)(path) });
const analysis = (): Analysis => workspace.analysis(programPath)!;
workspace.open(programPath, program.text);

const calls: LanguageCalls = {
  tell(next) {
    program = next;
    workspace.change(programPath, next.text);
  },
  look: (network) => look(analysis(), network),
  hover: () => undefined,
  hints: () => [],
  completion: (offset) => completion(analysis(), offset),
  signature: (offset) => signatureHelp(analysis(), offset),
  definition(offset) {
    const found = definition(analysis(), offset);
    return found && { path: found.source.path, start: found.start, end: found.end };
  },
  renamed: (offset) => prepareRename(analysis(), offset) ?? { refused: 'no name stands here' },
  rename(offset, name) {
    const renamed = rename(analysis(), offset, name);
    if ('refused' in renamed) return renamed;
    const elsewhere = renamed.edits.find(({ span }) => span.source.path !== programPath);
    if (elsewhere) return { refused: `it is defined in ${elsewhere.span.source.path}, which is not edited here` };
    return { edits: renamed.edits.map(textEdit), ...(renamed.note !== undefined && { note: renamed.note }) };
  },
  folding: () => folding(analysis()),
  format: () => format(analysis()).map(textEdit),
};

serve({ ...calls });
