/** All migrations in order, forwards only. A released one is never changed: a new file corrects it. */
import type { Migration } from 'kysely/migration';
import * as m0001 from './0001-application-service.ts';
import * as m0002 from './0002-call-rooms.ts';
import * as m0003 from './0003-calls-in.ts';
import * as m0004 from './0004-texts.ts';
import * as m0005 from './0005-links-and-answers.ts';
import * as m0006 from './0006-ledger.ts';
import * as m0007 from './0007-rates.ts';
import * as m0008 from './0008-records.ts';
import * as m0009 from './0009-limits.ts';
import * as m0010 from './0010-lines.ts';
import * as m0011 from './0011-versions.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-application-service': m0001,
  '0002-call-rooms': m0002,
  '0003-calls-in': m0003,
  '0004-texts': m0004,
  '0005-links-and-answers': m0005,
  '0006-ledger': m0006,
  '0007-rates': m0007,
  '0008-records': m0008,
  '0009-limits': m0009,
  '0010-lines': m0010,
  '0011-versions': m0011,
};
