// The part of the WebAssembly JavaScript API that the runtime and the JPEG decoder use: the types of Node have none.

declare namespace WebAssembly {
  type Exports = Readonly<Record<string, unknown>>;
  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  const Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => Memory;
  interface Module {}
  const Module: {
    new (bytes: Uint8Array): Module;
    customSections(module: Module, name: string): readonly ArrayBuffer[];
  };
  const CompileError: new (message: string, options?: { readonly cause: unknown }) => Error;
  const Instance: new (module: Module, imports: Imports) => { readonly exports: Exports };
  function validate(bytes: Uint8Array): boolean;
  function compile(bytes: Uint8Array): Promise<Module>;
  /** Absent where WebAssembly does not come by the network. */
  const compileStreaming: ((response: object) => Promise<Module>) | undefined;
  function instantiate(module: Module, imports: Imports): Promise<{ readonly exports: Exports }>;
}
