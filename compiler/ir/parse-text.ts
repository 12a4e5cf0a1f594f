// Reads the graph's text form (see text). More lenient than the printer so that tests are pleasant to write: lines may
// come in any order that defines values before their use, attributes are written as users write them (`kernel=3`,
// `padding=same`), and result types and names may be left out: they are inferred and numbered (`conv1`).

import type {
  Attribute,
  Constant,
  Graph,
  GraphInput,
  GraphOutput,
  Initial,
  InputSettings,
  Node,
  Parameter,
  ValueId,
} from './graph.ts';
import { namedWeights } from './graph.ts';
import { createNames } from './names.ts';
import type { Operator, OperatorTable } from './operator.ts';
import { dataCount, inferNode, storedAttributes } from './signature.ts';
import type { Element, TensorType } from './tensor-type.ts';
import { elementBytes, tensorType } from './tensor-type.ts';
import { readTokens } from './tokens.ts';
import type { TokenReader } from './tokens.ts';

/** Throws a `SyntaxError` that names the line; what the text means is for `verifyGraph` to judge. */
export function parseGraph(text: string, operators: OperatorTable): Graph {
  const tokens = readTokens(text);
  tokens.expect('graph');
  const name = nameOf(tokens);
  const mode = tokens.accept('train') ? 'train' : 'infer';
  if (mode === 'infer') tokens.accept('infer');
  tokens.expect('{');
  const body: Body = { types: new Map(), inputs: [], parameters: [], constants: [], nodes: [], outputs: [] };
  while (!tokens.accept('}')) {
    if (tokens.accept('output')) body.outputs.push(output(tokens, body));
    else definition(tokens, body, operators);
  }
  if (tokens.peek().kind !== 'end') tokens.failExpecting('the end');
  const names = createNames(body.nodes.flatMap((node) => node.name ?? []));
  const nodes = body.nodes.map((node) => ({ ...node, name: node.name ?? names.numbered(node.op) }));
  return { name, mode, ...body, nodes };
}

interface Body {
  readonly types: Map<ValueId, TensorType>;
  readonly inputs: GraphInput[];
  readonly parameters: Parameter[];
  readonly constants: Constant[];
  readonly nodes: (Omit<Node, 'name'> & { readonly name: string | undefined })[];
  readonly outputs: GraphOutput[];
}

function output(tokens: TokenReader, { types }: Body): GraphOutput {
  const name = nameOf(tokens);
  tokens.expect('=');
  const value = use(tokens, types);
  const string = (): string => tokens.take('string', 'a string').text;
  const labels = (): GraphOutput['labels'] =>
    tokens.peek().kind === 'string' ? string() : tokens.list('[', string, ']');
  return {
    name,
    value,
    ...(tokens.accept('labels') && { labels: labels()! }),
    ...(tokens.accept('auxiliary') && { auxiliary: Number(tokens.take('number', 'a number').text) }),
  };
}

/** `%n, … =` and an input, a parameter, a constant or a node. */
function definition(tokens: TokenReader, body: Body, operators: OperatorTable): void {
  const results = [newValue(tokens, body.types)];
  while (tokens.accept(',')) results.push(newValue(tokens, body.types, results));
  tokens.expect('=');
  const word = tokens.peek();
  const op = nameOf(tokens);
  if (tokens.sees('(')) return node(tokens, body, operators, results, op);
  if (results.length > 1) tokens.failExpecting('(');
  const [value] = results as [ValueId];
  const define = (): void => {
    tokens.expect(':');
    body.types.set(value, typeOf(tokens));
  };
  switch (word.text) {
    case 'input': {
      const name = nameOf(tokens);
      define();
      const settings = tokens.sees('{') ? inputSettings(tokens) : undefined;
      body.inputs.push({ name, value, ...(settings && { settings }) });
      return;
    }
    case 'parameter':
    case 'buffer': {
      const name = nameOf(tokens);
      define();
      body.parameters.push({ name, value, role: word.text, initial: initial(tokens) });
      return;
    }
    case 'constant':
      define();
      body.constants.push({ value, data: Float64Array.from(numbers(tokens)) });
      return;
    default:
      tokens.failExpecting('input, parameter, buffer, constant or an operator', word);
  }
}

