/** The lines that `line` gives for the register numbers `first` to `last`, without a line end behind the last. */
export function eachRegister(first: number, last: number, line: (register: number) => string): string {
  const lines: string[] = [];
  for (let register = first; register <= last; register++) lines.push(line(register));
  return lines.join('\n');
}
