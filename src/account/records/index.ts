/** Call detail records: what is kept of each call, how it sounded, who did what lately, and all of it as files. */
export { createActivityBook } from './activity.ts';
export { audioVerdict, estimateMos } from './audio.ts';
export { type Column, type ColumnValue, callColumns, legColumns } from './columns.ts';
export { csvCell, csvLine } from './csv.ts';
export {
  type ExportFormat,
  type ExportOptions,
  exportFormats,
  exportRecords,
  type RecordFile,
  recordJson,
} from './export.ts';
export { type ForgettingParts, forgetRecords } from './forget.ts';
export * from './ports.ts';
