/**
 * Writes instruction words into an address space, with their points and tags. The words are made by isa/encode.ts where they are
 * fixed, and by the small functions below where a field varies.
 */
import { FRAME } from '../abi/frame.ts';
import * as isa from '../isa/encode.ts';
import type { AddressSpace } from './space.ts';

const ADDI = isa.addi(0, 0, 0) | 0, ADDIS = isa.addis(0, 0, 0) | 0, LD = isa.ld(0, 0, 0) | 0, STD = isa.std(0, 0, 0) | 0;
const STDU = isa.stdu(0, 0, 0) | 0, STW = isa.stw(0, 0, 0) | 0, LWZ = isa.lwz(0, 0, 0) | 0, B = isa.b(0) | 0, BL = isa.bl(0) | 0;

export const addi = (rt: number, ra: number, value: number): number => ADDI | rt << 21 | ra << 16 | value & 0xffff;
export const addis = (rt: number, ra: number, value: number): number => ADDIS | rt << 21 | ra << 16 | value & 0xffff;
export const li = (rt: number, value: number): number => ADDI | rt << 21 | value & 0xffff;
/** Offsets of doublewords are multiples of 4. */
export const ld = (rt: number, offset: number, ra: number): number => LD | rt << 21 | ra << 16 | offset & 0xfffc;
export const std = (rs: number, offset: number, ra: number): number => STD | rs << 21 | ra << 16 | offset & 0xfffc;
export const stdu = (rs: number, offset: number, ra: number): number => STDU | rs << 21 | ra << 16 | offset & 0xfffc;
export const stw = (rs: number, offset: number, ra: number): number => STW | rs << 21 | ra << 16 | offset & 0xffff;
export const lwz = (rt: number, offset: number, ra: number): number => LWZ | rt << 21 | ra << 16 | offset & 0xffff;
/** Distances are in words. */
export const branch = (words: number): number => B | words << 2 & 0x3fffffc;
export const branchLink = (words: number): number => BL | words << 2 & 0x3fffffc;
/** The displacement field of a conditional branch, to be ored into the word. */
export const conditionalDistance = (words: number): number => words << 2 & 0xfffc;

/** Words without a varying field. */
export const WORD = {
  NOP: isa.nop() | 0,
  MFLR_R0: isa.mflr(0) | 0,
  MTLR_R0: isa.mtlr(0) | 0,
  MTCTR_R12: isa.mtctr(12) | 0,
  MFCR_R12: isa.mfcr(12) | 0,
  /** cr2, cr3, cr4: the non-volatile fields */
  MTCRF_NONVOLATILE_R12: isa.mtcrf(0x38, 12) | 0,
  MR_R9_R3: isa.mr(9, 3) | 0,
  XOR_R4_R4_R10: isa.xor(4, 4, 10) | 0,
  CMPDI_R12_0: isa.cmpdi(0, 12, 0) | 0,
  CMPD_R1_R1: isa.cmpd(0, 1, 1) | 0,
  BEQ: isa.beq(0, 0) | 0,
  BNE: isa.bne(0, 0) | 0,
  BLR: isa.blr() | 0,
  BCTR: isa.bctr() | 0,
  BCTRL: isa.bctrl() | 0,
  SAVE_TOC: isa.std(2, FRAME.TOC, 1) | 0,
  RESTORE_TOC: isa.ld(2, FRAME.TOC, 1) | 0,
  /** Large-model GEP: the distance to the TOC pointer stands in the doubleword before it. */
  LD_R2_BEFORE_R12: isa.ld(2, -8, 12) | 0,
  ADD_R2_R2_R12: isa.add(2, 2, 12) | 0,
} as const;

export class TextWriter {
  /** Flat word that is written next. */
  at = 0;
  readonly words: Int32Array;
  readonly pointKind: Uint8Array;
  readonly pointData: Int32Array;
  readonly textTag: Uint8Array;

  constructor(space: AddressSpace) {
    this.words = space.words;
    this.pointKind = space.pointKind;
    this.pointData = space.pointData;
    this.textTag = space.textTag;
  }

  /** Writes one word. */
  put(word: number): void {
    this.words[this.at++] = word;
  }

  /** Writes words that are ready. */
  block(ready: Int32Array): void {
    const { words, at } = this;
    for (let i = 0; i < ready.length; i++) words[at + i] = ready[i]!;
    this.at = at + ready.length;
  }

  /** Writes one word that carries a point. */
  point(word: number, kind: number, data: number): void {
    const at = this.at++;
    this.words[at] = word;
    this.pointKind[at] = kind;
    this.pointData[at] = data;
  }

  /** Makes the next word carry a point, whoever writes it. */
  mark(kind: number, data: number): void {
    this.pointKind[this.at] = kind;
    this.pointData[this.at] = data;
  }
}
