/** `npm run generate`: writes the files that are made from the operations. A test fails when they are stale. */
import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated.ts';

for (const { path, content } of generatedFiles()) writeFileSync(path, content);
