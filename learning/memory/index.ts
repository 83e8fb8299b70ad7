export type { Kept } from './beside';
export { capacityFor } from './capacity';
export { Memory } from './memory';
export type { MemoryOptions, Offered } from './options';
export { privateRows } from './private';
export { bytesOf, pack, unpack } from './packing';
