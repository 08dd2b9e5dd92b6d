// A value of JSON with one place changed.

type Json = Record<string, unknown>;

/** @param where a path as `a.0.b`, or the number of the place when all are counted (modulo how many there are). `undefined` takes the place away. */
export function edited(data: unknown, where: string | number, value: unknown): unknown {
  const copy = structuredClone(data);
  const path = typeof where === 'string' ? where.split('.') : placeAt(data, where);
  let at = copy as Json;
  for (const key of path.slice(0, -1)) at = at[key] as Json;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

/** Its places are looked for once: nobody changes it. */
const known = new WeakMap<object, string[][]>();
function placeAt(data: unknown, nth: number): readonly string[] {
  if (typeof data !== 'object' || data === null) return [];
  const all = known.get(data) ?? places(data);
  known.set(data, all);
  return all[nth % all.length] ?? [];
}

function places(data: unknown, path: readonly string[] = []): string[][] {
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => [[...path, key], ...places(value, [...path, key])]);
}
