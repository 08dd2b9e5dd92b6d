/**
 * Less common operations on registers alone: no memory, no branch, no trap. Power ISA 2.07B, Book I, 3.3.9 to 3.3.14 and 3.3.17,
 * Book III-S 4.4.4 (mtmsrd, L=1). Operands a, b, c are as `predecode.ts` says.
 * Literals: labels as in operations.ts; in `regs` 72 is MSR, 83 the byte count, 86 CR, 87 SO, 88 OV, 89 CA (registers.ts).
 */

/** Carries out one operation. */
export function plain(regs: Int32Array, op: number, a: number, b: number, c: number): void {
  switch (op) {
    case 64: { // NEG
      const l = regs[b + 1]!;
      regs[a] = -regs[b]! - (l !== 0 ? 1 : 0);
      regs[a + 1] = -l;
      break;
    }
    case 65: // NOR
      regs[a] = ~(regs[b]! | regs[c]!);
      regs[a + 1] = ~(regs[b + 1]! | regs[c + 1]!);
      break;
    case 66: // ANDC
      regs[a] = regs[b]! & ~regs[c]!;
      regs[a + 1] = regs[b + 1]! & ~regs[c + 1]!;
      break;
    case 67: // NAND
      regs[a] = ~(regs[b]! & regs[c]!);
      regs[a + 1] = ~(regs[b + 1]! & regs[c + 1]!);
      break;
    case 68: // EQV
      regs[a] = ~(regs[b]! ^ regs[c]!);
      regs[a + 1] = ~(regs[b + 1]! ^ regs[c + 1]!);
      break;
    case 69: // ORC
      regs[a] = regs[b]! | ~regs[c]!;
      regs[a + 1] = regs[b + 1]! | ~regs[c + 1]!;
      break;
    case 70: // ANDI
      regs[a] = 0;
      regs[a + 1] = regs[b + 1]! & c;
      record(regs, 0, regs[a + 1]!);
      break;
    case 71: // CMPWI
      compare(regs, a, regs[b + 1]!, c);
      break;
    case 72: // CMPLWI
      compare(regs, a, regs[b + 1]! >>> 0, c);
      break;
    case 73: // CMPW
      compare(regs, a, regs[b + 1]!, regs[c + 1]!);
      break;
    case 74: // CMPLW
      compare(regs, a, regs[b + 1]! >>> 0, regs[c + 1]! >>> 0);
      break;
    case 75: { // RLDICL: c: shift, mask begin << 6
      const mb = c >>> 6;
      rotate(regs, a, b, c & 63);
      regs[a] = mb >= 32 ? 0 : regs[a]! & (-1 >>> mb);
      if (mb > 32) regs[a + 1] = regs[a + 1]! & (-1 >>> (mb - 32));
      break;
    }
    case 76: { // RLDICR: c: shift, mask end << 6
      const me = c >>> 6;
      rotate(regs, a, b, c & 63);
      if (me < 31) regs[a] = regs[a]! & (-1 << (31 - me));
      regs[a + 1] = me < 32 ? 0 : regs[a + 1]! & (-1 << (63 - me));
      break;
    }
    case 77: { // RLWINM: c: shift, mask begin << 5, mask end << 10
      const mb = c >>> 5 & 31, me = c >>> 10, sh = c & 31, l = regs[b + 1]!;
      const turned = l << sh | l >>> (32 - sh & 31) & (sh === 0 ? 0 : -1);
      // Ones from mb and ones up to me; a mask that wraps round lets the copy in the high half through.
      const from = -1 >>> mb, to = -1 << (31 - me);
      regs[a] = mb <= me ? 0 : turned;
      regs[a + 1] = turned & (mb <= me ? from & to : from | to);
      break;
    }
    case 78: /* EXTSB */ extend(regs, a, regs[b + 1]! << 24 >> 24); break;
    case 79: /* EXTSH */ extend(regs, a, regs[b + 1]! << 16 >> 16); break;
    case 80: /* EXTSW */ extend(regs, a, regs[b + 1]!); break;
    case 81: { // SRADI: c: 0..63
      const h = regs[b]!, l = regs[b + 1]!;
      const lost = c === 0 ? 0 : c < 32 ? l << (32 - c) : c === 32 ? l : l | h << (64 - c);
      regs[89] = h < 0 && lost !== 0 ? 1 : 0;
      if (c >= 32) extend(regs, a, h >> (c - 32));
      else {
        regs[a] = h >> c;
        regs[a + 1] = c === 0 ? l : l >>> c | h << (32 - c);
      }
      break;
    }
    case 82: { // SLD
      const n = regs[c + 1]! & 127, h = regs[b]!, l = regs[b + 1]!;
      regs[a] = n >= 64 ? 0 : n >= 32 ? l << (n - 32) : n === 0 ? h : h << n | l >>> (32 - n);
      regs[a + 1] = n >= 32 ? 0 : l << n;
      break;
    }
    case 83: { // SRD
      const n = regs[c + 1]! & 127, h = regs[b]!, l = regs[b + 1]!;
      regs[a] = n >= 32 ? 0 : h >>> n;
      regs[a + 1] = n >= 64 ? 0 : n >= 32 ? h >>> (n - 32) : n === 0 ? l : l >>> n | h << (32 - n);
      break;
    }
    case 84: // MFCR: c: which bits of CR
      regs[a] = 0;
      regs[a + 1] = regs[86]! & c;
      break;
    case 86: // MFXER
      regs[a] = 0;
      regs[a + 1] = regs[87]! << 31 | regs[88]! << 30 | regs[89]! << 29 | regs[83]!;
      break;
    case 88: { // ISEL: c: RB, bit's distance from the lowest << 8
      const from = (regs[86]! >>> (c >>> 8) & 1) !== 0 ? b : c & 255;
      const h = regs[from]!;
      regs[a + 1] = regs[from + 1]!;
      regs[a] = h;
      break;
    }
    case 90: // MTMSRD_EE: L=1: EE and RI only
      regs[73] = regs[73]! & ~0x8002 | regs[b + 1]! & 0x8002;
      break;
    case 91: { // ADD_RC
      const l = regs[b + 1]!, lo = (l + regs[c + 1]!) | 0;
      regs[a] = regs[b]! + regs[c]! + (lo >>> 0 < l >>> 0 ? 1 : 0);
      regs[a + 1] = lo;
      record(regs, regs[a]!, lo);
      break;
    }
    case 92: { // SUBF_RC
      const l = regs[c + 1]!, k = regs[b + 1]!;
      regs[a] = regs[c]! - regs[b]! - (l >>> 0 < k >>> 0 ? 1 : 0);
      regs[a + 1] = l - k;
      record(regs, regs[a]!, regs[a + 1]!);
      break;
    }
    case 93: // OR_RC
      regs[a] = regs[b]! | regs[c]!;
      regs[a + 1] = regs[b + 1]! | regs[c + 1]!;
      record(regs, regs[a]!, regs[a + 1]!);
      break;
    case 94: // AND_RC
      regs[a] = regs[b]! & regs[c]!;
      regs[a + 1] = regs[b + 1]! & regs[c + 1]!;
      record(regs, regs[a]!, regs[a + 1]!);
      break;
    default:
      throw new RangeError(`no operation ${op}`);
  }
}

/** Rotation left of pair b by n (0..63) into pair a. */
function rotate(regs: Int32Array, a: number, b: number, n: number): void {
  const h = n >= 32 ? regs[b + 1]! : regs[b]!, l = n >= 32 ? regs[b]! : regs[b + 1]!, k = n & 31;
  regs[a] = k === 0 ? h : h << k | l >>> (32 - k);
  regs[a + 1] = k === 0 ? l : l << k | h >>> (32 - k);
}

function extend(regs: Int32Array, a: number, low: number): void {
  regs[a] = low >> 31;
  regs[a + 1] = low;
}

/** CR0 of a 64-bit result. */
function record(regs: Int32Array, hi: number, lo: number): void {
  const v = hi < 0 ? 8 : (hi | lo) !== 0 ? 4 : 2;
  regs[86] = regs[86]! & 0x0fffffff | (v | regs[87]!) << 28;
}

/** The field at `shift` from two numbers. */
function compare(regs: Int32Array, shift: number, x: number, y: number): void {
  const v = x < y ? 8 : x > y ? 4 : 2;
  regs[86] = regs[86]! & ~(15 << shift) | (v | regs[87]!) << shift;
}
