/**
 * Fixed-point loads and stores: Power ISA 2.07B, Book I, 3.3.2 to 3.3.5. Little-endian, any alignment.
 * Left out: lmw, stmw, string moves (alignment interrupts in little-endian mode), lq, stq, reservations.
 */
import type { Domain } from './domain.ts';
import { D, DS, RA, RA0, RB, RS, RT } from './fields.ts';
import * as f from './fields.ts';
import { PRIMARY_MASK, X_MASK, instruction, primary, xForm } from './instruction.ts';
import type { Instruction } from './instruction.ts';
import type { State } from './state.ts';
import { baseOf, reverseBytes } from './words.ts';

/** Moves between memory at `address` and the register of bits 6:10. */
type Access = <W>(d: Domain<W>, s: State<W>, word: number, address: W) => void;

const loadByte: Access = (_, s, w, a) => s.setGpr(f.rt(w), s.load(a, 1));
const loadHalf: Access = (_, s, w, a) => s.setGpr(f.rt(w), s.load(a, 2));
const loadHalfSigned: Access = (d, s, w, a) => s.setGpr(f.rt(w), d.signExtend(s.load(a, 2), 2));
const loadWord: Access = (_, s, w, a) => s.setGpr(f.rt(w), s.load(a, 4));
const loadWordSigned: Access = (d, s, w, a) => s.setGpr(f.rt(w), d.signExtend(s.load(a, 4), 4));
const loadDouble: Access = (_, s, w, a) => s.setGpr(f.rt(w), s.load(a, 8));
const loadHalfReversed: Access = (d, s, w, a) => s.setGpr(f.rt(w), reverseBytes(d, s.load(a, 2), 2));
const loadWordReversed: Access = (d, s, w, a) => s.setGpr(f.rt(w), reverseBytes(d, s.load(a, 4), 4));
const loadDoubleReversed: Access = (d, s, w, a) => s.setGpr(f.rt(w), reverseBytes(d, s.load(a, 8), 8));
const storeByte: Access = (_, s, w, a) => s.store(a, 1, s.gpr(f.rs(w)));
const storeHalf: Access = (_, s, w, a) => s.store(a, 2, s.gpr(f.rs(w)));
const storeWord: Access = (_, s, w, a) => s.store(a, 4, s.gpr(f.rs(w)));
const storeDouble: Access = (_, s, w, a) => s.store(a, 8, s.gpr(f.rs(w)));
const storeHalfReversed: Access = (d, s, w, a) => s.store(a, 2, reverseBytes(d, s.gpr(f.rs(w)), 2));
const storeWordReversed: Access = (d, s, w, a) => s.store(a, 4, reverseBytes(d, s.gpr(f.rs(w)), 4));
const storeDoubleReversed: Access = (d, s, w, a) => s.store(a, 8, reverseBytes(d, s.gpr(f.rs(w)), 8));

// An update form writes EA to RA; the access comes first, so that a fault leaves RA alone.
const validLoadUpdate = (word: number): boolean => f.ra(word) !== 0 && f.ra(word) !== f.rt(word);
const validStoreUpdate = (word: number): boolean => f.ra(word) !== 0;

/** NAME RT,D(RA) */
function dForm(isa: string, name: string, opcode: number, access: Access): Instruction {
  return instruction(isa, name, [name.startsWith('l') ? RT : RS, D, RA0], primary(opcode), PRIMARY_MASK,
    (d, s, w) => access(d, s, w, d.add(baseOf(d, s, w), d.small(f.d(w)))));
}

/** NAME RT,D(RA), EA to RA */
function dUpdate(isa: string, name: string, opcode: number, access: Access): Instruction {
  const load = name.startsWith('l');
  return instruction(isa, name, [load ? RT : RS, D, RA], primary(opcode), PRIMARY_MASK, (d, s, w) => {
    const address = d.add(s.gpr(f.ra(w)), d.small(f.d(w)));
    access(d, s, w, address);
    s.setGpr(f.ra(w), address);
  }, { valid: load ? validLoadUpdate : validStoreUpdate });
}

/** NAME RT,DS(RA) */
function dsForm(isa: string, name: string, opcode: number, extended: number, access: Access): Instruction {
  return instruction(isa, name, [name.startsWith('l') ? RT : RS, DS, RA0], primary(opcode) | extended, PRIMARY_MASK | 3,
    (d, s, w) => access(d, s, w, d.add(baseOf(d, s, w), d.small(f.ds(w)))));
}

/** NAME RT,DS(RA), EA to RA */
function dsUpdate(isa: string, name: string, opcode: number, extended: number, access: Access): Instruction {
  const load = name.startsWith('l');
  return instruction(isa, name, [load ? RT : RS, DS, RA], primary(opcode) | extended, PRIMARY_MASK | 3, (d, s, w) => {
    const address = d.add(s.gpr(f.ra(w)), d.small(f.ds(w)));
    access(d, s, w, address);
    s.setGpr(f.ra(w), address);
  }, { valid: load ? validLoadUpdate : validStoreUpdate });
}

