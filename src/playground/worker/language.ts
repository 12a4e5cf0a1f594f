// The worker of the text: what the editor asks while something is written, answered by the language service.

import type { Edit } from '../../../grammar/diagnostic.ts';
import { languageService } from '../../ide/service.ts';
import { look, textEdit } from '../language/look.ts';
import { programPath, readerOf } from '../program.ts';
import type { Program } from '../program.ts';
import type { LanguageCalls, Renamed } from '../protocol.ts';
import type { Refusal } from '../../ide/types.ts';
import { serve } from './serve.ts';

let program: Program = { text: '' };
const service = languageService({ read: (path) => readerOf(program)(path) });
service.open(programPath, program.text);

const calls: LanguageCalls = {
  tell(next) {
    program = next;
    service.change(programPath, next.text);
  },
  look: (network) => look(service.analysis(programPath)!, network),
  hover: (offset) => service.hover(programPath, offset),
  hints: () => service.inlayHints(programPath),
  completion: (offset) => service.completion(programPath, offset),
  signature: (offset) => service.signatureHelp(programPath, offset),
  definition(offset) {
    const found = service.definition(programPath, offset);
    return found && { path: found.source.path, start: found.start, end: found.end };
  },
  renamed: (offset) => service.prepareRename(programPath, offset) ?? { refused: 'no name stands here' },
  rename(offset, name): Renamed | Refusal {
    const renamed = service.rename(programPath, offset, name);
    if ('refused' in renamed) return renamed;
    const elsewhere = renamed.edits.find(({ span }) => span.source.path !== programPath);
    if (elsewhere) return { refused: `it also stands in ${elsewhere.span.source.path}, which is not edited here` };
    return { edits: plain(renamed.edits), ...(renamed.note !== undefined && { note: renamed.note }) };
  },
  folding: () => service.folding(programPath),
  format: (range) => plain(range ? service.formatRange(programPath, range) : service.format(programPath)),
};

const plain = (edits: readonly Edit[]) => edits.map(textEdit);

serve({ ...calls });
