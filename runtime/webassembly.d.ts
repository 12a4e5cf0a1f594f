// The part of the WebAssembly JavaScript API that the runtime uses: the types of Node have none.

declare namespace WebAssembly {
  type Exports = Readonly<Record<string, unknown>>;
  type Module = object;
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  const Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => Memory;
  function validate(bytes: Uint8Array): boolean;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(
    module: Module,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<{ readonly exports: Exports }>;
}
