// The WebAssembly of a module that has it in a file beside itself, `net.wasm`: compiled while it arrives, from its bytes, or by the
// host, which may forbid compiling bytes (Cloudflare Workers). WebAssembly Web API, section 3: streaming takes `application/wasm` alone.

import { atAddress } from './address.ts';
import { compiledModule } from './compiled.ts';
import type { Binary } from './engine.ts';
import { fileKind } from './magic.ts';
import { classOf, described } from './values.ts';
import { bytesOf } from './weights.ts';

/** What a module knows of its file. */
export interface WasmFile {
  readonly name: string;
  /** Bytes. */
  readonly length: number;
  /** What the file says of itself in its section `cnnc`. */
  readonly identity: string;
  /** Index of the byte that says whether the memory is shared: 1 is not, 3 is. */
  readonly sharedAt: number;
  /** Throws where the module has no address of its own. */
  readonly url: () => URL;
  /** Of a file with relaxed SIMD: whether this host needs other bytes, and what makes them of those of the file, in place or elsewhere. */
  readonly rewriting?: { readonly isNeeded: () => boolean; readonly rewrite: (bytes: Uint8Array) => Uint8Array };
}

/** A Blob, File or Response. */
interface Body {
  readonly ok?: boolean;
  readonly status?: number;
  readonly headers?: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * `given`, or a promise of it, is the file: a WebAssembly.Module, bytes, Blob, Response or address; undefined: beside the module. Rejects
 * with TypeError for anything else, with RangeError for another file.
 */
export async function wasmBinary(given: unknown, file: WasmFile): Promise<Binary> {
  const source = (await given) ?? addressOfFile(file);
  const isModule = classOf(source) === 'WebAssembly.Module';
  if (!isModule && !isAddress(source) && !isFileBody(source) && !isBufferOrView(source))
    throw new TypeError(
      `wasm must be ${file.name} as a WebAssembly.Module, its bytes, a Blob or Response, or its address; found ${described(source)}`,
    );
  if (isModule) {
    const alone = `${file.name} was given as a compiled module, whose memory cannot be shared; give its bytes, a Response or its address`;
    return { compile: async () => checkedModule(source as WebAssembly.Module, file), alone };
  }
  let bytes: Promise<Uint8Array> | undefined;
  return {
    async compile(shared) {
      const body = bytes ? undefined : await contentOfFile(source, file);
      const isAsWanted = !shared && !file.rewriting?.isNeeded();
      if (isAsWanted && isStreamed(body)) return compiledFile(WebAssembly.compileStreaming!(body), file);
      bytes ??= isFileBody(body) ? body.arrayBuffer().then(bytesOf) : Promise.resolve(bytesOf(body));
      return compiledFile(WebAssembly.compile(adaptedFile(await bytes, shared, file)), file);
    },
  };
}

const isBufferOrView = (source: unknown): boolean =>
  ArrayBuffer.isView(source) || /^(Shared)?ArrayBuffer$/.test(classOf(source));

const isAddress = (source: unknown): source is string | URL => /^(String|URL)$/.test(classOf(source));

const isFileBody = (source: unknown): source is Body =>
  typeof (Object(source) as Partial<Body>).arrayBuffer === 'function';

const isStreamed = (body: unknown): body is Body =>
  WebAssembly.compileStreaming !== undefined &&
  classOf(body) === 'Response' &&
  (body as Body).headers!.get('content-type') === 'application/wasm';

function addressOfFile({ name, url }: WasmFile): URL {
  try {
    return url();
  } catch {
    throw new TypeError(
      `the address of ${name} is not known here; give the file as the option wasm, for example what import wasm from './${name}' gives`,
    );
  }
}

/** A Response of the file, or what else has its bytes. Rejects with RangeError where there is no such file. */
async function contentOfFile(source: unknown, { name }: WasmFile): Promise<unknown> {
  const content = isAddress(source) ? await atAddress(source, name) : source;
  if (isFileBody(content) && content.ok === false)
    throw new RangeError(`${name} could not be fetched: the server answered ${String(content.status)}`);
  return content;
}

/** A copy for this host and memory. Throws RangeError for what is not the file. */
function adaptedFile(bytes: Uint8Array, shared: boolean, { name, length, sharedAt, rewriting }: WasmFile): Uint8Array {
  if (bytes[0] !== 0 || bytes[1] !== 0x61)
    throw new RangeError(`${name} is no WebAssembly but ${fileKind(bytes) ?? 'something else'}`);
  if (bytes.length !== length)
    throw new RangeError(
      `${name} has ${bytes.length} bytes; expected ${length}: it is truncated, or was not written together with this module`,
    );
  const copy = bytes.slice();
  copy[sharedAt] = shared ? 3 : 1;
  return rewriting?.isNeeded() ? rewriting.rewrite(copy) : copy;
}

async function compiledFile(compiling: Promise<WebAssembly.Module>, file: WasmFile): Promise<WebAssembly.Module> {
  return checkedModule(await compiledModule(compiling, file.name), file);
}

/** Throws RangeError for that of another network, or of another compilation. */
function checkedModule(module: WebAssembly.Module, { name, identity }: WasmFile): WebAssembly.Module {
  const [section] = WebAssembly.Module.customSections(module, 'cnnc');
  if (section === undefined || new TextDecoder().decode(section) !== identity)
    throw new RangeError(`${name} was not written together with this module; compile both again`);
  return module;
}
