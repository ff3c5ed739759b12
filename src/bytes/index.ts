/**
 * Bytes in and out: cursor, growing buffer, VLQ and ZigZag primitives, hex.
 *
 * @packageDocumentation
 */
export { bigIntFromBytes, bigIntToBytes, bytesEqual, compareBytes, concatBytes } from './arrays.ts'
export { DecodeError, type DecodeErrorCode, EncodeError } from './errors.ts'
export { fromHex, toHex } from './hex.ts'
export { Reader } from './reader.ts'
export { Writer } from './writer.ts'
