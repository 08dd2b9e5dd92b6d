/** 64-bit values as bigints and as two signed 32-bit halves. */

export const high = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));
export const low = (value: bigint): number => Number(BigInt.asIntN(32, value));
/** Unsigned. */
export const join = (hi: number, lo: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
