// What tests use of the WebAssembly JavaScript API beyond the runtime's part of it.

declare namespace WebAssembly {
  const Module: new (bytes: Uint8Array) => Module;
  const Instance: new (
    module: Module,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Exports };
}
