/** The part of the WebAssembly interface that the kernels need. Declared here so that this room needs no browser or Node types. */
interface WasmApi {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** Size of a page of WebAssembly memory (WebAssembly Core Specification, "Memory Instances"). */
export const WASM_PAGE_BYTES = 65_536

function api(): WasmApi | undefined {
  return (globalThis as { WebAssembly?: WasmApi }).WebAssembly
}

/**
 * Compiles and instantiates a module at once; `undefined` where the platform has no WebAssembly, forbids it (content
 * security policy), lacks an instruction of the module, or allows only small modules in synchronous calls.
 */
export function instantiate<T>(bytes: Uint8Array): T | undefined {
  const wasm = api()
  if (wasm === undefined) return undefined
  try {
    return new wasm.Instance(new wasm.Module(bytes)).exports as T
  } catch {
    return undefined
  }
}
