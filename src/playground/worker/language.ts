// The worker of the text: what the editor asks while something is written.

import { analyse } from '../../ide/analysis.ts';
import type { Analysis } from '../../ide/analysis.ts';
import { programPath, readerOf } from '../program.ts';
import type { Program } from '../program.ts';
import type { LanguageCalls } from '../protocol.ts';
import { look } from './look.ts';
import { serve } from './serve.ts';

let program: Program = { text: '' };
let known: Analysis | undefined;

const analysis = (): Analysis =>
  (known ??= analyse({ path: programPath, text: program.text }, { read: readerOf(program) }));

const calls: Pick<LanguageCalls, 'tell' | 'look'> = {
  tell(next) {
    program = next;
    known = undefined;
  },
  look: (network) => look(analysis(), network),
};

serve({ ...calls });
