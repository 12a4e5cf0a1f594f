// Writes editors/neovim/syntax/cnn.vim: colours for Vim and for Neovim, of the same words as the TextMate grammar. A test checks that it
// is up to date.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blockNames } from '../compiler/blocks/library.ts';
import { functions } from '../compiler/frontend/values/evaluate.ts';
import { namedOperators } from '../src/cli/operator-text.ts';
import { declares, logical, others, types } from './generate-textmate.ts';

/** The text of the file. Later rules win over earlier ones where both match. */
export function vimSyntax(): string {
  const steps = namedOperators.map(({ name }) => name);
  return `" Colours of .cnn files. Written by scripts/generate-vim-syntax.ts.
if exists('b:current_syntax') | finish | endif

syn match cnnSign '->\\|\\.\\.\\|[=!<>]=\\|[-+*/%<>=]'
syn match cnnCall '\\<\\h\\w*\\ze('
syn match cnnStep '\\.\\@<!\\<\\%(${steps.join('\\|')}\\)\\>\\%(\\s*=[^=]\\)\\@!'
syn match cnnBlock '\\<\\%(${blockNames.join('\\|')}\\)\\>'
syn match cnnFunction '\\<\\%(${[...functions.keys()].join('\\|')}\\)\\ze('
syn match cnnAttribute '\\<\\h\\w*\\ze:'
syn match cnnLabel '^\\s*\\zs\\h\\w*\\%(\\s*,\\s*\\h\\w*\\)*\\ze\\s*=[^=]'
syn match cnnType '\\%(:\\s*[[(]*\\)\\@<=\\<\\%(${types.join('\\|')}\\)\\>'
syn match cnnNumber '\\<\\d\\w*\\%(\\.\\d\\w*\\)\\?\\>'
syn keyword cnnKeyword ${[...others, 'input', 'output'].join(' ')}
syn keyword cnnLogical ${logical.join(' ')}
syn keyword cnnBoolean true false
syn keyword cnnDeclares ${declares.join(' ')} nextgroup=cnnName skipwhite
syn match cnnSoft '^\\s*\\zs\\%(share\\|learned\\)\\ze\\s\\+\\h\\w*\\s*[=:]\\|\\<collect\\ze\\s\\+\\h\\w*\\s*{'
syn match cnnName '\\h\\w*' contained
syn region cnnString start='"' skip='\\\\.' end='"' oneline
syn match cnnComment '//.*$'
syn match cnnDoc '///\\%([^/]\\|$\\).*$'
syn region cnnComment start='/\\*' end='\\*/'

hi def link cnnSign Operator
hi def link cnnCall Function
hi def link cnnStep Function
hi def link cnnBlock Function
hi def link cnnFunction Function
hi def link cnnAttribute Identifier
hi def link cnnLabel Identifier
hi def link cnnType Type
hi def link cnnNumber Number
hi def link cnnKeyword Keyword
hi def link cnnSoft Keyword
hi def link cnnLogical Operator
hi def link cnnBoolean Boolean
hi def link cnnDeclares Structure
hi def link cnnName Title
hi def link cnnString String
hi def link cnnComment Comment
hi def link cnnDoc SpecialComment

let b:current_syntax = 'cnn'
`;
}

const path = fileURLToPath(new URL('../editors/neovim/syntax/cnn.vim', import.meta.url));
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path, vimSyntax());
