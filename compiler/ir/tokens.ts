// Tokens of the graph's text form, read one after the other. `#` starts a comment that ends with the line.

export interface Token {
  readonly kind: 'value' | 'string' | 'number' | 'name' | 'punctuation' | 'end';
  /** As written; of a string its contents. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

export interface TokenReader {
  peek(): Token;
  next(): Token;
  /** Whether the next token is this punctuation or word (unquoted). */
  sees(text: string): boolean;
  /** Takes the next token if it is this punctuation or word. */
  accept(text: string): boolean;
  expect(text: string): void;
  take(kind: Token['kind'], what: string): Token;
  /** `open item, item, … close`, possibly empty. */
  list<Item>(open: string, item: () => Item, close: string): Item[];
  /** Throws a `SyntaxError` at a token, by default the next. */
  fail(message: string, at?: Token): never;
  /** `fail` with what was found instead. */
  failExpecting(what: string, at?: Token): never;
}

export function readTokens(text: string): TokenReader {
  const tokens = tokenize(text);
  let at = 0;
  const reader: TokenReader = {
    peek: () => tokens[at]!,
    next: () => tokens[tokens[at]!.kind === 'end' ? at : at++]!,
    sees(word) {
      const { kind, text: found } = reader.peek();
      return found === word && (kind === 'punctuation' || kind === 'name');
    },
    accept(word) {
      const seen = reader.sees(word);
      if (seen) at += 1;
      return seen;
    },
    expect(word) {
      if (!reader.accept(word)) reader.failExpecting(word);
    },
    take(kind, what) {
      if (reader.peek().kind !== kind) reader.failExpecting(what);
      return reader.next();
    },
    list(open, item, close) {
      reader.expect(open);
      if (reader.accept(close)) return [];
      const items = [item()];
      while (reader.accept(',')) items.push(item());
      reader.expect(close);
      return items;
    },
    fail(message, token = reader.peek()) {
      throw new SyntaxError(`graph text, line ${token.line}: ${message}`);
    },
    failExpecting(what, token = reader.peek()) {
      return reader.fail(`expected ${what}, found ${token.kind === 'end' ? 'the end' : token.text}`, token);
    },
  };
  return reader;
}

const TOKEN =
  /(?<space>\s+|#[^\n]*)|(?<value>%\d+)|(?<string>"(?:[^"\\\n]|\\.)*")|(?<number>(?:-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN)(?![\w.]))|(?<name>[A-Za-z_][\w.]*)|(?<punctuation>[[\](){},:=])/y;

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw new SyntaxError(`graph text, line ${line}: unexpected ${JSON.stringify(text[at])}`);
    const { space, value, string, number, name, punctuation } = groups;
    if (value !== undefined) tokens.push({ kind: 'value', text: value, line });
    else if (string !== undefined) tokens.push({ kind: 'string', text: unquote(string, line), line });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, line });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, line });
    else if (punctuation !== undefined) tokens.push({ kind: 'punctuation', text: punctuation, line });
    else for (const character of space!) if (character === '\n') line += 1;
  }
  tokens.push({ kind: 'end', text: '', line });
  return tokens;
}

function unquote(quoted: string, line: number): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new SyntaxError(`graph text, line ${line}: malformed string ${quoted}`);
  }
}
