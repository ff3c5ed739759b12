/**
 * Bytes in and out: cursor, growing buffer, VLQ and ZigZag primitives, hex, lossless JSON, maps by id.
 *
 * @packageDocumentation
 */
export { bigIntFromBytes, bigIntToBytes, bytesEqual, compareBytes, concatBytes, plainBytes } from './arrays.ts'
export { DecodeError, type DecodeErrorCode, EncodeError } from './errors.ts'
export { fromHex, toHex } from './hex.ts'
export { IdMap } from './id-map.ts'
export { JsonError, type JsonInput, type JsonObject, type JsonValue, parseJson, stringifyJson } from './json.ts'
export { Reader } from './reader.ts'
export { Writer } from './writer.ts'