function node(
  tokens: TokenReader,
  body: Body,
  operators: OperatorTable,
  results: readonly ValueId[],
  op: string,
): void {
  const start = tokens.peek();
  const operator = operators.get(op) ?? tokens.fail(`no operator ${JSON.stringify(op)}`);
  const operands = tokens.list('(', () => use(tokens, body.types), ')');
  const given = tokens.sees('{') ? record(tokens) : {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(operator.attributes, name)) tokens.fail(`${op} has no attribute ${JSON.stringify(name)}`, start);
  }
  const inputs = operands.slice(0, dataCount(operator, operands.length)).map((id) => body.types.get(id)!);
  const attributes = storedAttributes(operator, given, inputs);
  const types = tokens.accept(':') ? typeList(tokens) : inferred(tokens, operator, inputs, attributes);
  if (types.length !== results.length) tokens.fail(`${types.length} types for ${results.length} results`, start);
  for (const [index, id] of results.entries()) body.types.set(id, types[index]!);
  const name = tokens.accept('as') ? nameOf(tokens) : undefined;
  const weights = name !== undefined && tokens.accept('weights') ? namedWeights(name, nameOf(tokens)) : {};
  body.nodes.push({ op, name, ...weights, operands, attributes, results });
}

function inferred(
  tokens: TokenReader,
  operator: Operator,
  inputs: readonly TensorType[],
  attributes: Node['attributes'],
): readonly TensorType[] {
  const { results, problems } = inferNode(operator, inputs, attributes);
  return results ?? tokens.fail(problems.join('; '));
}

function nameOf(tokens: TokenReader): string {
  return tokens.peek().kind === 'string' ? tokens.next().text : tokens.take('name', 'a name').text;
}

function newValue(tokens: TokenReader, types: Body['types'], others: readonly ValueId[] = []): ValueId {
  const token = tokens.take('value', 'a value');
  const id = Number(token.text.slice(1));
  if (types.has(id) || others.includes(id)) tokens.fail(`${token.text} is defined twice`, token);
  return id;
}

function use(tokens: TokenReader, types: Body['types']): ValueId {
  const token = tokens.take('value', 'a value');
  const id = Number(token.text.slice(1));
  if (!types.has(id)) tokens.fail(`${token.text} is not defined here`, token);
  return id;
}

/** `[N,6,28,28]`, `[6,1,5,5]`, `i8[6,1,5,5]` */
function typeOf(tokens: TokenReader): TensorType {
  const element = tokens.sees('[') ? 'f32' : elementOf(tokens);
  const axes = tokens.list('[', () => (tokens.accept('N') ? 'N' : number(tokens)), ']');
  const batched = axes[0] === 'N';
  const shape = (batched ? axes.slice(1) : axes).map((axis) => (axis === 'N' ? tokens.fail('N comes first') : axis));
  return tensorType(shape, batched, element);
}

function elementOf(tokens: TokenReader): Element {
  const token = tokens.take('name', 'a type');
  if (!Object.hasOwn(elementBytes, token.text)) tokens.fail(`${token.text} is no element type`, token);
  return token.text as Element;
}

function typeList(tokens: TokenReader): TensorType[] {
  const types = [typeOf(tokens)];
  while (tokens.accept(',')) types.push(typeOf(tokens));
  return types;
}

function number(tokens: TokenReader): number {
  return Number(tokens.take('number', 'a number').text);
}

function numbers(tokens: TokenReader): number[] {
  return tokens.list('[', () => number(tokens), ']');
}

function attribute(tokens: TokenReader): Attribute {
  if (tokens.peek().kind === 'number') return number(tokens);
  if (tokens.sees('[')) return numbers(tokens);
  if (tokens.accept('true')) return true;
  if (tokens.accept('false')) return false;
  return nameOf(tokens);
}

function record(tokens: TokenReader): Readonly<Record<string, Attribute>> {
  const entry = (): [string, Attribute] => {
    const name = nameOf(tokens);
    tokens.expect('=');
    return [name, attribute(tokens)];
  };
  return Object.fromEntries(tokens.list('{', entry, '}'));
}

function initial(tokens: TokenReader): Initial {
  if (tokens.accept('constant')) {
    const [value = 0] = tokens.list('(', () => number(tokens), ')');
    return { kind: 'constant', value };
  }
  tokens.expect('he');
  const [fanIn = 1, fanOut = 1] = tokens.list('(', () => number(tokens), ')');
  return { kind: 'he', fanIn, fanOut };
}

const SETTINGS = new Set(['scale', 'resize', 'fit', 'filter', 'fill', 'crop', 'mean', 'std', 'colors']);

function inputSettings(tokens: TokenReader): InputSettings {
  const start = tokens.peek();
  const settings = { scale: 1 / 255, colors: 'rgb', ...record(tokens) };
  for (const name of Object.keys(settings))
    if (!SETTINGS.has(name)) tokens.fail(`no input setting ${JSON.stringify(name)}`, start);
  return settings as InputSettings;
}
