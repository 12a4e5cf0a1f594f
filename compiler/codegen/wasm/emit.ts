// Translates a kernel to WebAssembly functions: a total table over the kernel IR's node kinds, which decides nothing. Functions
// of the kernel IR are written out where they are called. Memories lie in one linear memory; see `layout.ts`. Large bodies of
// parallel loops become functions of their own: an engine that compiles them better meanwhile uses that from the next iteration on.

import type { Comparison, Condition, Expression, Kernel, Memory, Statement, Type, Variable } from '../../kernel/ir.ts';
import { withoutDeadVariables } from '../../kernel/dead.ts';
import { splitLoops } from '../../kernel/split.ts';
import { comparesLanes, isVector, variablesRead } from '../../kernel/walk.ts';
import type { Scales } from './addresses.ts';
import { elementBytes, isFar, scalesOf } from './addresses.ts';
import type { ValueType, WasmFunction } from './assembler.ts';
import type { Instruction, Operation } from './instructions.ts';
import { instruction } from './instructions.ts';
import { comparisons, conversions, isConversion, shifts, unsignedOperations } from './integers.ts';
import { rounder } from './layout.ts';
import { laneStores, linear, narrowLoad, scalarLoads, scalarStores, wholeLoads } from './memory-access.ts';
import { isOutlined } from './outline.ts';

/** Where a memory starts: at a fixed byte, or where a parameter of the function says. */
export type Base = { readonly kind: 'fixed'; readonly bytes: number } | { readonly kind: 'parameter' };

export interface EmitOptions {
  readonly baseOf: (memory: Memory) => Base;
  /** The byte at which a number lies that is needed in all lanes. */
  readonly placeOfConstant: (value: number) => number;
  /** Whether `madd` is one relaxed instruction, or a product and a sum. */
  readonly fused: boolean;
  /** Index of the function that waits for all threads. */
  readonly barrier: number;
}

export interface EmittedKernel {
  /** The one that is called comes last. */
  readonly functions: readonly WasmFunction[];
  /** What each of the kernel's own parameters is multiplied by: bytes per element for places, 1 for counts. */
  readonly scales: readonly number[];
  /** Memories whose base follows the kernel's own parameters; after them come the part and the number of parts. */
  readonly bases: readonly string[];
}

const valueTypes: Readonly<Record<Type, ValueType>> = {
  f64: 'f64',
  f32: 'f32',
  i32: 'i32',
  u32: 'i32',
  f32x4: 'v128',
  u32x4: 'v128',
};

/** `first` is the index that the kernel's first function gets in its module. */
export function emitKernel(source: Kernel, options: EmitOptions, first: number): EmittedKernel {
  const kernel = withoutDeadVariables(splitLoops(source));
  const scaleOf = scalesOf(kernel, source);
  const own = source.parameters;
  const threads = kernel.parameters.slice(own.length);
  const moving = kernel.memories.filter((memory) => options.baseOf(memory).kind === 'parameter');
  const bases = moving.map(({ name }): Variable => ({ name, type: 'i32' }));
  const functions: WasmFunction[] = [];
  const emit = (name: string, parameters: readonly Variable[], body: readonly Statement[]): number => {
    const locals = new Map(parameters.map((variable, at) => [variable, at]));
    const types: ValueType[] = [];
    const declare = (variable: Variable): number => {
      types.push(valueTypes[variable.type]);
      const index = parameters.length + types.length - 1;
      locals.set(variable, index);
      return index;
    };
    /** The body as a function of the loop's variable and of what it reads from outside. */
    const outline = (variable: Variable, inner: readonly Statement[]): Outlined => {
      const captured = [...variablesRead(inner)].filter((one) => one !== variable && locals.has(one));
      const taken = [variable, ...bases, ...captured];
      return { index: emit(`${name}_body`, taken, inner), taken };
    };
    const writer = createWriter({ options, scaleOf, locals, bases, threads, declare, outline });
    writer.statements(body);
    functions.push({
      name,
      parameters: parameters.map(({ type }) => valueTypes[type]),
      results: [],
      locals: types,
      body: writer.body,
      exported: false,
    });
    return first + functions.length - 1;
  };
  emit(kernel.name, [...own, ...bases, ...threads], kernel.body);
  return { functions, scales: own.map(scaleOf), bases: moving.map(({ name }) => name) };
}

