/** Reads JSON that may be hostile: each value is looked at before it is used, and a wrong one is named by its JSON path. All throw CampaignError. */
import { brief } from '../scenario/error.ts';
import { CampaignError } from './error.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function wrong(path: string, value: unknown, expected: string): never {
  throw new CampaignError(`${path}: ${brief(value)}; expected ${expected}`);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The engine's message quotes the text; only the position is safe to show.
    const position = error instanceof Error ? /position \d+/.exec(error.message)?.[0] : undefined;
    throw new CampaignError(position === undefined ? 'not JSON' : `not JSON: ${position}`);
  }
}

/** A document's outermost object, of this schema. Its fields are looked at by `fields`. */
export function schemaOf(value: unknown, schema: string): void {
  const expected = JSON.stringify(schema);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CampaignError(`${brief(value)}; expected an object with schema ${expected}`);
  const found: unknown = Object.hasOwn(value, 'schema') ? (value as Fields)['schema'] : undefined;
  if (found !== schema) throw new CampaignError(`schema: ${found === undefined ? 'missing' : brief(found)}; expected ${expected}`);
}

/** An object that has all `required` fields and no others but `optional` ones. */
export function fields(value: unknown, path: string, required: readonly string[], optional: readonly string[] = []): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(path === '' ? 'the whole' : path, value, 'an object');
  for (const key of Object.keys(value)) if (!required.includes(key) && !optional.includes(key)) throw new CampaignError(`${below(path, brief(key))}: unknown field`);
  for (const key of required) if (!Object.hasOwn(value, key)) throw new CampaignError(`${below(path, key)}: missing`);
  return value as Fields;
}

const below = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

export function list<T>(value: unknown, path: string, most: number, read: (item: unknown, path: string) => T): T[] {
  if (!Array.isArray(value)) return wrong(path, value, 'a list');
  if (value.length > most) throw new CampaignError(`${path}: ${value.length} elements; at most ${most}`);
  return value.map((item: unknown, index) => read(item, `${path}[${index}]`));
}

export function natural(value: unknown, path: string, most: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) return wrong(path, value, `a whole number from 0 to ${most}`);
  return value;
}

export function flag(value: unknown, path: string): boolean {
  return typeof value === 'boolean' ? value : wrong(path, value, 'true or false');
}

export function text(value: unknown, path: string, most: number): string {
  if (typeof value !== 'string') return wrong(path, value, 'a text');
  if (value.length > most) throw new CampaignError(`${path}: ${value.length} characters; at most ${most}`);
  return value;
}

export function member<T extends string>(value: unknown, path: string, names: readonly T[]): T {
  return names.find((one) => one === value) ?? wrong(path, value, `one of ${names.join(', ')}`);
}

/** Names in the order of `names`, none twice. */
export function members<T extends string>(value: unknown, path: string, names: readonly T[]): T[] {
  const found = list(value, path, names.length, (item, at) => member(item, at, names));
  found.forEach((name, index) => {
    if (index > 0 && names.indexOf(name) <= names.indexOf(found[index - 1] ?? name)) throw new CampaignError(`${path}[${index}]: ${brief(name)} is not in order, or twice`);
  });
  return found;
}

/** 64 bits as documents spell them. */
export function word64(value: unknown, path: string): bigint {
  return typeof value === 'string' && /^0x(0|[1-9a-f][0-9a-f]{0,15})$/.test(value) ? BigInt(value) : wrong(path, value, '64 bits such as "0x1f"');
}

/** The path of the first place where two values of JSON differ, with both; undefined where they are equal. */
export function differenceOf(found: unknown, expected: unknown, path = ''): string | undefined {
  if (typeof found !== 'object' || typeof expected !== 'object' || found === null || expected === null || Array.isArray(found) !== Array.isArray(expected)) {
    return found === expected ? undefined : `${path === '' ? 'the whole' : path}: ${brief(found)}; expected ${brief(expected)}`;
  }
  const [left, right] = [found as Fields, expected as Fields];
  for (const key of new Set([...Object.keys(right), ...Object.keys(left)])) {
    const at = Array.isArray(found) ? `${path}[${key}]` : below(path, Object.hasOwn(right, key) ? key : brief(key));
    if (!Object.hasOwn(left, key)) return `${at}: missing; expected ${brief(right[key])}`;
    if (!Object.hasOwn(right, key)) return `${at}: ${brief(left[key])}; expected nothing`;
    const difference = differenceOf(left[key], right[key], at);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
