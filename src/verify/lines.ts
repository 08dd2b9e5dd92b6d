/** Pieces of assembly text. */

/** Loads a constant. */
export const load64 = (register: string, value: bigint): string => `
        lis     ${register}, ${value >> 48n & 0xffffn}
        ori     ${register}, ${register}, ${value >> 32n & 0xffffn}
        sldi    ${register}, ${register}, 32
        oris    ${register}, ${register}, ${value >> 16n & 0xffffn}
        ori     ${register}, ${register}, ${value & 0xffffn}`;
/** Lines of an assembly text, one for each number. */
export const each = (from: number, to: number, text: (n: number) => string): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `        ${text(from + i)}\n`).join('');
