// Python text: numbers, strings, and which names may stand in it. Everything that comes from a file passes through here, so that no
// text of a user becomes code.

/** What is written into generated Python: a number, a truth value, a string or a tuple of these. */
export type PyValue = number | boolean | string | readonly PyValue[];

/** `3`, `1e-05`, `True`, `"mean"`, `(3, 1)` */
export function pythonText(value: PyValue): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return numberText(value);
  return `(${value.map(pythonText).join(', ')}${value.length === 1 ? ',' : ''})`;
}

/** A height and width, or another pair, as one number where both are the same. */
export function pair([first, second]: readonly number[]): PyValue {
  return first === second ? first! : [first!, second!];
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'float("nan")';
  if (!Number.isFinite(value)) return value > 0 ? 'float("inf")' : 'float("-inf")';
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/** A string literal of ASCII letters, everything else escaped. */
export function stringText(text: string): string {
  const inside = text.replaceAll(/[^ !#-[\]-~]/g, (unit) => {
    if (unit === '"' || unit === '\\') return `\\${unit}`;
    return unit === '\n' ? '\\n' : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${inside}"`;
}

/** Text for a comment or a docstring: control characters, backslashes and quotes cannot end it. */
export function proseText(text: string): string {
  return text
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .replaceAll('\\', '/')
    .replaceAll('"', "'")
    .trim();
}

const keywords = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if import in is
  lambda nonlocal not or pass raise return try while with yield match case type print exec`.split(/\s+/),
);

/** What model.py and train.py use by name. */
const used = new Set(
  'self cls super torch nn F json math os len range float int bool list tuple dict zip open print sum min max str bytes set getattr'.split(
    ' ',
  ),
);

/** Attributes of `nn.Module` in PyTorch 1.13 to 2.9; those that begin with `_` are refused as such. */
const moduleAttributes = new Set(
  `T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float
  forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children
  named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook
  register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
  register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
  register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
  set_submodule share_memory state_dict to to_empty train training type xpu zero_grad`.split(/\s+/),
);

/** Whether `self.NAME` can hold a layer of that name: an identifier that neither Python nor `nn.Module` has a use for. */
export function isAttribute(name: string): boolean {
  return /^[A-Za-z]\w*$/.test(name) && !keywords.has(name) && !moduleAttributes.has(name);
}

/** A variable for what is called `name`: an identifier that is no keyword and hides nothing; `taken` are others in use. */
export function localName(name: string, taken: ReadonlySet<string>): string {
  const plain = name.replaceAll(/\W+/g, '_').replace(/^[\d_]+/, '') || 'value';
  const safe = keywords.has(plain) || used.has(plain) ? `${plain}_` : plain;
  return unique(safe, taken);
}

/** `inverted_residual` as `InvertedResidual`; `taken` are classes and functions of the file. */
export function className(name: string, taken: ReadonlySet<string>): string {
  const words = name.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const plain = words.join('').replace(/^\d+/, '') || 'Block';
  return unique(keywords.has(plain) || used.has(plain) ? `${plain}Block` : plain, taken);
}

function unique(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}${/\d$/.test(name) ? '_' : ''}${number}`)) number += 1;
  return `${name}${/\d$/.test(name) ? '_' : ''}${number}`;
}
