// The Markdown of hovers and completions as elements: paragraphs, lists, tables, code and emphasis. Text stays text: nothing of it
// is read as HTML, and links lead nowhere.

import { element } from '../dom.ts';

/** The text as elements of one `div`. */
export function markdown(text: string): HTMLElement {
  const root = element('div', { class: 'markdown' });
  const lines = text.split('\n');
  for (let at = 0; at < lines.length;) at = block(lines, at, root);
  return root;
}

/** Appends what begins at the line, and gives the line behind it. */
function block(lines: readonly string[], at: number, root: HTMLElement): number {
  const line = lines[at]!;
  const until = (from: number, isOver: (line: string) => boolean): number => {
    const over = lines.findIndex((one, index) => index >= from && isOver(one));
    return over === -1 ? lines.length : over;
  };
  if (line.trim() === '') return at + 1;
  if (line.startsWith('```')) {
    const end = until(at + 1, (one) => one.startsWith('```'));
    root.append(element('pre', {}, lines.slice(at + 1, end).join('\n')));
    return end + 1;
  }
  if (/^(?:---|\*\*\*)\s*$/.test(line)) {
    root.append(element('hr'));
    return at + 1;
  }
  if (line.startsWith('#')) {
    root.append(element('p', { class: 'title' }, ...inline(line.replace(/^#+\s*/, ''))));
    return at + 1;
  }
  if (isItem(line)) {
    const end = until(at, (one) => !isItem(one));
    root.append(element('ul', {}, ...lines.slice(at, end).map((one) => element('li', {}, ...inline(one.slice(2))))));
    return end;
  }
  if (line.startsWith('|')) {
    const end = until(at, (one) => !one.startsWith('|'));
    root.append(table(lines.slice(at, end)));
    return end;
  }
  const end = until(at + 1, (one) => one.trim() === '' || /^(?:```|#|\||[-*] )/.test(one));
  root.append(element('p', {}, ...inline(lines.slice(at, end).join('\n'))));
  return end;
}

const isItem = (line: string): boolean => /^[-*] /.test(line);

function table(lines: readonly string[]): HTMLElement {
  const cells = (line: string): readonly string[] => line.split('|').slice(1, -1);
  const isRule = (line: string): boolean => /^[|:\- ]+$/.test(line);
  const hasHead = lines[1] !== undefined && isRule(lines[1]);
  const row = (line: string, name: 'td' | 'th'): HTMLElement =>
    element('tr', {}, ...cells(line).map((cell) => element(name, {}, ...inline(cell.trim()))));
  const body = lines.filter((line, at) => !isRule(line) && !(hasHead && at === 0));
  return element('table', {}, ...(hasHead ? [row(lines[0]!, 'th')] : []), ...body.map((line) => row(line, 'td')));
}

/** Code, emphasis and the text of links. */
function inline(text: string): readonly (string | Node)[] {
  return text.split(/(`[^`\n]{1,300}`|\*\*[^*\n]{1,300}\*\*|\[[^\]\n]{1,300}\]\([^)\s]{0,300}\))/).map((part) => {
    if (part.length > 1 && part.startsWith('`') && part.endsWith('`')) return element('code', {}, part.slice(1, -1));
    if (part.length > 3 && part.startsWith('**') && part.endsWith('**')) return element('b', {}, part.slice(2, -2));
    const link = /^\[([^\]]*)\]\([^)]*\)$/.exec(part);
    return link ? link[1]! : unescaped(part);
  });
}

const unescaped = (text: string): string => text.replaceAll(/\\([!-/:-@[-`{-~])/g, '$1');
