/**
 * Less common loads and stores, and traps (Power ISA 2.07B, Book I, 3.3.2, 3.3.3, 3.3.11). The effective address and the access are
 * the core's; nothing here touches memory by itself. Labels are literals, as in operations.ts.
 */
import type { Core } from './core.ts';

/** Carries out one operation of the instruction at m.pc. False: it does not complete, m.stop says why. */
export function memory(m: Core, op: number, a: number, b: number, c: number): boolean {
  const regs = m.regs;
  switch (op) {
    case 40: { // LDU
      const l = regs[b + 1]!, lo = (l + c) | 0, hi = (regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
      if (!m.loadBytes(hi, lo, 8)) return false;
      regs[a] = m.valueHi;
      regs[a + 1] = m.valueLo;
      regs[b] = hi;
      regs[b + 1] = lo;
      return true;
    }
    case 41: /* LDX */ return loadIndexed(m, a, b, c, 8);
    case 43: /* LWZX */ return loadIndexed(m, a, b, c, 4);
    case 45: /* LHZ */ return loadOffset(m, a, b, c, 2);
    case 47: /* LBZX */ return loadIndexed(m, a, b, c, 1);
    case 48: /* STDX */ return storeIndexed(m, a, b, c, 8);
    case 50: /* STWX */ return storeIndexed(m, a, b, c, 4);
    case 51: /* STH */ return storeOffset(m, a, b, c, 2);
    case 52: /* STB */ return storeOffset(m, a, b, c, 1);
    case 53: /* STBX */ return storeIndexed(m, a, b, c, 1);
    case 54: /* TD */ return untrapped(m, a, regs[b]!, regs[b + 1]!, regs[c]!, regs[c + 1]!);
    case 55: /* TDI */ return untrapped(m, a, regs[b]!, regs[b + 1]!, c >> 31, c);
    case 56: /* TW */ return untrapped(m, a, regs[b + 1]! >> 31, regs[b + 1]!, regs[c + 1]! >> 31, regs[c + 1]!);
    case 57: /* TWI */ return untrapped(m, a, regs[b + 1]! >> 31, regs[b + 1]!, c >> 31, c);
    default: throw new RangeError(`no operation ${op}`);
  }
}

function loadAt(m: Core, a: number, hi: number, lo: number, bytes: number): boolean {
  if (!m.loadBytes(hi, lo, bytes)) return false;
  m.regs[a] = m.valueHi;
  m.regs[a + 1] = m.valueLo;
  return true;
}

function loadOffset(m: Core, a: number, b: number, c: number, bytes: number): boolean {
  const l = m.regs[b + 1]!, lo = (l + c) | 0;
  return loadAt(m, a, (m.regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0, lo, bytes);
}

function loadIndexed(m: Core, a: number, b: number, c: number, bytes: number): boolean {
  const l = m.regs[b + 1]!, lo = (l + m.regs[c + 1]!) | 0;
  return loadAt(m, a, (m.regs[b]! + m.regs[c]! + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0, lo, bytes);
}

function storeOffset(m: Core, a: number, b: number, c: number, bytes: number): boolean {
  const l = m.regs[b + 1]!, lo = (l + c) | 0, hi = (m.regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
  return m.storeBytes(hi, lo, bytes, m.regs[a]!, m.regs[a + 1]!);
}

function storeIndexed(m: Core, a: number, b: number, c: number, bytes: number): boolean {
  const l = m.regs[b + 1]!, lo = (l + m.regs[c + 1]!) | 0;
  const hi = (m.regs[b]! + m.regs[c]! + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
  return m.storeBytes(hi, lo, bytes, m.regs[a]!, m.regs[a + 1]!);
}

/** Does no condition of TO hold? Bits of `to`: 16 less, 8 greater, 4 equal, 2 less unsigned, 1 greater unsigned. */
function untrapped(m: Core, to: number, h: number, l: number, k: number, n: number): boolean {
  const low = l >>> 0 < n >>> 0, equalHigh = h === k;
  const less = equalHigh ? low : h < k;
  const lessUnsigned = equalHigh ? low : h >>> 0 < k >>> 0;
  const met = equalHigh && l === n ? 4 : (less ? 16 : 8) | (lessUnsigned ? 2 : 1);
  if ((met & to) === 0) return true;
  m.stop = { kind: 'trap', address: m.addressOfPc() };
  return false;
}