interface Outlined {
  /** Of the function. */
  readonly index: number;
  readonly taken: readonly Variable[];
}

interface Context {
  readonly options: EmitOptions;
  readonly scaleOf: Scales;
  readonly locals: Map<Variable, number>;
  /** Parameters that say where a memory starts. */
  readonly bases: readonly Variable[];
  /** The parameters that tell the part and the number of parts. */
  readonly threads: readonly Variable[];
  readonly declare: (variable: Variable) => number;
  readonly outline: (variable: Variable, body: readonly Statement[]) => Outlined;
}

function createWriter({ options, scaleOf, locals, bases, threads, declare, outline }: Context) {
  const body: Instruction[] = [];
  const put = (operation: Operation, ...immediates: number[]): void =>
    void body.push(instruction(operation, ...immediates));
  const get = (variable: Variable): void => put('local.get', locals.get(variable)!);

  const statements = (list: readonly Statement[]): void => list.forEach(statement);

  const statement = (one: Statement): void => {
    switch (one.kind) {
      case 'let': {
        value(one.value, scaleOf(one.variable));
        put('local.set', declare(one.variable));
        break;
      }
      case 'set':
        value(one.value, scaleOf(one.variable));
        put('local.set', locals.get(one.variable)!);
        break;
      case 'store':
        store(one);
        break;
      case 'for':
        loop(one);
        break;
      case 'if':
        condition(one.condition);
        put('if');
        statements(one.then);
        if (one.otherwise.length > 0) {
          put('else');
          statements(one.otherwise);
        }
        put('end');
        break;
      case 'barrier':
        threads.forEach(get);
        put('call', options.barrier);
        break;
      case 'comment':
        break;
      default:
        one satisfies never;
    }
  };

  const loop = (statement: Extract<Statement, { kind: 'for' }>): void => {
    const { variable, from, to, step, body: inner } = statement;
    const outlined = isOutlined(statement) ? outline(variable, inner) : undefined;
    const scale = scaleOf(variable);
    const at = declare(variable);
    value(from, scale);
    put('local.set', at);
    /** Whether there surely is an iteration. */
    const isKnown = from.kind === 'constant' && to.kind === 'constant' && from.value < to.value;
    const isConstant = to.kind === 'constant';
    let end = -1;
    if (!isConstant) {
      end = declare({ name: 'end', type: 'i32' });
      value(to, scale);
      put('local.set', end);
    }
    const limit = (): void => {
      if (isConstant) put('i32.const', to.value * scale);
      else put('local.get', end);
    };
    if (!isKnown) {
      put('block');
      put('local.get', at);
      limit();
      put('i32.ge_s');
      put('br_if', 0);
    }
    put('loop');
    if (outlined) {
      outlined.taken.forEach(get);
      put('call', outlined.index);
    } else statements(inner);
    put('local.get', at);
    put('i32.const', step * scale);
    put('i32.add');
    put('local.tee', at);
    limit();
    put('i32.lt_s');
    put('br_if', 0);
    put('end');
    if (!isKnown) put('end');
  };

  /** Pushes the variable part of an address; returns the constant part, in bytes. */
  const address = (memory: Memory, index: Expression): number => {
    const scale = elementBytes[memory.type];
    const terms: Expression[] = [];
    const constant = linear(index, terms);
    const base = options.baseOf(memory);
    const fixed = (constant > 0 ? constant * scale : 0) + (base.kind === 'fixed' ? base.bytes : 0);
    let pushed = 0;
    const sum = (): void => {
      pushed += 1;
      if (pushed > 1) put('i32.add');
    };
    for (const term of terms) {
      value(term, scale);
      sum();
    }
    if (base.kind === 'parameter') {
      get(bases.find(({ name }) => name === memory.name)!);
      sum();
    }
    if (constant < 0 || pushed === 0) {
      put('i32.const', Math.min(constant, 0) * scale);
      sum();
    }
    return fixed;
  };

  const store = ({ memory, index, value: stored, lanes }: Extract<Statement, { kind: 'store' }>): void => {
    const one = scalarStores[memory.type];
    if (!one) throw new TypeError(`WebAssembly kernels write no ${memory.type}: ${memory.name}`);
    const parts = isVector(stored.type) ? laneStores(memory.type, lanes) : undefined;
    if (!parts) {
      const offset = address(memory, index);
      value(stored, 1);
      return put(isVector(stored.type) ? 'v128.store' : one, offset);
    }
    const kept = declare({ name: 'stored', type: stored.type });
    value(stored, 1);
    put('local.set', kept);
    for (const { operation, lane, element } of parts) {
      const offset = address(memory, index);
      put('local.get', kept);
      put(operation, offset + elementBytes[memory.type] * element, lane);
    }
  };

  /** Pushes a value; i32 ones multiplied by `scale`. */
  const value = (expression: Expression, scale: number): void => {
    const { type } = expression;
    switch (expression.kind) {
      case 'constant':
        if (type === 'f32x4') lanesOf(expression.value);
        else if (type === 'u32x4') put('v128.const i32x4', ...[0, 1, 2, 3].map(() => expression.value));
        else if (type === 'u32') put('i32.const', expression.value);
        else put(`${type}.const`, expression.value * (type === 'i32' ? scale : 1));
        break;
      case 'lane-numbers':
        put('v128.const i32x4', 0, 1, 2, 3);
        break;
      case 'variable': {
        get(expression.variable);
        const held = scaleOf(expression.variable);
        if (type === 'i32' && held !== scale) shift(scale / held);
        break;
      }
      case 'load':
        load(expression);
        if (type === 'i32') shift(scale);
        break;
      case 'unary':
        unary(expression);
        if (type === 'i32') shift(scale);
        break;
      case 'binary':
        binary(expression, scale);
        break;
      case 'shift':
        value(expression.operand, 1);
        put('i32.const', expression.count);
        put(shifts[expression.type][expression.operation]);
        break;
      case 'madd':
        value(expression.left, 1);
        value(expression.right, 1);
        // What stands here lets a host without relaxed SIMD multiply and add: see runtime/relaxed.ts.
        if (options.fused) for (let i = 0; i < 3; i += 1) put('nop');
        else put('f32x4.mul');
        value(expression.addend, 1);
        put(options.fused ? 'f32x4.relaxed_madd' : 'f32x4.add');
        break;
      case 'select':
        select(expression, scale);
        break;
      case 'call': {
        const { parameter, body: inner, result } = expression.function;
        value(expression.argument, 1);
        put('local.set', declare(parameter));
        statements(inner);
        value(result, 1);
        break;
      }
      default:
        expression satisfies never;
    }
  };

  const lanesOf = (constant: number): void => {
    if (constant === 0) return put('v128.const', constant);
    put('i32.const', 0);
    put('v128.load32_splat', options.placeOfConstant(constant));
  };

  const shift = (factor: number): void => {
    if (factor === 1) return;
    put('i32.const', Math.log2(factor));
    put('i32.shl');
  };

  const load = ({ memory, index, lanes, type }: Extract<Expression, { kind: 'load' }>): void => {
    if (type === 'f64') throw new TypeError(`WebAssembly kernels read no f64: ${memory.name}`);
    if (!isVector(type)) return put(scalarLoads[memory.type]!, address(memory, index));
    if (memory.type === 'bf16') {
      if (lanes !== 4) throw new TypeError(`WebAssembly kernels read bf16 by four: ${memory.name}`);
      put('v128.load16x4_u', address(memory, index));
      put('i32.const', 16);
      return put('i32x4.shl');
    }
    if (memory.type === 'u8' || memory.type === 'u16') {
      const narrow = narrowLoad(memory.type, lanes);
      const offsets = Array.from({ length: narrow.addresses }, () => address(memory, index));
      return void body.push(...narrow.instructions(offsets[0]!));
    }
    if (lanes !== 3) return put(wholeLoads[lanes], address(memory, index));
    const third = address(memory, index);
    put('v128.load64_zero', address(memory, index));
    put('v128.load32_lane', third + 8, 2);
  };

  const unary = ({ operation, operand, type }: Extract<Expression, { kind: 'unary' }>): void => {
    if (operation === 'splat' && operand.kind === 'load') {
      return put('v128.load32_splat', address(operand.memory, operand.index));
    }
    if (operation === 'neg' && type === 'i32') {
      put('i32.const', 0);
      value(operand, 1);
      return put('i32.sub');
    }
    value(operand, 1);
    if (isConversion(operation)) return conversions[operation].forEach((one) => put(one));
    switch (operation) {
      case 'neg':
      case 'abs':
      case 'sqrt':
      case 'floor':
        return put(`${type as 'f32' | 'f64' | 'f32x4'}.${operation}`);
      case 'pow2_lanes':
        // The sum's last bits are k + 127: shifted, the exponent of 2^k.
        lanesOf(rounder);
        put('f32x4.add');
        put('i32.const', 23);
        return put('i32x4.shl');
      case 'exponent_lanes':
        put('i32.const', 23);
        put('i32x4.shr_u');
        put('i32.const', 127);
        put('i32x4.splat');
        put('i32x4.sub');
        return put('f32x4.convert_i32x4_s');
      case 'sum_lanes':
      case 'max_lanes': {
        const held = declare({ name: 'reduced', type: 'f32x4' });
        put('local.set', held);
        const combine = operation === 'sum_lanes' ? 'f32.add' : 'f32.max';
        for (const pair of [
          [0, 2],
          [1, 3],
        ] as const) {
          for (const lane of pair) {
            put('local.get', held);
            put('f32x4.extract_lane', lane);
          }
          put(combine);
        }
        return put(combine);
      }
      case 'pow2':
      case 'exponent':
        throw new TypeError(`WebAssembly kernels have no f64 functions: ${operation}`);
      default:
        operation satisfies never;
    }
  };

  const binary = (expression: Extract<Expression, { kind: 'binary' }>, scale: number): void => {
    const { operation, left, right, type } = expression;
    if (type !== 'i32') {
      value(left, 1);
      value(right, 1);
      if (type === 'u32' || type === 'u32x4') return put(unsignedOperations[type][operation]!);
      return put(operation === 'and' ? 'v128.and' : (`${type}.${operation}` as Operation));
    }
    switch (operation) {
      case 'add':
      case 'sub':
        value(left, scale);
        value(right, scale);
        return put(`i32.${operation}`);
      case 'mul':
        if (right.kind === 'constant') {
          const held = left.kind === 'variable' ? scaleOf(left.variable) : scale;
          value(left, held);
          put('i32.const', (right.value * scale) / held);
          return put('i32.mul');
        }
        value(left, 1);
        value(right, 1);
        put('i32.mul');
        return shift(scale);
      case 'div':
      case 'rem':
        value(left, 1);
        value(right, 1);
        put(`i32.${operation}_u`);
        return shift(scale);
      case 'min':
      case 'max': {
        const [a, b] = [declare({ name: 'a', type: 'i32' }), declare({ name: 'b', type: 'i32' })];
        const compared = isFar(left) || isFar(right) ? 1 : scale;
        value(left, compared);
        put('local.tee', a);
        value(right, compared);
        put('local.tee', b);
        put('local.get', operation === 'min' ? a : b);
        put('local.get', operation === 'min' ? b : a);
        put('i32.lt_s');
        put('select');
        return shift(scale / compared);
      }
      case 'pmin':
      case 'pmax':
      case 'and':
      case 'or':
      case 'xor':
        throw new TypeError(`${operation} of i32`);
      default:
        operation satisfies never;
    }
  };

  const select = (expression: Extract<Expression, { kind: 'select' }>, scale: number): void => {
    const { condition: test, then, otherwise, type } = expression;
    value(then, scale);
    value(otherwise, scale);
    if (isVector(type) && comparesLanes(test)) {
      mask(test);
      return put('v128.bitselect');
    }
    condition(test);
    put(isVector(type) ? 'select v128' : 'select');
  };

  /** Pushes 1 where the condition holds, else 0. */
  const condition = (test: Condition): void => {
    if (test.kind === 'and') {
      condition(test.left);
      condition(test.right);
      return put('i32.and');
    }
    const { left, right, comparison } = test;
    value(left, 1);
    value(right, 1);
    compared(left.type, comparison);
  };

  const compared = (type: Type, comparison: Comparison): void => {
    if (type === 'i32' || type === 'u32' || type === 'u32x4') put(comparisons[type][comparison]);
    else put(`${type}.${comparison}`);
  };

  const mask = (test: Condition): void => {
    if (test.kind === 'and') {
      mask(test.left);
      mask(test.right);
      return put('v128.and');
    }
    value(test.left, 1);
    value(test.right, 1);
    compared(test.left.type, test.comparison);
  };

  return { body, statements };
}
