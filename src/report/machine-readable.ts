/** How JSON documents and XML are written: one place, so that every document spells 64-bit values alike. */

/** A document as text: 64-bit values (bigint) become `"0x..."` strings. Ends with a newline. */
export function documentText(document: object): string {
  return `${JSON.stringify(document, (_key, value: unknown) => (typeof value === 'bigint' ? `0x${BigInt.asUintN(64, value).toString(16)}` : value), 2)}\n`;
}

/** Text for XML and HTML, in content and in quoted attributes; characters that XML 1.0 does not allow become `?`. */
export function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '?')
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
