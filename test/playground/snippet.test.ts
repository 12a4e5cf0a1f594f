// Placeholders of the language server protocol (3.17, "Snippet Syntax") in CodeMirror's notation.

import { expect, test } from 'vitest';
import { templateOf } from '../../src/playground/page/editor/snippet.ts';

test.each([
  ['conv(${1:16}, kernel: ${2:3})$0', 'conv(${1:16}, kernel: ${2:3})${}'],
  ['relu', 'relu'],
  ['repeat ${1:2} {\n  $0\n}', 'repeat ${1:2} \\{\n  ${}\n\\}'],
  ['\\$1 \\} \\\\', '$1 \\} \\'],
  ['${1}', '${1}'],
])('%s', (protocol, template) => expect(templateOf(protocol)).toBe(template));
