// Writes docs/fidelity.json and the record in docs/fidelity.md anew: `npx jiti scripts/fidelity.ts FILE...`, files of `tocsin verify ... --json`; those of one layer in one go. Without files the page alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fidelityPage, recordedAnew } from '../src/report/fidelity.ts';
import type { FidelityRecord, VerifyDocument } from '../src/report/fidelity.ts';
import { modelHash } from '../src/trial/model-hash.ts';

const PAGE = resolve(import.meta.dirname, '../docs/fidelity.md'), RECORD = resolve(import.meta.dirname, '../docs/fidelity.json');
const documents = process.argv.slice(2).map((file) => {
  const document = JSON.parse(readFileSync(file, 'utf8')) as VerifyDocument;
  if (document.schema !== 'tocsin/verify@1' || typeof document.modelHash !== 'string') throw new Error(`${file}: expected a document of tocsin verify --json`);
  return document;
});
const record = recordedAnew(JSON.parse(readFileSync(RECORD, 'utf8')) as FidelityRecord, documents);
writeFileSync(RECORD, `${JSON.stringify(record, null, 2)}\n`);
writeFileSync(PAGE, fidelityPage(readFileSync(PAGE, 'utf8'), record, modelHash()));
