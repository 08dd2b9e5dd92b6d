/**
 * The engine's loop: one pass per instruction over decoded words, registers in halves, all 64 bits. Operations that are common
 * in kernel code are written out here (Power ISA 2.07B, Book I, 2.4 and 3.3); `plain.ts`, `memory.ts`, `branch.ts` have less
 * common ones, and whatever is in none of them runs through the table's meaning (`meaning.ts`). Tests compare every table row.
 *
 * Loads, stores and `li` come in rows: while the next word is of the same kind the switch is not gone through again.
 *
 * `i` is the word's place in `code` and its flat byte offset at once.
 *
 * Literals, for speed: labels as in operations.ts; in `regs` 64 is LR, 66 CTR, 83 the byte count of XER, 86 CR, 87 SO, 88 OV, 89 CA (registers.ts); page numbers are
 * address >>> 14, offsets 0x3fff, -0x3ff9 and -0x3ffd keep the page number and what must be 0 in the address of an aligned doubleword or word;
 * 0xf283e605, 23 and 508 are the look-aside's hash, by entries of four numbers (core.ts), the mask last, so that V8 sees that it is within the table; dirty blocks are words >>> 10 (space.ts). Tests hold all of them together.
 */
import { branch } from './branch.ts';
import type { Core } from './core.ts';
import { memory } from './memory.ts';
import { interpret } from './meaning.ts';
import type { Stop } from './observer.ts';
import { plain } from './plain.ts';

const BUDGET: Stop = { kind: 'budget' };
const YIELD: Stop = { kind: 'yield' };

export type Execute = (limit: number) => Stop;

/**
 * Makes the loop of one core: a function that executes at most `limit` instructions (0..2^31-1) from m.pc on. A closure, because V8
 * compiles the arrays of the only closure of its kind in as constants: with a second machine in the process each runs slower by a fifth.
 *
 * And they are taken into locals before the loop: of accesses inside a loop V8 looks at most before it knows that the array is a constant,
 * and then checks kind and length and fetches the place anew at each of them. Seen in the machine code; a load takes 5.8 ns for 7.6 so.
 */
