/** What the benches use of packages that come without types. */
declare module 'sodium-native' {
  const sodium: { crypto_generichash(output: Uint8Array, input: Uint8Array): void }
  export = sodium
}

declare module 'secp256k1' {
  const secp256k1: {
    publicKeyCreate(secret: Uint8Array): Uint8Array
    publicKeyConvert(key: Uint8Array, compressed?: boolean): Uint8Array
    publicKeyTweakMul(key: Uint8Array, tweak: Uint8Array): Uint8Array
    publicKeyNegate(key: Uint8Array): Uint8Array
    publicKeyCombine(keys: readonly Uint8Array[]): Uint8Array
    publicKeyVerify(key: Uint8Array): boolean
  }
  export = secp256k1
}