/** NAME RT,RA,RB */
function indexed(isa: string, name: string, extended: number, access: Access): Instruction {
  return instruction(isa, name, [name.startsWith('l') ? RT : RS, RA0, RB], xForm(31, extended), X_MASK,
    (d, s, w) => access(d, s, w, d.add(baseOf(d, s, w), s.gpr(f.rb(w)))));
}

/** NAME RT,RA,RB, EA to RA */
function indexedUpdate(isa: string, name: string, extended: number, access: Access): Instruction {
  const load = name.startsWith('l');
  return instruction(isa, name, [load ? RT : RS, RA, RB], xForm(31, extended), X_MASK, (d, s, w) => {
    const address = d.add(s.gpr(f.ra(w)), s.gpr(f.rb(w)));
    access(d, s, w, address);
    s.setGpr(f.ra(w), address);
  }, { valid: load ? validLoadUpdate : validStoreUpdate });
}

export const LOAD_STORE: readonly Instruction[] = [
  dForm('I 3.3.2', 'lbz', 34, loadByte),
  dUpdate('I 3.3.2', 'lbzu', 35, loadByte),
  indexed('I 3.3.2', 'lbzx', 87, loadByte),
  indexedUpdate('I 3.3.2', 'lbzux', 119, loadByte),
  dForm('I 3.3.2', 'lhz', 40, loadHalf),
  dUpdate('I 3.3.2', 'lhzu', 41, loadHalf),
  indexed('I 3.3.2', 'lhzx', 279, loadHalf),
  indexedUpdate('I 3.3.2', 'lhzux', 311, loadHalf),
  dForm('I 3.3.2', 'lha', 42, loadHalfSigned),
  dUpdate('I 3.3.2', 'lhau', 43, loadHalfSigned),
  indexed('I 3.3.2', 'lhax', 343, loadHalfSigned),
  indexedUpdate('I 3.3.2', 'lhaux', 375, loadHalfSigned),
  dForm('I 3.3.2', 'lwz', 32, loadWord),
  dUpdate('I 3.3.2', 'lwzu', 33, loadWord),
  indexed('I 3.3.2', 'lwzx', 23, loadWord),
  indexedUpdate('I 3.3.2', 'lwzux', 55, loadWord),
  dsForm('I 3.3.2.1', 'lwa', 58, 2, loadWordSigned),
  indexed('I 3.3.2.1', 'lwax', 341, loadWordSigned),
  indexedUpdate('I 3.3.2.1', 'lwaux', 373, loadWordSigned),
  dsForm('I 3.3.2.1', 'ld', 58, 0, loadDouble),
  dsUpdate('I 3.3.2.1', 'ldu', 58, 1, loadDouble),
  indexed('I 3.3.2.1', 'ldx', 21, loadDouble),
  indexedUpdate('I 3.3.2.1', 'ldux', 53, loadDouble),

  dForm('I 3.3.3', 'stb', 38, storeByte),
  dUpdate('I 3.3.3', 'stbu', 39, storeByte),
  indexed('I 3.3.3', 'stbx', 215, storeByte),
  indexedUpdate('I 3.3.3', 'stbux', 247, storeByte),
  dForm('I 3.3.3', 'sth', 44, storeHalf),
  dUpdate('I 3.3.3', 'sthu', 45, storeHalf),
  indexed('I 3.3.3', 'sthx', 407, storeHalf),
  indexedUpdate('I 3.3.3', 'sthux', 439, storeHalf),
  dForm('I 3.3.3', 'stw', 36, storeWord),
  dUpdate('I 3.3.3', 'stwu', 37, storeWord),
  indexed('I 3.3.3', 'stwx', 151, storeWord),
  indexedUpdate('I 3.3.3', 'stwux', 183, storeWord),
  dsForm('I 3.3.3.1', 'std', 62, 0, storeDouble),
  dsUpdate('I 3.3.3.1', 'stdu', 62, 1, storeDouble),
  indexed('I 3.3.3.1', 'stdx', 149, storeDouble),
  indexedUpdate('I 3.3.3.1', 'stdux', 181, storeDouble),

  indexed('I 3.3.5', 'lhbrx', 790, loadHalfReversed),
  indexed('I 3.3.5', 'lwbrx', 534, loadWordReversed),
  indexed('I 3.3.5.1', 'ldbrx', 532, loadDoubleReversed),
  indexed('I 3.3.5', 'sthbrx', 918, storeHalfReversed),
  indexed('I 3.3.5', 'stwbrx', 662, storeWordReversed),
  indexed('I 3.3.5.1', 'stdbrx', 660, storeDoubleReversed),
];
