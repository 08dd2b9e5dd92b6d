/** A hash of 64 bits in two 32-bit lanes, in the manner of MurmurHash3 (finaliser fmix32) and FNV-1a. Equal on every machine: integers only. */
export class Hash {
  private a = 0x9747b28c | 0;
  private b = 0x811c9dc5 | 0;
  private length = 0;

  word(value: number): void {
    let k = Math.imul(value, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    const a = this.a ^ k;
    this.a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    const b = Math.imul(this.b ^ value, 0x01000193);
    this.b = b ^ (b >>> 15);
    this.length++;
  }

  words(values: ArrayLike<number>): void {
    this.word(values.length);
    for (let i = 0; i < values.length; i++) this.word(values[i]!);
  }

  text(value: string): void {
    this.word(value.length);
    for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    return [mix(this.a ^ this.length), mix(this.b + this.length)].map((half) => half.toString(16).padStart(8, '0')).join('');
  }
}

function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
