/** Lines: whose numbers are whose, and which one is shown. */
export { lineLink, lineUnlink } from './link.ts';
export { linesAll, linesList } from './list.ts';
export { lineUse } from './use.ts';
export { lineWithhold } from './withhold.ts';
