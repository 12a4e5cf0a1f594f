// Where in what torch.save wrote the weights are: the state dict itself, or one in a checkpoint, which also has the state of the
// optimiser, the epoch, and whatever its author put there.

import { InputError, printable } from '../input-error.ts';
import { type PickleValue, calleeOf, described, entriesOf } from './pickle-values.ts';
import { isTensor } from './tensor.ts';

/** Under which keys checkpoints hold the weights, the more telling first. */
const usual = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'module',
  'params',
  'weights',
];
/** `{ model: { state_dict: … } }` */
const MAX_LEVELS = 3;

/** The tensors by name, as `isTensor` knows them, in the order of their dictionary. Throws `InputError`. */
export function findStateDict(root: PickleValue): ReadonlyMap<string, PickleValue> {
  const found = new Search().in(root, MAX_LEVELS);
  if (found) return found;
  const fields = fieldsOf(root);
  const objects = [root, ...usual.map((key) => fields.get(key))];
  const callee = objects
    .map((value) => (value === undefined || isTensor(value) ? undefined : calleeOf(value)))
    .find(Boolean);
  throw new InputError(
    `the PyTorch file holds ${callee === undefined ? contents(root, [...fields.keys()]) : `an object of ${printable(callee)}, perhaps a whole module,`} and no state dict: torch.save(model.state_dict(), path) writes one`,
  );
}

function contents(root: PickleValue, keys: readonly string[]): string {
  const shown = keys.slice(0, 5).map(printable).join(', ');
  return keys.length === 0 ? described(root) : `a dictionary with ${shown}${keys.length > 5 ? ', …' : ''}`;
}

/** Looks at each dictionary once, however often the pickle refers to it. */
class Search {
  readonly #seen = new Set<PickleValue>();
  readonly #hasTensors = new Map<PickleValue, boolean>();

  in(value: PickleValue, levels: number): ReadonlyMap<string, PickleValue> | undefined {
    if (levels === 0 || this.#seen.has(value)) return undefined;
    this.#seen.add(value);
    const fields = fieldsOf(value);
    for (const key of usual) {
      const inner = fields.get(key);
      const found = inner === undefined ? undefined : this.in(inner, levels - 1);
      if (found) return found;
    }
    return this.#holdsTensors(value) ? tensorsIn(fields) : this.#onlyOneIn(fields);
  }

  /** Throws `InputError` where several dictionaries have tensors. */
  #onlyOneIn(fields: ReadonlyMap<string, PickleValue>): ReadonlyMap<string, PickleValue> | undefined {
    const filled = [...fields].filter(([, field]) => this.#holdsTensors(field));
    if (new Set(filled.map(([, field]) => field)).size > 1) {
      const keys = filled.slice(0, 5).map(([key]) => printable(key));
      throw new InputError(
        `the PyTorch file has several dictionaries of tensors: ${keys.join(', ')}${filled.length > 5 ? ', …' : ''}; save the one that is meant: torch.save(torch.load(path)[${JSON.stringify(keys[0])}], other_path)`,
      );
    }
    return filled[0] && tensorsIn(fieldsOf(filled[0][1]));
  }

  #holdsTensors(value: PickleValue): boolean {
    const known = this.#hasTensors.get(value);
    if (known !== undefined) return known;
    const found = entriesOf(value)?.some(([key, field]) => typeof key === 'string' && isTensor(field)) ?? false;
    this.#hasTensors.set(value, found);
    return found;
  }
}

const tensorsIn = (fields: ReadonlyMap<string, PickleValue>): ReadonlyMap<string, PickleValue> =>
  new Map([...fields].filter(([, value]) => isTensor(value)));

/** What has a name in a dictionary; of a name that comes twice the last, as in Python. */
function fieldsOf(value: PickleValue): ReadonlyMap<string, PickleValue> {
  const fields = new Map<string, PickleValue>();
  for (const [key, field] of entriesOf(value) ?? []) if (typeof key === 'string') fields.set(key, field);
  return fields;
}