export function loopOf(m: Core): Execute {
  const ofRegs = m.regs, ofCode = m.code, ofWords = m.space.words, ofLook = m.look, ofMarks = m.marks, ofDirty = m.space.dirty;
  const ofUnder = m.under, ofPageHi = m.space.pageHi, ofPageLo = m.space.pageLo;
  const ofPointKind = m.space.pointKind, ofPointData = m.space.pointData, ofToc = m.toc, ofBytes = m.space.bytes, ofNoted = m.noted;
  return function execute(limit: number): Stop {
    const regs = ofRegs, code = ofCode, words = ofWords, look = ofLook, marks = ofMarks, dirty = ofDirty;
    const under = ofUnder, pageHi = ofPageHi, pageLo = ofPageLo, pointKind = ofPointKind, pointData = ofPointData, toc = ofToc, bytes = ofBytes, noted = ofNoted;
    const end = m.instructions + limit;
    let left = limit | 0, pc = m.pc | 0, i = pc << 2, op = code[i]! | 0;
    if (m.asked !== pc) m.asked = -1;
    while (left > 0) {
      switch (op) {
        case 0: // UNDECODED
          op = m.decodeAt(i >> 2) | 0;
          continue;
        case 1: // WATCH
          pc = i >> 2;
          if (m.asked === pc) m.asked = -1;
          else {
            const kind = pointKind[pc]!, data = pointData[pc]!;
            // The two that are most frequent by far, and nearly always of no interest (image/points.ts).
            if (kind === 22 /* HOOK_LABEL */ && data === 0) {
              m.passed = pc;
              if (under[pc]! >= 128 /* WRITES_KEPT */) noted[0]! |= 1 << (code[i + 1]! >> 1);
              op = under[pc]! & 127;
              continue;
            }
            if (kind === 12 /* TOC_USE */ && regs[5] === toc[2 * data + 1] && regs[4] === toc[2 * data]) {
              if (under[pc]! >= 128 /* WRITES_KEPT */) noted[0]! |= 1 << (code[i + 1]! >> 1);
              op = under[pc]! & 127;
              continue;
            }
            m.pc = pc;
            m.instructions = end - left;
            if (m.observer.point(kind, data, pc)) {
              m.asked = pc;
              return YIELD;
            }
            if (m.pc !== pc) { // the observer is the host and has gone elsewhere
              i = m.pc << 2;
              op = code[i]!;
              continue;
            }
            if (code[i] === 0 /* UNDECODED */) m.decodeAt(pc);
          }
          if (under[pc]! >= 128 /* WRITES_KEPT */) noted[0]! |= 1 << (code[i + 1]! >> 1);
          op = under[pc]! & 127;
          continue;
        case 31: // KEPT
          noted[0]! |= 1 << (code[i + 1]! >> 1);
          op = under[i >> 2]!;
          continue;
        case 4: // LI
          for (;;) {
            const a = code[i + 1]!, c = code[i + 3]!;
            regs[a] = c >> 31;
            regs[a + 1] = c;
            noted[0]! |= 1 << (a >> 1);
            if (code[i + 4] !== 4 /* LI */ || left <= 1) break;
            i = (i + 4) | 0;
            left = (left - 1) | 0;
          }
          break;
        case 5: // ADDI
          for (;;) {
            const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
            const l = regs[b + 1]!, lo = (l + c) | 0;
            regs[a] = regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0);
            regs[a + 1] = lo;
            noted[0]! |= 1 << (a >> 1);
            if (code[i + 4] !== 5 /* ADDI */ || left <= 1) break;
            i = (i + 4) | 0;
            left = (left - 1) | 0;
          }
          break;
        case 6: { // MR
          const a = code[i + 1]!, b = code[i + 2]!;
          regs[a] = regs[b]!;
          regs[a + 1] = regs[b + 1]!;
          noted[0]! |= 1 << (a >> 1);
          break;
        }
        case 7: // NOP
          break;
        case 8: { // ADD
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const l = regs[b + 1]!, lo = (l + regs[c + 1]!) | 0;
          regs[a] = regs[b]! + regs[c]! + (lo >>> 0 < l >>> 0 ? 1 : 0);
          regs[a + 1] = lo;
          break;
        }
        case 9: { // SUBF: c - b
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const l = regs[c + 1]!, k = regs[b + 1]!;
          regs[a] = regs[c]! - regs[b]! - (l >>> 0 < k >>> 0 ? 1 : 0);
          regs[a + 1] = l - k;
          break;
        }
        case 10: { // AND
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          regs[a] = regs[b]! & regs[c]!;
          regs[a + 1] = regs[b + 1]! & regs[c + 1]!;
          break;
        }
        case 11: { // OR
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          regs[a] = regs[b]! | regs[c]!;
          regs[a + 1] = regs[b + 1]! | regs[c + 1]!;
          break;
        }
        case 12: { // XOR
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          regs[a] = regs[b]! ^ regs[c]!;
          regs[a + 1] = regs[b + 1]! ^ regs[c + 1]!;
          break;
        }
        case 13: { // ORI
          const a = code[i + 1]!, b = code[i + 2]!;
          regs[a] = regs[b]!;
          regs[a + 1] = regs[b + 1]! | code[i + 3]!;
          break;
        }
        case 14: { // XORI
          const a = code[i + 1]!, b = code[i + 2]!;
          regs[a] = regs[b]!;
          regs[a + 1] = regs[b + 1]! ^ code[i + 3]!;
          break;
        }
        case 15: { // SLDI: 1..63
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const h = regs[b]!, l = regs[b + 1]!;
          if (c >= 32) {
            regs[a] = l << (c - 32);
            regs[a + 1] = 0;
          } else {
            regs[a] = h << c | l >>> (32 - c);
            regs[a + 1] = l << c;
          }
          break;
        }
        case 16: { // CMPDI: a: shift of the field
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const h = regs[b]!, l = regs[b + 1]!, k = c >> 31;
          const v = h < k ? 8 : h > k ? 4 : l >>> 0 < c >>> 0 ? 8 : l === c ? 2 : 4;
          regs[86] = regs[86]! & ~(15 << a) | (v | regs[87]!) << a;
          break;
        }
        case 17: { // CMPLDI
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const h = regs[b]!, l = regs[b + 1]!;
          const v = h !== 0 ? 4 : l >>> 0 < c >>> 0 ? 8 : l === c ? 2 : 4;
          regs[86] = regs[86]! & ~(15 << a) | (v | regs[87]!) << a;
          break;
        }
        case 18: { // CMPD
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const h = regs[b]!, l = regs[b + 1]!, k = regs[c]!, n = regs[c + 1]!;
          const v = h < k ? 8 : h > k ? 4 : l >>> 0 < n >>> 0 ? 8 : l === n ? 2 : 4;
          regs[86] = regs[86]! & ~(15 << a) | (v | regs[87]!) << a;
          break;
        }
        case 19: { // CMPLD
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const h = regs[b]! >>> 0, l = regs[b + 1]!, k = regs[c]! >>> 0, n = regs[c + 1]!;
          const v = h < k ? 8 : h > k ? 4 : l >>> 0 < n >>> 0 ? 8 : l === n ? 2 : 4;
          regs[86] = regs[86]! & ~(15 << a) | (v | regs[87]!) << a;
          break;
        }
        case 20: // LD
          for (;;) {
            const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
            const l = regs[b + 1]!, lo = (l + c) | 0, hi = (regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
            const e = Math.imul((lo >>> 14) ^ hi, 0xf283e605) >>> 23 & 508;
            if (look[e] === hi && look[e + 1] === (lo & -0x3ff9)) {
              const w = look[e + 2]! + ((lo & 0x3fff) >>> 2);
              regs[a] = words[w + 1]!;
              regs[a + 1] = words[w]!;
            } else {
              m.pc = i >> 2;
              if (!m.loadBytes(hi, lo, 8)) return leave(m, end - left);
              regs[a] = m.valueHi;
              regs[a + 1] = m.valueLo;
            }
            noted[0]! |= 1 << (a >> 1);
            if (code[i + 4] !== 20 /* LD */ || left <= 1) break;
            i = (i + 4) | 0;
            left = (left - 1) | 0;
          }
          break;
        case 21: // STD
          for (;;) {
            const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
            const l = regs[b + 1]!, lo = (l + c) | 0, hi = (regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
            const e = Math.imul((lo >>> 14) ^ hi, 0xf283e605) >>> 23 & 508;
            if (look[e] === hi && look[e + 3] === (lo & -0x3ff9)) {
              const w = look[e + 2]! + ((lo & 0x3fff) >>> 2);
              if (marks[w >>> 1] !== 0) {
                m.pc = i >> 2;
                m.instructions = end - left;
                if (m.refusesMarked(w << 2, 8, regs[a]!, regs[a + 1]!)) return m.stop;
              }
              dirty[w >>> 10] = 1;
              words[w + 1] = regs[a]!;
              words[w] = regs[a + 1]!;
            } else {
              m.pc = i >> 2;
              m.instructions = end - left;
              if (!m.storeBytes(hi, lo, 8, regs[a]!, regs[a + 1]!)) return m.stop;
            }
            if (code[i + 4] !== 21 /* STD */ || left <= 1) break;
            i = (i + 4) | 0;
            left = (left - 1) | 0;
          }
          break;
        case 22: { // STDU
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const l = regs[b + 1]!, lo = (l + c) | 0, hi = (regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
          const e = Math.imul((lo >>> 14) ^ hi, 0xf283e605) >>> 23 & 508;
          if (look[e] === hi && look[e + 3] === (lo & -0x3ff9)) {
            const w = look[e + 2]! + ((lo & 0x3fff) >>> 2);
            if (marks[w >>> 1] !== 0) {
              m.pc = i >> 2;
              m.instructions = end - left;
              if (m.refusesMarked(w << 2, 8, regs[a]!, regs[a + 1]!)) return m.stop;
            }
            dirty[w >>> 10] = 1;
            words[w + 1] = regs[a]!;
            words[w] = regs[a + 1]!;
          } else {
            m.pc = i >> 2;
            m.instructions = end - left;
            if (!m.storeBytes(hi, lo, 8, regs[a]!, regs[a + 1]!)) return m.stop;
          }
          regs[b] = hi;
          regs[b + 1] = lo;
          break;
        }
        case 24: // BL
          regs[64] = pageHi[i >> 14]!;
          regs[65] = pageLo[i >> 14]! + (i & 0x3fff) + 4;
          // falls through
        case 23: // B: c: flat word of the target, four times
          i = code[i + 3]!;
          op = code[i]!;
          left = (left - 1) | 0;
          continue;
        case 25: // BT: a: how far the bit of CR is from the lowest
          i = (regs[86]! >>> code[i + 1]! & 1) !== 0 ? code[i + 3]! : (i + 4) | 0;
          op = code[i]!;
          left = (left - 1) | 0;
          continue;
        case 26: // BF
          i = (regs[86]! >>> code[i + 1]! & 1) === 0 ? code[i + 3]! : (i + 4) | 0;
          op = code[i]!;
          left = (left - 1) | 0;
          continue;
        case 27: { // BDNZ
          const l = regs[67]!;
          if (l === 0) regs[66]!--;
          regs[67] = l - 1;
          i = l === 1 && regs[66] === 0 ? (i + 4) | 0 : code[i + 3]!;
          op = code[i]!;
          left = (left - 1) | 0;
          continue;
        }
        case 28: // BLR
        case 29: // BCTR
        case 30: { // BCTRL
          const from = op === 28 /* BLR */ ? 64 : 66;
          m.pc = i >> 2;
          m.instructions = end - left;
          const next = m.land(regs[from]!, regs[from + 1]!);
          if (next < 0) return m.stop;
          if (op === 30 /* BCTRL */) {
            regs[64] = pageHi[i >> 14]!;
            regs[65] = pageLo[i >> 14]! + (i & 0x3fff) + 4;
          }
          i = next << 2;
          op = code[i]!;
          left = (left - 1) | 0;
          continue;
        }
        case 32: { // MTCR: c: which bits of CR
          const b = code[i + 2]!, c = code[i + 3]!;
          regs[86] = regs[86]! & ~c | regs[b + 1]! & c;
          break;
        }
        case 33: { // MTXER
          const l = regs[code[i + 2]! + 1]!;
          regs[87] = l >>> 31;
          regs[88] = l >>> 30 & 1;
          regs[89] = l >>> 29 & 1;
          regs[83] = l & 127;
          break;
        }
        case 34: { // STW
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const l = regs[b + 1]!, lo = (l + c) | 0, hi = (regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
          const e = Math.imul((lo >>> 14) ^ hi, 0xf283e605) >>> 23 & 508;
          if (look[e] === hi && look[e + 3] === (lo & -0x3ffd)) {
            const w = look[e + 2]! + ((lo & 0x3fff) >>> 2);
            if (marks[w >>> 1] !== 0) {
              m.pc = i >> 2;
              m.instructions = end - left;
              if (m.refusesMarked(w << 2, 4, regs[a]!, regs[a + 1]!)) return m.stop;
            }
            dirty[w >>> 10] = 1;
            words[w] = regs[a + 1]!;
          } else {
            m.pc = i >> 2;
            m.instructions = end - left;
            if (!m.storeBytes(hi, lo, 4, regs[a]!, regs[a + 1]!)) return m.stop;
          }
          break;
        }
        case 35: // LWA
        case 37: { // LWZ
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const l = regs[b + 1]!, lo = (l + c) | 0, hi = (regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
          const e = Math.imul((lo >>> 14) ^ hi, 0xf283e605) >>> 23 & 508;
          let v = 0;
          if (look[e] === hi && look[e + 1] === (lo & -0x3ffd)) v = words[look[e + 2]! + ((lo & 0x3fff) >>> 2)]!;
          else {
            m.pc = i >> 2;
            if (!m.loadBytes(hi, lo, 4)) return leave(m, end - left);
            v = m.valueLo;
          }
          regs[a] = op === 35 /* LWA */ ? v >> 31 : 0;
          regs[a + 1] = v;
          break;
        }
        case 36: { // LBZ
          const a = code[i + 1]!, b = code[i + 2]!, c = code[i + 3]!;
          const l = regs[b + 1]!, lo = (l + c) | 0, hi = (regs[b]! + (c >> 31) + (lo >>> 0 < l >>> 0 ? 1 : 0)) | 0;
          const e = Math.imul((lo >>> 14) ^ hi, 0xf283e605) >>> 23 & 508;
          if (look[e] === hi && look[e + 1] === (lo & -0x4000)) regs[a + 1] = bytes[(look[e + 2]! << 2) + (lo & 0x3fff)]!;
          else {
            m.pc = i >> 2;
            if (!m.loadBytes(hi, lo, 1)) return leave(m, end - left);
            regs[a + 1] = m.valueLo;
          }
          regs[a] = 0;
          break;
        }
        case 2: // UNMODELLED
          m.pc = i >> 2;
          m.instructions = end - left;
          return { kind: 'unmodelled', address: m.addressOfPc(), word: words[m.pc]! >>> 0 };
        default:
          m.pc = i >> 2;
          if (op >= 64) plain(regs, op, code[i + 1]!, code[i + 2]!, code[i + 3]!);
          else if (op >= 40) {
            m.instructions = end - left;
            if (!memory(m, op, code[i + 1]!, code[i + 2]!, code[i + 3]!)) return m.stop;
          } else if (op === 39 /* SITE */) {
            m.site(m.pc);
            op = m.beneath[m.pc]!;
            continue;
          } else {
            m.instructions = end - left;
            if (op !== 38 /* ANY_BRANCH */) noted[0] = -1;
            const next = op === 38 /* ANY_BRANCH */ ? branch(m, code[i + 3]!) : interpret(m, words[i >> 2]!);
            if (next < 0) return m.stop;
            i = next << 2;
            op = code[i]!;
            left = (left - 1) | 0;
            continue;
          }
      }
      i = (i + 4) | 0;
      op = code[i]!;
      left = (left - 1) | 0;
    }
    m.pc = i >> 2;
    m.instructions = end;
    return BUDGET;
  };
}

/** Ends a run that a slow routine refused to go on with. */
function leave(m: Core, instructions: number): Stop {
  m.instructions = instructions;
  return m.stop;
}
