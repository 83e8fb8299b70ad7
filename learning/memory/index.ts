export { capacityFor } from './capacity';
export { Memory, type Kept } from './memory';
export type { MemoryOptions, Offered } from './options';
export { bytesOf, pack, unpack } from './packing';
